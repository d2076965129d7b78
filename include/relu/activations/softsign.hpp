// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The softsign function, x / (1 + |x|). Elements: float, double.
///
///     x       value(x)     slope(x) = 1 / (1 + |x|)^2
///     +inf    1            0
///     -inf    -1           0
///     +0, -0  x            1
///     NaN     x            x
///
/// Largest error for float, in ULP: value 0.51, slope 0.51.
/// Largest error for double, in ULP: value 4, slope 4.
///
/// PyTorch: Softsign.
struct softsign {
  static constexpr bool compute_bound = true;

  template <floating V> constexpr V value(V x) const noexcept {
    return math::odd_in_double(x, [](auto t, auto) {
      using W = decltype(t);
      t = math::min(t, W(largest));
      return t / (W(1.0) + t);
    });
  }

  template <floating V> constexpr V slope(V x) const noexcept {
    return math::in_double(x, [](auto t, auto with) {
      using W = decltype(t);
      return with.reciprocal_square(with.sum(W(1.0), math::min(math::abs(t), W(largest))));
    });
  }

  /// The slope at the x with y = value(x): (1 - |y|)^2.
  template <floating V> constexpr V slope_from_output(V y) const noexcept {
    return math::in_double(y, [](auto t, auto) {
      const auto r = decltype(t)(1.0) - math::abs(t);
      return r * r;
    });
  }

private:
  static constexpr double largest = 1e300; // stands for infinity: the value is 1 and the slope 0
};

} // namespace relu::inline RELU_ABI
