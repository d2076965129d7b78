// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The hard swish function, x min(max(0, x + 3), 6) / 6. Elements: float, double, float16, bfloat16.
///
///     x            value(x)         slope(x)
///     >= 3, +inf   x                1
///     -3 < x < 3   x (x + 3) / 6    x / 3 + 1/2
///     <= -3, -inf  -0               0
///     NaN          x                x
///
/// Largest error for float, in ULP: value 0.51, slope 2.
/// Largest error for double, in ULP: value 4, slope 4.
/// Largest error for float16 and bfloat16, in ULP: value 0.5, slope 0.5. Their NaN become quiet.
/// Where the slope crosses 0, its error is below 1e-9 for float, and below 2e-16 for double.
///
/// A. Howard et al., "Searching for MobileNetV3", ICCV 2019.
struct hard_swish {
  template <floating V, class Tier = math::default_tier>
  constexpr V value(V x, Tier tier = {}) const noexcept {
    return math::evaluate_compensated_below(
        tier, x, [](auto t, auto with) { return with.times(t, with.scaled_sum(t, 3, 1.0 / 6)); }, 3);
  }

  template <floating V, class Tier = math::default_tier>
  constexpr V slope(V x, Tier tier = {}) const noexcept {
    const V below_3 = math::evaluate_compensated_limited(
        tier, x,
        [](auto t, auto with) {
          using W = decltype(t);
          return math::select(t > W(-3), with.rounded(with.scaled_sum(t, 1.5, 1.0 / 3)), W(0));
        },
        3);
    return math::select(math::is_at_least(x, 3), V(1), below_3);
  }
};

} // namespace relu::inline RELU_ABI
