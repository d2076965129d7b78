// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The approximation x (1 + tanh(u)) / 2 of gelu, u = sqrt(2 / pi) (x + 0.044715 x^3), which is
/// x / (1 + exp(-2 u)). Elements: float, double. PyTorch: GELU(approximate="tanh").
///
///     x         value(x)     slope(x) = s (1 + 2 x u' (1 - s)), s = 1 / (1 + exp(-2 u))
///     +inf      +inf         1
///     -inf      -0           -0
///     +0, -0    x            1/2
///     NaN       x            x
///
/// Largest error in ULP: README.md. D. Hendrycks and K. Gimpel, "Gaussian error linear units (GELUs)", 2016.
struct gelu_tanh {
  static constexpr bool costly = true;

  template <floating V> constexpr V value(V x) const noexcept {
    return math::in_double_through_0(x, [](auto t, auto with) {
      using W = decltype(t);
      t = detail::max(t, W(-end<decltype(with)>)); // not -inf: the result is -0
      const W bounded = detail::min(t, W(end<decltype(with)>));
      return with.logistic(twice_u(bounded, with.product(bounded, bounded), with), t);
    });
  }

  template <floating V> constexpr V slope(V x) const noexcept {
    return math::in_double(x, [](auto t, auto with) {
      using W = decltype(t);
      t = detail::max(detail::min(t, W(end<decltype(with)>)), W(-end<decltype(with)>)); // beyond: 1 and -0
      const auto square = with.product(t, t);
      const W c = t * detail::fused(square.high, W(3 * cubic.high), W(linear.high));
      return with.gate_slope(twice_u(t, square, with), c);
    });
  }

private:
  // 1 / (1 + exp(2 u)) is 0 there.
  template <class With> static constexpr double end = With::is_float ? 15 : 22;

  static constexpr detail::constant linear{0x1.9884533d43651p+0, -0x1.cbc0d30ebfd15p-54}; // 2 sqrt(2 / pi)
  static constexpr detail::constant cubic{0x1.2444f2a4d8b4bp-4,
                                          -0x1.6c843a29d1c70p-61}; // that times 0.044715

  template <class W, class With>
  static constexpr detail::two<W> twice_u(W t, detail::two<W> square, With with) noexcept {
    const auto part = [](detail::constant c) { return detail::two<W>{W(c.high), W(c.low)}; };
    const auto factor = with.sum(part(linear), with.product(square, part(cubic)));
    return with.product(factor, detail::two<W>{t, W(0.0)});
  }
};

} // namespace relu::inline RELU_ABI
