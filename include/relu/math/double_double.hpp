// SPDX-License-Identifier: MIT
// Double-double arithmetic: numbers with twice the bits of a double.
#pragma once

#include <relu/concepts.hpp>

#include <cstdint>
#include <type_traits>

namespace relu::inline RELU_ABI::math {

/// The unevaluated sum of two numbers: high, and low, the rounding error of high.
template <class V> struct double_double {
  V high, low;
};

/// A constant with twice the bits of a double.
struct double_double_constant {
  double high, low;
};

/// Arithmetic on a double, a vector of double, a double_double of these, or a constant. The results are
/// double_double. T. J. Dekker, "A floating-point technique for extending the available precision", 1971; D.
/// E. Knuth, "The art of computer programming", volume 2.
struct double_double_arithmetic {
  /// a * b, exactly, unless the rounding error underflows.
  template <class V> static constexpr double_double<V> product(V a, V b) noexcept {
    const V high = detail::barrier(a * b);
    if constexpr (detail::has_fma<V>) return {high, detail::fma(a, b, -high)};
    else {
      const V a1 = leading_half(a), b1 = leading_half(b), a2 = a - a1, b2 = b - b1;
      return {high, ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2};
    }
  }
  template <class V> static constexpr double_double<V> product(V a, double_double_constant b) noexcept {
    const double_double<V> p = product(a, V(b.high));
    return {p.high, detail::fma(a, V(b.low), p.low)};
  }
  template <class V>
  static constexpr double_double<V> product(double_double<V> a, double_double<V> b) noexcept {
    const double_double<V> p = product(a.high, b.high);
    return {p.high, p.low + (a.high * b.low + a.low * b.high)};
  }
  template <class V> static constexpr double_double<V> product(double_double<V> a, V b) noexcept {
    return product(a, double_double<V>{b, V(0.0)});
  }
  template <class V>
  static constexpr double_double<V> product(double_double<V> a, double_double_constant b) noexcept {
    return product(a, double_double<V>{V(b.high), V(b.low)});
  }

  /// a + b
  template <class V> static constexpr double_double<V> sum(double_double<V> a, double_double<V> b) noexcept {
    const V high = detail::barrier(a.high + b.high);
    const V of_b = detail::barrier(high - a.high), of_a = detail::barrier(high - of_b);
    return {high, (detail::barrier(a.high - of_a) + detail::barrier(b.high - of_b)) + (a.low + b.low)};
  }
  template <class V> static constexpr double_double<V> sum(V a, V b) noexcept {
    return sum(double_double<V>{a, V(0.0)}, double_double<V>{b, V(0.0)});
  }
  template <class V>
  static constexpr double_double<V> sum(double_double_constant a, double_double<V> b) noexcept {
    return sum(double_double<V>{V(a.high), V(a.low)}, b);
  }

  /// a / b
  template <class V> static constexpr double_double<V> quotient(V a, V b) noexcept {
    const V high = detail::barrier(a / b);
    const double_double<V> p = product(high, b);
    return {high, ((a - p.high) - p.low) / b};
  }

  /// 1 / x^2, rounded.
  template <class V> static constexpr V reciprocal_square(double_double<V> x) noexcept {
    const V r = V(1.0) / x.high, square = r * r;
    const double_double<V> one = product(r, x.high);
    const V error = ((V(1.0) - one.high) - one.low) - r * x.low; // of r, relative to it
    return detail::fma(square, error + error, square);
  }

  /// -|x|
  template <class V> static constexpr double_double<V> negative_abs(double_double<V> x) noexcept {
    const auto negative = x.high < V(0.0);
    return {detail::select(negative, x.high, -x.high), detail::select(negative, x.low, -x.low)};
  }

  /// The number that is closest to x.
  template <class V> static constexpr V rounded(double_double<V> x) noexcept { return x.high; }

private:
  // x with the leading half of its bits.
  template <class V> static constexpr V leading_half(V x) noexcept {
    const auto i = detail::bits(x);
    return detail::double_of(i & std::remove_const_t<decltype(i)>(~std::int64_t{(1 << 27) - 1}));
  }
};

} // namespace relu::inline RELU_ABI::math
