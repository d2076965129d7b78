// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// x / (1 + exp(-1.702 x)), an approximation of gelu. Elements: float, double.
///
///     x         value(x)     slope(x) = s (1 + 1.702 x (1 - s)), s = 1 / (1 + exp(-1.702 x))
///     +inf      +inf         1
///     -inf      -0           -0
///     +0, -0    x            1/2
///     NaN       x            x
///
/// Largest error in ULP: README.md. D. Hendrycks and K. Gimpel, "Gaussian error linear units (GELUs)", 2016.
struct quick_gelu {
  static constexpr bool costly = true;

  template <floating V> constexpr V value(V x) const noexcept {
    return math::in_double_through_0(x, [](auto t, auto with) {
      using W = decltype(t);
      t = detail::max(t, W(-with.far)); // not -inf: the result is -0
      return with.logistic(with.product(detail::min(t, W(with.far)), factor), t);
    });
  }

  template <floating V> constexpr V slope(V x) const noexcept {
    return math::in_double_limited(x, [](auto t, auto with) {
      const auto scaled = with.product(t, factor);
      return with.gate_slope(scaled, scaled.high);
    });
  }

private:
  static constexpr detail::constant factor{0x1.b3b645a1cac08p+0, 0x1.89374bc6a7efap-55}; // 1.702
};

} // namespace relu::inline RELU_ABI
