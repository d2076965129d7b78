// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The Gaussian error linear unit, x Phi(x) = x (1 + erf(x / sqrt(2))) / 2. Elements: float, double.
///
///     x         value(x)     slope(x) = Phi(x) + x phi(x)
///     +inf      +inf         1
///     -inf      -0           -0
///     +0, -0    x            1/2
///     NaN       x            x
///
/// Phi is the distribution function of the normal distribution, phi its density. Largest error in ULP:
/// README.md. D. Hendrycks and K. Gimpel, "Gaussian error linear units (GELUs)", 2016.
struct gelu {
  static constexpr bool costly = true;

  // x - x Phi(-x) above zero, and -|x| Phi(-|x|) below
  template <floating V> constexpr V value(V x) const noexcept {
    return math::in_double_through_0(x, [](auto t, auto with) {
      using W = decltype(t);
      return detail::max(t, W(-0.0)) - with.times_upper_tail(detail::abs(t));
    });
  }

  template <floating V> constexpr V slope(V x) const noexcept {
    return math::in_double(x, [](auto t, auto with) {
      using W = decltype(t);
      const W below = with.upper_tail_slope(detail::abs(t));
      return math::select(t < W(0.0), below, W(1.0) - below);
    });
  }
};

} // namespace relu::inline RELU_ABI
