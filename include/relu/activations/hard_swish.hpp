// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// x min(max(0, x + 3), 6) / 6. Elements: float, double.
///
///     x           value(x)         slope(x)
///     >= 3, +inf  x                1
///     -3 < x < 3  x (x + 3) / 6    x / 3 + 1/2
///     <= -3, -inf -0               0
///     NaN         x                x
///
/// Largest error in ULP: README.md. A. Howard et al., "Searching for MobileNetV3", ICCV 2019.
struct hard_swish {
  template <floating V> constexpr V value(V x) const noexcept {
    const V below_3 = math::in_double_limited(
        x,
        [](auto t, auto) {
          using W = decltype(t);
          return t * (t + W(3.0)) * W(1.0 / 6);
        },
        3);
    return math::select(math::is_at_least(x, 3), x, below_3);
  }

  template <floating V> constexpr V slope(V x) const noexcept {
    return math::in_double(x, [](auto t, auto) {
      using W = decltype(t);
      const W between = (t + W(1.5)) * W(1.0 / 3);
      return math::select(t < W(3.0), math::select(t > W(-3.0), between, W(0.0)), W(1.0));
    });
  }
};

} // namespace relu::inline RELU_ABI
