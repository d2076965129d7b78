// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The exponential linear unit: x where x > 0, alpha (exp(x) - 1) elsewhere. Elements: float, double,
/// float16, bfloat16.
///
///     x         value(x)              slope(x)
///     > 0       x, same bits          1
///     <= 0      alpha (exp(x) - 1)    alpha exp(x)
///     -inf      -alpha                0
///     +0, -0    x                     alpha
///     NaN       x, same bits          x
///
/// alpha is rounded to the element type (float16, bfloat16: to float). relu::fast takes an alpha from -128 to
/// 128.
///
/// Largest error for float, in ULP: value 0.51, slope 0.51.
/// Largest error for double, in ULP: value 4, slope 4.
/// Largest error for float16 and bfloat16, in ULP: value 0.5, slope 0.5. Their NaN become quiet.
///
/// D.-A. Clevert, T. Unterthiner and S. Hochreiter, "Fast and accurate deep network learning by exponential
/// linear units (ELUs)", ICLR 2016.
struct elu {
  static constexpr bool compute_bound = true;

  double alpha = 1;

  template <floating V, class Tier = math::default_tier>
  constexpr V value(V x, Tier tier = {}) const noexcept {
    return math::evaluate_below_0(tier, x, [this](auto t, auto with) {
      return with.expm1(t) * math::constant<decltype(t)>(with.parameter(alpha));
    });
  }

  template <floating V, class Tier = math::default_tier>
  constexpr V slope(V x, Tier tier = {}) const noexcept {
    return math::evaluate_limited(
        tier, x,
        [this](auto t, auto with) {
          using W = decltype(t);
          return math::select(t > W(0.0), W(1.0), with.scaled_exp(t, with.parameter(alpha)));
        },
        math::toolkit<value_t<V>>::exp_limit); // alpha may be so large that `far` is not far enough
  }

  /// The slope at the x with y = value(x): 1 where y > 0, y + alpha elsewhere.
  template <floating V, class Tier = math::default_tier>
  constexpr V slope_from_output(V y, Tier tier = {}) const noexcept {
    return math::evaluate(tier, y, [this](auto t, auto with) {
      using W = decltype(t);
      return math::select(t > W(0.0), W(1.0), t + math::constant<W>(with.parameter(alpha)));
    });
  }

  /// Why relu::fast does not accept the parameters, or null.
  constexpr const char* invalid_reason_for_fast() const noexcept {
    return math::is_beyond(alpha, math::fast_toolkit::largest_factor)
               ? "fast{elu}: alpha must be from -128 to 128; elu itself takes any alpha"
               : nullptr;
  }

  /// Why an output does not determine the slope, or null.
  constexpr const char* invalid_reason_for_output() const noexcept {
    return math::is_nonnegative(alpha)
               ? nullptr
               : "elu: with a negative alpha, an output above 0 has two inputs: alpha must be at least 0";
  }
};

} // namespace relu::inline RELU_ABI
