// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The hyperbolic tangent. Elements: float, double.
///
///     x       value(x)     slope(x) = 1 - value(x)^2
///     +inf    1            0
///     -inf    -1           0
///     +0, -0  x            1
///     NaN     x            x
///
/// Largest error in ULP: README.md.
struct tanh {
  static constexpr bool costly = true;

  template <floating V> constexpr V value(V x) const noexcept { return math::tanh(x); }

  // 1 / cosh(x)^2, without the cancellation of 1 - value(x)^2: tanh(x) = 2 / (1 + exp(-2 x)) - 1
  template <floating V> constexpr V slope(V x) const noexcept {
    return math::in_double_limited(
        x, [](auto t, auto with) { return with.logistic_slope(t + t, decltype(t)(4.0)); },
        detail::far<V> / 2);
  }

  /// 1 - y^2, as (1 - y) (1 + y): slope, from y = value(x).
  template <floating V> constexpr V slope_from_output(V y) const noexcept {
    return math::in_double(y, [](auto t, auto) {
      using W = decltype(t);
      return (W(1.0) - t) * (W(1.0) + t);
    });
  }
};

} // namespace relu::inline RELU_ABI
