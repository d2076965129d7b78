// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The approximation of the Gaussian error linear unit by tanh: x (1 + tanh(u)) / 2 = x / (1 + exp(-2 u)),
/// where u = sqrt(2 / pi) (x + 0.044715 x^3). Elements: float, double, float16, bfloat16.
///
///     x         value(x)     slope(x) = s (1 + 2 x u' (1 - s)), s = 1 / (1 + exp(-2 u))
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
/// D. Hendrycks and K. Gimpel, "Gaussian error linear units (GELUs)", 2016. PyTorch:
/// GELU(approximate="tanh").
struct gelu_tanh {
  static constexpr bool compute_bound = true;

  template <floating V, class Tier = math::default_tier>
  constexpr V value(V x, Tier tier = {}) const noexcept {
    return math::evaluate_below(tier, x, end<math::toolkit<value_t<V>>>, [](auto t, auto with) {
      t = math::max(t,
                    decltype(t)(-end<decltype(with)>)); // keeps -inf out of the product, whose result is -0
      return with.logistic(twice_u(t, with.product(t, t), with), t);
    });
  }

  template <floating V, class Tier = math::default_tier>
  constexpr V slope(V x, Tier tier = {}) const noexcept {
    return math::evaluate(tier, x, [](auto t, auto with) {
      using W = decltype(t);
      t = math::max(math::min(t, W(end<decltype(with)>)), W(-end<decltype(with)>));
      const auto square = with.product(t, t);
      const W c = t * math::fma(with.rounded(square), math::constant<W>(3 * cubic.high),
                                math::constant<W>(linear.high)); // 2 x u'
      return with.gate_slope(twice_u(t, square, with), c);
    });
  }

private:
  static constexpr math::double_double_constant linear{0x1.9884533d43651p+0,
                                                       -0x1.cbc0d30ebfd15p-54}; // 2 sqrt(2 / pi)
  static constexpr math::double_double_constant cubic{0x1.2444f2a4d8b4bp-4,
                                                      -0x1.6c843a29d1c70p-61}; // that times 0.044715

  template <class W, class Square, class With>
  static constexpr auto twice_u(W t, Square square, With with) noexcept {
    return with.product(with.sum(linear, with.product(square, cubic)), t);
  }

  // The first integer x with 2 u > far: beyond it the value is x or -0, and the slope 1 or -0.
  template <class With>
  static constexpr double end = [] {
    double x = 1;
    while (x * (linear.high + cubic.high * x * x) <= With::far) ++x;
    return x;
  }();
};

} // namespace relu::inline RELU_ABI
