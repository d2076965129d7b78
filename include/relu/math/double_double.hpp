// SPDX-License-Identifier: MIT
// Double-double arithmetic: numbers with twice the bits of a double, or of a float.
#pragma once

#include <relu/concepts.hpp>

#include <cstdint>
#include <limits>
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

/// Arithmetic on V, on double_double<V> or on a constant, where V is a float, a double or a vector of either.
/// The results are double_double<V>. T. J. Dekker, "A floating-point technique for extending the available
/// precision", 1971; D. E. Knuth, "The art of computer programming", volume 2.
struct double_double_arithmetic {
  /// a * b, exactly, unless the rounding error underflows.
  template <class V> static constexpr double_double<V> product(V a, V b) noexcept {
    const V high = detail::barrier(a * b);
    if constexpr (detail::has_fma<V>) return {high, detail::fma(a, b, -high)};
    else {
      const V a1 = leading_half(a), b1 = leading_half(b), a2 = a - a1, b2 = b - b1;
      return {high, (detail::barrier(a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2};
    }
  }
  template <class V> static constexpr double_double<V> product(V a, double_double_constant b) noexcept {
    const double_double<V> c = parts<V>(b), p = product(a, c.high);
    return {p.high, detail::fma(a, c.low, p.low)};
  }
  template <class V>
  static constexpr double_double<V> product(double_double<V> a, double_double<V> b) noexcept {
    const double_double<V> p = product(a.high, b.high);
    return {p.high, p.low + detail::fma(a.high, b.low, detail::barrier(a.low * b.high))};
  }
  template <class V> static constexpr double_double<V> product(double_double<V> a, V b) noexcept {
    return product(a, double_double<V>{b, V(0.0)});
  }
  template <class V>
  static constexpr double_double<V> product(double_double<V> a, double_double_constant b) noexcept {
    return product(a, parts<V>(b));
  }

  /// a b > c, without rounding the product.
  template <class V> static constexpr auto is_product_above(V a, V b, V c) noexcept {
    if constexpr (detail::has_fma<V>) return detail::fma(a, b, -c) > V(0.0);
    else {
      const double_double<V> p = product(a, b);
      return p.high > c || (p.high >= c && p.low > V(0.0));
    }
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
    return sum(parts<V>(a), b);
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
    using I = typename detail::bits_of<value_t<V>>::type;
    const auto high = detail::bits(x.high);
    const std::remove_const_t<decltype(high)> sign(std::numeric_limits<I>::min());
    return {detail::number_of(high | sign), detail::number_of(detail::bits(x.low) ^ (sign & ~high))};
  }

  /// The number that is closest to x.
  template <class V> static constexpr V rounded(double_double<V> x) noexcept { return x.high; }

private:
  // The constant as two numbers of the element type of V.
  template <class V> static constexpr double_double<V> parts(double_double_constant c) noexcept {
    using T = value_t<V>;
    const T high = static_cast<T>(c.high);
    return {V(high), V(static_cast<T>((c.high - static_cast<double>(high)) + c.low))};
  }

  // x with the leading half of its bits.
  template <class V> static constexpr V leading_half(V x) noexcept {
    using I = typename detail::bits_of<value_t<V>>::type;
    const auto i = detail::bits(x);
    constexpr I trailing = (I{1} << (sizeof(I) == 8 ? 27 : 12)) - 1;
    return detail::number_of(i & std::remove_const_t<decltype(i)>(static_cast<I>(~trailing)));
  }
};

} // namespace relu::inline RELU_ABI::math
