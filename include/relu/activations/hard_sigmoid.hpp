// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// min(max(0, x + 3), 6) / 6. Elements: float, double.
///
///     x           value(x)       slope(x)
///     -3 < x < 3  (x + 3) / 6    1/6
///     >= 3, +inf  1              0
///     <= -3, -inf +0             0
///     NaN         x, same bits   1/6
///
/// The 1 may be a number next to it where the program does not round to nearest.
///
/// Largest error in ULP: README.md. A. Howard et al., "Searching for MobileNetV3", ICCV 2019.
struct hard_sigmoid {
  // The sign of the 0 is not computed: it would depend on the rounding mode.
  template <floating V> constexpr V value(V x) const noexcept {
    return math::in_fused_limited(
        x, [](auto t) { return detail::abs(detail::scaled_sum(t, 3, sixth).high); }, 3);
  }

  template <floating V> constexpr V slope(V x) const noexcept { return gradient(x, V(1)); }

  /// dy times 1/6, rounded to the element type, where -3 < x < 3 or x is NaN, +0 elsewhere.
  template <floating V> constexpr V gradient(V x, V dy) const noexcept {
    return masked_gradient(active(x), dy);
  }

  /// -3 < x < 3, or NaN: where the slope is 1/6.
  template <floating V> constexpr auto active(V x) const noexcept {
    return math::is_above(x, -3) && math::is_below(x, 3);
  }

  /// dy times 1/6, rounded to the element type, where the unit was active, +0 elsewhere.
  template <class Condition, floating V> constexpr V masked_gradient(Condition active, V dy) const noexcept {
    return math::select(active, math::scale(dy, sixth), V(0));
  }

private:
  static constexpr double sixth = 1.0 / 6;
};

} // namespace relu::inline RELU_ABI
