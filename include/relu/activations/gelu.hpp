// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The Gaussian error linear unit, x Phi(x) = x (1 + erf(x / sqrt(2))) / 2. Elements: float, double, float16,
/// bfloat16.
///
///     x         value(x)     slope(x) = Phi(x) + x phi(x)
///     +inf      +inf         1
///     -inf      -0           -0
///     +0, -0    x            1/2
///     NaN       x            x
///
/// Phi is the distribution function of the standard normal distribution, phi its density.
///
/// Largest error for float, in ULP: value 0.51, slope 2.
/// Largest error for double, in ULP: value 4, slope 8.
/// Largest error for float16 and bfloat16, in ULP: value 0.5, slope 0.5. Their NaN become quiet.
/// Where the slope crosses 0, its error is below 1e-9 for float, and below 2e-16 for double.
///
/// D. Hendrycks and K. Gimpel, "Gaussian error linear units (GELUs)", 2016.
struct gelu {
  static constexpr bool compute_bound = true;

  // x - x (1 - Phi(x)) above 0, and -|x| (1 - Phi(|x|)) below.
  template <floating V, class Tier = math::default_tier>
  constexpr V value(V x, Tier tier = {}) const noexcept {
    return math::evaluate_through_0(tier, x, [](auto t, auto with) {
      using W = decltype(t);
      return math::max(t, W(-0.0)) - with.times_upper_tail(math::abs(t));
    });
  }

  template <floating V, class Tier = math::default_tier>
  constexpr V slope(V x, Tier tier = {}) const noexcept {
    return math::evaluate(tier, x, [](auto t, auto with) {
      using W = decltype(t);
      const W below = with.upper_tail_slope(math::abs(t));
      return math::select(t < W(0.0), below, W(1.0) - below);
    });
  }
};

} // namespace relu::inline RELU_ABI
