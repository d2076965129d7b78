// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The scaled exponential linear unit: scale x where x > 0, scale alpha (exp(x) - 1) elsewhere, with the
/// constants below. Elements: float, double.
///
///     x         value(x)                    slope(x)
///     > 0       scale x                     scale
///     <= 0      scale alpha (exp(x) - 1)    scale alpha exp(x)
///     -inf      -scale alpha                0
///     +0, -0    x                           scale alpha
///     NaN       x, same bits                x
///
/// Largest error in ULP: README.md. G. Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017,
/// which has the constants' formulas: outputs keep mean 0 and variance 1.
struct selu {
  static constexpr bool costly = true;

  static constexpr double alpha = 1.6732632423543772848170429916717;
  static constexpr double scale = 1.0507009873554804934193349852946;

  template <floating V> constexpr V value(V x) const noexcept {
    return math::in_double_through_0(x, [](auto t, auto with) {
      using W = decltype(t);
      return math::select(t > W(0.0), t * W(scale), with.expm1(detail::min(t, W(0.0))) * W(scale * alpha));
    });
  }

  template <floating V> constexpr V slope(V x) const noexcept {
    return math::in_double_limited(x, [](auto t, auto with) {
      using W = decltype(t);
      return math::select(t > W(0.0), W(scale), with.exp(t).times(W(scale * alpha)));
    });
  }

  /// scale where y > 0, y + scale alpha elsewhere, with scale alpha rounded to the element type, as y is:
  /// slope, from y = value(x), and 0 where y is value(-inf).
  template <floating V> constexpr V slope_from_output(V y) const noexcept {
    return math::in_double(y, [](auto t, auto with) {
      using W = decltype(t);
      return math::select(t > W(0.0), W(scale), t + with.template parameter<W>(scale * alpha));
    });
  }
};

} // namespace relu::inline RELU_ABI
