// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The logistic function, 1 / (1 + exp(-x)). Elements: float, double.
///
///     x       value(x)     slope(x) = value(x) (1 - value(x))
///     +inf    1            0
///     -inf    0            0
///     0       1/2          1/4
///     NaN     x            x
///
/// Largest error in ULP: README.md.
struct sigmoid {
  static constexpr bool costly = true;

  template <floating V> constexpr V value(V x) const noexcept {
    return math::in_double_limited(x, [](auto t, auto with) { return with.logistic(t, decltype(t)(1.0)); });
  }

  template <floating V> constexpr V slope(V x) const noexcept {
    return math::in_double_limited(
        x, [](auto t, auto with) { return with.logistic_slope(t, decltype(t)(1.0)); });
  }

  /// y (1 - y): slope, from y = value(x).
  template <floating V> constexpr V slope_from_output(V y) const noexcept {
    return math::in_double(y, [](auto t, auto) { return t * (decltype(t)(1.0) - t); });
  }
};

} // namespace relu::inline RELU_ABI
