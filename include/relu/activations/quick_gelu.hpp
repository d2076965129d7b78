// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The approximation of the Gaussian error linear unit by the logistic function, x / (1 + exp(-1.702 x)).
/// Elements: float, double.
///
///     x         value(x)     slope(x) = s (1 + 1.702 x (1 - s)), s = 1 / (1 + exp(-1.702 x))
///     +inf      +inf         1
///     -inf      -0           -0
///     +0, -0    x            1/2
///     NaN       x            x
///
/// Largest error for float, in ULP: value 0.51, slope 2.
/// Largest error for double, in ULP: value 4, slope 4.
/// Where the slope crosses 0, its error is below 1e-9 for float, and below 2e-16 for double.
///
/// D. Hendrycks and K. Gimpel, "Gaussian error linear units (GELUs)", 2016.
struct quick_gelu {
  static constexpr bool compute_bound = true;

  template <floating V> constexpr V value(V x) const noexcept {
    return math::in_double_through_0(x, [](auto t, auto with) {
      using W = decltype(t);
      t = math::max(t, W(-with.far)); // keeps -inf out of the product, whose result is -0
      return with.logistic(with.product(math::min(t, W(with.far)), factor), t);
    });
  }

  template <floating V> constexpr V slope(V x) const noexcept {
    return math::in_double_limited(x, [](auto t, auto with) {
      const auto scaled = with.product(t, factor);
      return with.gate_slope(scaled, with.rounded(scaled));
    });
  }

private:
  static constexpr math::double_double_constant factor{0x1.b3b645a1cac08p+0, 0x1.89374bc6a7efap-55}; // 1.702
};

} // namespace relu::inline RELU_ABI
