// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The logistic function, 1 / (1 + exp(-x)). Elements: float, double, float16, bfloat16.
///
///     x       value(x)     slope(x) = value(x) (1 - value(x))
///     +inf    1            0
///     -inf    0            0
///     0       1/2          1/4
///     NaN     x            x
///
/// Largest error for float, in ULP: value 0.51, slope 0.51.
/// Largest error for double, in ULP: value 4, slope 4.
/// Largest error for float16 and bfloat16, in ULP: value 0.5, slope 0.5. Their NaN become quiet.
///
/// PyTorch: Sigmoid.
struct sigmoid {
  static constexpr bool compute_bound = true;

  template <floating V, class Tier = math::default_tier>
  constexpr V value(V x, Tier tier = {}) const noexcept {
    return math::evaluate_limited(tier, x, [](auto t, auto with) { return with.logistic(t); });
  }

  template <floating V, class Tier = math::default_tier>
  constexpr V slope(V x, Tier tier = {}) const noexcept {
    return math::evaluate_limited(tier, x, [](auto t, auto with) { return with.logistic_slope(t); });
  }

  /// The slope at the x with y = value(x): y (1 - y).
  template <floating V, class Tier = math::default_tier>
  constexpr V slope_from_output(V y, Tier tier = {}) const noexcept {
    return math::evaluate(tier, y, [](auto t, auto) { return t * (decltype(t)(1.0) - t); });
  }
};

} // namespace relu::inline RELU_ABI
