// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The Mish function, x tanh(softplus(x)) = x tanh(log(1 + exp(x))). Elements: float, double, float16,
/// bfloat16.
///
///     x         value(x)     slope(x)
///     +inf      +inf         1
///     -inf      -0           -0
///     +0, -0    x            3/5
///     NaN       x            x
///
/// Largest error for float, in ULP: value 0.51, slope 2.
/// Largest error for double, in ULP: value 4, slope 8.
/// Largest error for float16 and bfloat16, in ULP: value 0.5, slope 0.5. Their NaN become quiet.
/// Where the slope crosses 0, its error is below 1e-9 for float, and below 2e-16 for double.
///
/// D. Misra, "Mish: a self regularized non-monotonic activation function", BMVC 2020.
struct mish {
  static constexpr bool compute_bound = true;

  // With e = exp(x) and n = e (e + 2), tanh(log(1 + e)) = n / (n + 2).
  template <floating V, class Tier = math::default_tier>
  constexpr V value(V x, Tier tier = {}) const noexcept {
    return math::evaluate_below(tier, x, end, [](auto t, auto with) {
      using W = decltype(t);
      t = math::max(t, W(-with.far)); // keeps -inf out of the product, whose result is -0
      const auto e = with.exp(t);
      const W e2 = e.value() + W(2.0), n2 = math::fma(e.value(), e2, W(2.0));
      return e.times(math::divide(t * e2, n2));
    });
  }

  // e ((e + 2) (n + 2) + 4 x (1 + e)) / (n + 2)^2
  template <floating V, class Tier = math::default_tier>
  constexpr V slope(V x, Tier tier = {}) const noexcept {
    return math::evaluate(tier, x, [](auto t, auto with) {
      using W = decltype(t);
      // As a float the slope is 1 from 11 on, and exp(4 x) is finite up to 22.
      constexpr double slope_end = std::is_same_v<value_t<W>, float> ? 12 : end;
      const W b = math::max(math::min(t, W(slope_end)), W(-with.far));
      const auto e = with.exp(b);
      const W e2 = e.value() + W(2.0), n2 = math::fma(e.value(), e2, W(2.0));
      const W sum = math::fma(e2, n2, W(4.0) * b * (W(1.0) + e.value()));
      return math::select(t > b, W(1.0), e.times(math::divide(sum, n2 * n2)));
    });
  }

private:
  static constexpr double end = 40; // from here on the value is x and the slope 1
};

} // namespace relu::inline RELU_ABI
