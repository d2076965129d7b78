// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// x / (1 + |x|). Elements: float, double.
///
///     x       value(x)     slope(x) = 1 / (1 + |x|)^2
///     +inf    1            0
///     -inf    -1           0
///     +0, -0  x            1
///     NaN     x            x
///
/// Largest error in ULP: README.md.
struct softsign {
  static constexpr bool costly = true;

  template <floating V> constexpr V value(V x) const noexcept {
    return math::in_double_through_0(x, [](auto t, auto with) {
      using W = decltype(t);
      t = with.max(with.min(t, W(1e300)), W(-1e300)); // whose result is 1, too
      return t / (W(1.0) + detail::abs(t));
    });
  }

  template <floating V> constexpr V slope(V x) const noexcept {
    return math::in_double(x, [](auto t, auto) {
      using W = decltype(t);
      const W r = W(1.0) / (W(1.0) + detail::abs(t));
      return r * r;
    });
  }

  /// (1 - |y|)^2: slope, from y = value(x).
  template <floating V> constexpr V slope_from_output(V y) const noexcept {
    return math::in_double(y, [](auto t, auto) {
      const auto r = decltype(t)(1.0) - detail::abs(t);
      return r * r;
    });
  }
};

} // namespace relu::inline RELU_ABI
