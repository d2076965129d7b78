// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The approximation of the Gaussian error linear unit by the logistic function, x / (1 + exp(-1.702 x)).
/// Elements: float, double, float16, bfloat16.
///
///     x         value(x)     slope(x) = s (1 + 1.702 x (1 - s)), s = 1 / (1 + exp(-1.702 x))
///     +inf      +inf         1
///     -inf      -0           -0
///     +0, -0    x            1/2
///     NaN       x            x
///
/// Largest error for float, in ULP: value 0.51, slope 2.
/// Largest error for double, in ULP: value 4, slope 8.
/// Largest error for float16 and bfloat16, in ULP: value 0.5, slope 0.5. Their NaN become quiet.
/// Where the slope crosses 0, its error is below 1e-9 for float, and below 2e-16 for double.
///
/// D. Hendrycks and K. Gimpel, "Gaussian error linear units (GELUs)", 2016.
struct quick_gelu {
  static constexpr bool compute_bound = true;

  template <floating V, class Tier = math::default_tier>
  constexpr V value(V x, Tier tier = {}) const noexcept {
    return math::evaluate_below(tier, x, math::toolkit<value_t<V>>::far, [](auto t, auto with) {
      t = math::max(t, decltype(t)(-with.far)); // keeps -inf out of the product, whose result is -0
      return with.logistic(with.product(t, factor), t);
    });
  }

  template <floating V, class Tier = math::default_tier>
  constexpr V slope(V x, Tier tier = {}) const noexcept {
    return math::evaluate_limited(tier, x, [](auto t, auto with) {
      const auto scaled = with.product(with.limited(t), factor);
      return with.gate_slope(scaled, with.rounded(scaled));
    });
  }

private:
  static constexpr math::double_double_constant factor{0x1.b3b645a1cac08p+0, 0x1.89374bc6a7efap-55}; // 1.702
};

} // namespace relu::inline RELU_ABI
