// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The scaled exponential linear unit: scale x where x > 0, scale alpha (exp(x) - 1) elsewhere, where scale
/// is about 1.0507 and alpha about 1.6733. Elements: float, double, float16, bfloat16.
///
///     x         value(x)                    slope(x)
///     > 0       scale x                     scale
///     <= 0      scale alpha (exp(x) - 1)    scale alpha exp(x)
///     -inf      -scale alpha                0
///     +0, -0    x                           scale alpha
///     NaN       x, same bits                x
///
/// Largest error for float, in ULP: value 0.51, slope 0.51.
/// Largest error for double, in ULP: value 4, slope 4.
/// Largest error for float16 and bfloat16, in ULP: value 0.5, slope 0.5. Their NaN become quiet.
///
/// G. Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017. The paper derives the constants:
/// they keep the outputs at mean 0 and variance 1.
struct selu {
  static constexpr bool compute_bound = true;

  static constexpr double alpha = 1.6732632423543772848170429916717;
  static constexpr double scale = 1.0507009873554804934193349852946;

  // scale x = x + (scale - 1) x: the rounding error of the constant then counts 20 times less, and the result
  // overflows where it should. math::scale keeps compilers from making one product of it.
  template <floating V, class Tier = math::default_tier>
  constexpr V value(V x, Tier tier = {}) const noexcept {
    return math::evaluate_through_0(tier, x, [](auto t, auto with) {
      using W = decltype(t);
      return math::select(t > W(0.0), t + math::scale(t, scale - 1),
                          with.expm1(math::min(t, W(0.0))) * math::constant<W>(scale * alpha));
    });
  }

  template <floating V, class Tier = math::default_tier>
  constexpr V slope(V x, Tier tier = {}) const noexcept {
    return math::evaluate_limited(tier, x, [](auto t, auto with) {
      using W = decltype(t);
      return math::select(t > W(0.0), math::constant<W>(scale), with.scaled_exp(t, scale * alpha));
    });
  }

  /// The slope at the x with y = value(x): scale where y > 0, y + scale alpha elsewhere. scale alpha is
  /// rounded to the element type, as y is, so the slope is 0 where y is value(-inf).
  template <floating V, class Tier = math::default_tier>
  constexpr V slope_from_output(V y, Tier tier = {}) const noexcept {
    return math::evaluate(tier, y, [](auto t, auto with) {
      using W = decltype(t);
      return math::select(t > W(0.0), math::constant<W>(scale),
                          t + math::constant<W>(with.parameter(scale * alpha)));
    });
  }
};

} // namespace relu::inline RELU_ABI
