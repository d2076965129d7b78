// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// x where x > 0, negative_slope * x where x < 0. Elements: all; the same bits on every instruction set.
///
///     x                     value(x)             slope(x)
///     > 0, +inf             x                    1
///     < 0, -inf             negative_slope * x   negative_slope
///     +0, -0                x                    negative_slope
///     NaN of either sign    x, same bits         1
///
/// Largest error: 0.5 ULP, one rounding. Integers: math::scale says how the product is rounded. Any slope is
/// allowed; an infinite one gives infinities below zero, and still 0 at 0.
/// A. L. Maas, A. Y. Hannun and A. Y. Ng, "Rectifier nonlinearities improve neural network acoustic models",
/// ICML 2013.
struct leaky_relu {
  double negative_slope = 0.01;

  template <numeric V> constexpr V value(V x) const noexcept {
    return math::select(math::is_negative(x), math::scale(x, negative_slope), x);
  }

  /// dy times the slope at x: dy itself where the slope is 1, +0 where it is 0.
  template <numeric V> constexpr V slope(V x, V dy = V(1)) const noexcept {
    const V below = negative_slope == 0 ? V(0) : math::scale(dy, negative_slope);
    return math::select(math::is_active(x), dy, below);
  }
};

} // namespace relu::inline RELU_ABI
