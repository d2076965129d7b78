// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The hard sigmoid function, min(max(0, x + 3), 6) / 6. Elements: float, double, float16, bfloat16.
///
///     x            value(x)       slope(x)
///     -3 < x < 3   (x + 3) / 6    1/6
///     >= 3, +inf   1              0
///     <= -3, -inf  +0             0
///     NaN          x, same bits   1/6
///
/// Where the program does not round to nearest, the result 1 may be a number next to it.
///
/// Largest error for float, in ULP: value 0.51, slope 0.
/// Largest error for double, in ULP: value 4, slope 0. (The slope is 1/6, rounded to the element type.)
/// Largest error for float16 and bfloat16, in ULP: value 0.5, slope 0.5. Their NaN become quiet.
///
/// A. Howard et al., "Searching for MobileNetV3", ICCV 2019.
struct hard_sigmoid {
  // abs, because the sign of the result 0 would depend on the rounding mode.
  template <floating V, class Tier = math::default_tier>
  constexpr V value(V x, Tier tier = {}) const noexcept {
    return math::evaluate_compensated_limited(
        tier, x, [](auto t, auto with) { return math::abs(with.rounded(with.scaled_sum(t, 3, sixth))); }, 3);
  }

  template <floating V> constexpr V slope(V x) const noexcept { return masked_gradient(V(1), active(x)); }

  /// -3 < x < 3, or NaN: where the slope is 1/6.
  template <floating V> constexpr auto active(V x) const noexcept {
    return math::is_above(x, -3) && math::is_below(x, 3);
  }

  /// dy times 1/6, rounded to the element type, where the unit was active, +0 elsewhere.
  template <floating V, class Condition> constexpr V masked_gradient(V dy, Condition active) const noexcept {
    return math::select(active, math::scale(dy, sixth), V(0));
  }

private:
  static constexpr double sixth = 1.0 / 6;
};

} // namespace relu::inline RELU_ABI
