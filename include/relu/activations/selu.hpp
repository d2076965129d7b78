// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The scaled exponential linear unit: scale x where x > 0, scale alpha (exp(x) - 1) elsewhere, where scale
/// is about 1.0507 and alpha about 1.6733. Elements: float, double.
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
///
/// G. Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017. The paper derives the constants:
/// they keep the outputs at mean 0 and variance 1.
struct selu {
  static constexpr bool compute_bound = true;

  static constexpr double alpha = 1.6732632423543772848170429916717;
  static constexpr double scale = 1.0507009873554804934193349852946;

  template <floating V> constexpr V value(V x) const noexcept {
    return math::in_double_through_0(x, [](auto t, auto with) {
      using W = decltype(t);
      return math::select(t > W(0.0), t * W(scale), with.expm1(math::min(t, W(0.0))) * W(scale * alpha));
    });
  }

  template <floating V> constexpr V slope(V x) const noexcept {
    return math::in_double_limited(x, [](auto t, auto with) {
      using W = decltype(t);
      return math::select(t > W(0.0), W(scale), with.exp(t).times(W(scale * alpha)));
    });
  }

  /// The slope at the x with y = value(x): scale where y > 0, y + scale alpha elsewhere. scale alpha is
  /// rounded to the element type, as y is, so the slope is 0 where y is value(-inf).
  template <floating V> constexpr V slope_from_output(V y) const noexcept {
    return math::in_double(y, [](auto t, auto with) {
      using W = decltype(t);
      return math::select(t > W(0.0), W(scale), t + W(with.parameter(scale * alpha)));
    });
  }
};

} // namespace relu::inline RELU_ABI
