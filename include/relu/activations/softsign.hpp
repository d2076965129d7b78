// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// x / (1 + |x|). Elements: float, double.
///
///     x       value(x)     slope(x) = 1 / (1 + |x|)^2
///     +inf    1            0
///     -inf    -1           0
///     +0, -0  x            1
///     NaN     x            x
///
/// Largest error in ULP: README.md.
struct softsign {
  static constexpr bool costly = true;

  template <floating V> constexpr V value(V x) const noexcept {
    return math::odd_in_double(x, [](auto t, auto) {
      using W = decltype(t);
      t = detail::min(t, W(1e300)); // whose result is 1, too
      return t / (W(1.0) + t);
    });
  }

  template <floating V> constexpr V slope(V x) const noexcept {
    return math::in_double(x, [](auto t, auto with) {
      using W = decltype(t);
      using two = detail::two<W>;
      t = detail::min(detail::abs(t), W(1e300));
      const two sum = with.sum(two{W(1.0), W(0.0)}, two{t, W(0.0)});
      const W r = W(1.0) / sum.high, square = r * r;
      if constexpr (with.is_float) return square;
      else { // and twice what r was rounded by, relative to it
        const two one = with.product(r, sum.high);
        const W rest = ((W(1.0) - one.high) - one.low) - r * sum.low;
        return detail::fused(square, rest + rest, square);
      }
    });
  }

  /// (1 - |y|)^2: slope, from y = value(x).
  template <floating V> constexpr V slope_from_output(V y) const noexcept {
    return math::in_double(y, [](auto t, auto) {
      const auto r = decltype(t)(1.0) - detail::abs(t);
      return r * r;
    });
  }
};

} // namespace relu::inline RELU_ABI
