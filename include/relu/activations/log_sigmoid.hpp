// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The logarithm of the logistic function, log(1 / (1 + exp(-x))). Elements: float, double.
///
///     x       value(x)     slope(x) = 1 / (1 + exp(x))
///     +inf    -0           0
///     -inf    -inf         1
///     0       -log(2)      1/2
///     NaN     x            x
///
/// Largest error in ULP: README.md.
struct log_sigmoid {
  static constexpr bool costly = true;

  template <floating V> constexpr V value(V x) const noexcept {
    return math::in_double(x, [](auto t, auto with) {
      using W = decltype(t);
      const auto e = with.exp(detail::max(with.negative_abs(t), W(-with.far)));
      return with.minus(detail::max(-t, W(0.0)) + with.log1p(e, W(1.0)));
    });
  }

  template <floating V> constexpr V slope(V x) const noexcept {
    return math::in_double_limited(x, [](auto t, auto with) { return with.logistic(-t, decltype(t)(1.0)); });
  }

  /// 1 - exp(y): slope, from y = value(x).
  template <floating V> constexpr V slope_from_output(V y) const noexcept {
    return math::in_double_limited(y, [](auto t, auto with) { return -with.expm1(t); });
  }
};

} // namespace relu::inline RELU_ABI
