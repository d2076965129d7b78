// SPDX-License-Identifier: MIT
// Compensated arithmetic: float results that are as close as those computed in double, but faster.
#pragma once

#include <relu/math/double_double.hpp>

#include <type_traits>

namespace relu::inline RELU_ABI::math {

/// V is float or a vector of float with fused multiply-add, or double or a vector of double.
struct compensated_arithmetic {
  /// (x + a) c, as the sum of two numbers. (x + a) - a must be exact, as it is for |x| <= 3 and an a of 3/2
  /// or 3: then the rounding error of x + a is a difference (T. J. Dekker, "A floating-point technique for
  /// extending the available precision", 1971). For double the second number is 0.
  template <floating V> static constexpr double_double<V> scaled_sum(V x, double a, double c) noexcept {
    using T = value_t<V>;
    const V s = detail::barrier(x + V(static_cast<T>(a)));
    if constexpr (std::is_same_v<T, double>) return {detail::barrier(s * V(c)), V(0.0)};
    else {
      const T c_high = static_cast<T>(c), c_low = static_cast<T>(c - static_cast<double>(c_high));
      const V lost = x - detail::barrier(s - V(static_cast<T>(a)));
      const V low = detail::fma(s, V(c_low), lost * V(c_high));
      const V high = detail::barrier(detail::fma(s, V(c_high), low));
      return {high, low - detail::fma(s, V(-c_high), high)};
    }
  }

  /// a b, for a b from scaled_sum. It is rounded once for float, and twice for double.
  template <floating V> static constexpr V times(V a, double_double<V> b) noexcept {
    if constexpr (std::is_same_v<value_t<V>, double>) return a * b.high;
    else return detail::fma(a, b.high, a * b.low);
  }

  /// The number that is closest to x.
  template <floating V> static constexpr V rounded(double_double<V> x) noexcept { return x.high; }
};

} // namespace relu::inline RELU_ABI::math
