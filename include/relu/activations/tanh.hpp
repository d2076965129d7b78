// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The hyperbolic tangent. Elements: float, double, float16, bfloat16.
///
///     x       value(x)     slope(x) = 1 - value(x)^2
///     +inf    1            0
///     -inf    -1           0
///     +0, -0  x            1
///     NaN     x            x
///
/// Largest error for float, in ULP: value 0.51, slope 0.51.
/// Largest error for double, in ULP: value 4, slope 4.
/// Largest error for float16 and bfloat16, in ULP: value 0.5, slope 0.5. Their NaN become quiet.
///
/// PyTorch: Tanh.
struct tanh {
  static constexpr bool compute_bound = true;

  template <floating V, class Tier = math::default_tier>
  constexpr V value(V x, Tier tier = {}) const noexcept {
    return math::evaluate_odd(tier, x, [](auto t, auto with) { return with.tanh(t); });
  }

  // 1 - value(x)^2 would cancel: tanh(x) = 2 / (1 + exp(-2 x)) - 1, of which this is the derivative.
  template <floating V, class Tier = math::default_tier>
  constexpr V slope(V x, Tier tier = {}) const noexcept {
    return math::evaluate_limited(
        tier, x, [](auto t, auto with) { return with.logistic_slope(t + t, decltype(t)(4.0)); },
        math::toolkit<value_t<V>>::far / 2);
  }

  /// The slope at the x with y = value(x): 1 - y^2, computed as (1 - y) (1 + y).
  template <floating V, class Tier = math::default_tier>
  constexpr V slope_from_output(V y, Tier tier = {}) const noexcept {
    return math::evaluate(tier, y, [](auto t, auto) {
      using W = decltype(t);
      return (W(1.0) - t) * (W(1.0) + t);
    });
  }
};

} // namespace relu::inline RELU_ABI
