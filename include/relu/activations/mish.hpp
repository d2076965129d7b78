// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The Mish function, x tanh(softplus(x)) = x tanh(log(1 + exp(x))). Elements: float, double.
///
///     x         value(x)     slope(x)
///     +inf      +inf         1
///     -inf      -0           -0
///     +0, -0    x            3/5
///     NaN       x            x
///
/// Largest error for float, in ULP: value 0.51, slope 2.
/// Largest error for double, in ULP: value 4, slope 4.
/// Where the slope crosses 0, its error is below 1e-9 for float, and below 2e-16 for double.
///
/// D. Misra, "Mish: a self regularized non-monotonic activation function", BMVC 2020.
struct mish {
  static constexpr bool compute_bound = true;

  // With e = exp(x) and n = e (e + 2), tanh(log(1 + e)) = n / (n + 2).
  template <floating V> constexpr V value(V x) const noexcept {
    return math::in_double_through_0(x, [](auto t, auto with) {
      using W = decltype(t);
      const W b = bounded(t, with);
      const auto e = with.exp(b);
      const W e2 = e.value() + W(2.0), n2 = math::fma(e.value(), e2, W(2.0));
      return math::select(t > b, t, e.times(b * e2 / n2));
    });
  }

  // e (e + 2 + 4 x (1 + e) / (n + 2)) / (n + 2)
  template <floating V> constexpr V slope(V x) const noexcept {
    return math::in_double(x, [](auto t, auto with) {
      using W = decltype(t);
      const W b = bounded(t, with);
      const auto e = with.exp(b);
      const W e2 = e.value() + W(2.0), n2 = math::fma(e.value(), e2, W(2.0));
      const W r = W(1.0) / n2, sum = math::fma(W(4.0) * b * (W(1.0) + e.value()), r, e2);
      return math::select(t > b, W(1.0), e.times(r * sum));
    });
  }

private:
  // Above 40 the value is x and the slope 1. Below -far both are -0.
  template <class W, class With> static constexpr W bounded(W t, With with) noexcept {
    return math::max(math::min(t, W(40.0)), W(-with.far));
  }
};

} // namespace relu::inline RELU_ABI
