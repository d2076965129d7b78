// SPDX-License-Identifier: MIT
// What smooth formulas are made of: functions of doubles, close enough for results that are rounded to T.
#pragma once

#include <relu/detail/lanes.hpp>
#include <relu/detail/polynomials.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace relu::inline RELU_ABI::detail {

/// A number as a sum of two, of which the second is what the first was rounded by.
template <class V> struct two { V high, low; };

/// The same of a constant.
struct constant {
  double high, low;
};

/// V is double, or an xsimd::batch of doubles. For float results of these functions are within 2^-30 of the
/// true ones, and for double within 1 ULP; the sums and products of a formula come on top of that.
template <class T> struct precise {
  static constexpr bool is_float = std::is_same_v<T, float>;
  using coefficients = polynomials<T>;

  /// A parameter as it is for elements T.
  template <class V> static constexpr V parameter(double p) noexcept { return V(double(T(p))); }

  template <class V> static constexpr V min(V a, V b) noexcept { return detail::min(a, b); }
  template <class V> static constexpr V max(V a, V b) noexcept { return detail::max(a, b); }

  /// a * b, for double without any rounding: T. J. Dekker, "A floating-point technique for extending the
  /// available precision", 1971, or one fused operation.
  template <class V> static constexpr two<V> product(V a, V b) noexcept {
    const V high = opaque(a * b);
    if constexpr (is_float) return {high, V(0.0)};
    else if constexpr (fuses<V>) return {high, fused(a, b, -high)};
    else {
      const V a1 = head(a), b1 = head(b), a2 = a - a1, b2 = b - b1;
      return {high, ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2};
    }
  }

  /// a * b, where b is known better than a double tells.
  template <class V> static constexpr two<V> product(V a, constant b) noexcept {
    const two<V> p = product(a, V(b.high));
    if constexpr (is_float) return p;
    else return {p.high, fused(a, V(b.low), p.low)};
  }

  /// a * b of two such numbers.
  template <class V> static constexpr two<V> product(two<V> a, two<V> b) noexcept {
    const two<V> p = product(a.high, b.high);
    if constexpr (is_float) return p;
    else return {p.high, p.low + (a.high * b.low + a.low * b.high)};
  }

  /// a + b: D. E. Knuth, "The art of computer programming", volume 2.
  template <class V> static constexpr two<V> sum(two<V> a, two<V> b) noexcept {
    const V high = opaque(a.high + b.high);
    if constexpr (is_float) return {high, V(0.0)};
    else {
      const V of_b = opaque(high - a.high), of_a = opaque(high - of_b);
      return {high, (opaque(a.high - of_a) + opaque(b.high - of_b)) + (a.low + b.low)};
    }
  }

  /// a / b
  template <class V> static constexpr two<V> quotient(V a, V b) noexcept {
    if constexpr (is_float) return {a * (V(1.0) / b), V(0.0)}; // b is the same for all
    else {
      const V high = opaque(a / b);
      const two<V> p = product(high, b);
      return {high, ((a - p.high) - p.low) / b};
    }
  }

  /// -x, also of 0: xsimd's AVX-512 takes it from 0.
  template <class V> static constexpr V minus(V x) noexcept {
    const auto i = bits(x);
    return double_of(i ^ std::remove_const_t<decltype(i)>(std::numeric_limits<std::int64_t>::min()));
  }

  template <class V> static constexpr two<V> negative_abs(two<V> a) noexcept {
    const auto negative = a.high < V(0.0);
    return {detail::select(negative, a.high, -a.high), detail::select(negative, a.low, -a.low)};
  }

  /// What exp is, before the factors 2^k that may make it a denormal number, or nothing.
  template <class V> struct power {
    V fraction_minus_1; // exp(x) = (1 + fraction_minus_1) scale, times rest
    V scale, rest;

    constexpr V value() const noexcept {
      const V v = fused(scale, fraction_minus_1, scale);
      if constexpr (is_float) return v;
      else return v * rest;
    }

    /// factor * exp(x), without a loss if exp(x) alone is a denormal number.
    constexpr V times(V factor) const noexcept {
      if constexpr (is_float) return factor * value();
      else return fused(factor, fraction_minus_1, factor) * scale * rest;
    }
  };

  /// exp(x), of float for |x| <= 700, beyond which it is the same. By exp(x) = 2^k exp(x - k log(2)), where k
  /// is the integer closest to x / log(2).
  template <class V> static constexpr power<V> exp(V x) noexcept { return exp(two<V>{x, V(0.0)}); }
  template <class V> static constexpr power<V> exp(two<V> x) noexcept {
    constexpr double most = is_float ? 700 : 1400;
    const reduced<V> r = reduce(max(min(x.high, V(most)), V(-most)), x.low);
    if constexpr (is_float) return {r.expm1, double_of(r.power_bits), V(1.0)};
    else {
      constexpr double normal = 1000; // 2^k is
      const V k = max(min(r.k, V(normal)), V(-normal));
      return {r.expm1, power_of_2(k), power_of_2(r.k - k)};
    }
  }

  /// exp(x) - 1, for x <= 0.
  template <class V> static constexpr V expm1(V x) noexcept {
    const reduced<V> r = reduce(max(x, V(-700.0)), V(0.0));
    const V scale = double_of(r.power_bits);
    return fused(scale, r.expm1, scale - V(1.0));
  }

  /// log(1 + x) / divisor, for 0 <= x <= 1: 2 artanh(x / (2 + x)).
  template <class V> static constexpr V log1p(power<V> x, V divisor) noexcept {
    const V v = x.value(), sum = V(2.0) + v, s = v / sum;
    const V of_s = polynomial(coefficients::logarithm, s * s);
    if constexpr (is_float) return s * of_s * (V(1.0) / divisor); // which is the same for all
    else return x.times(of_s / (sum * divisor));
  }

  /// 1 / (1 + exp(-x)), times factor.
  template <class V> static constexpr V logistic(two<V> x, V factor) noexcept {
    if constexpr (is_float) return factor / (V(1.0) + exp(-x.high).value());
    else { // where neither overflows
      const power<V> e = exp(negative_abs(x));
      const V of_positive = factor / (V(1.0) + e.value());
      return detail::select(x.high < V(0.0), e.times(of_positive), of_positive);
    }
  }
  template <class V> static constexpr V logistic(V x, V factor) noexcept {
    return logistic(two<V>{x, V(0.0)}, factor);
  }

  /// The derivative of u logistic(x) where u = 0 with x, and u' = 1: logistic(x) (1 + c logistic(-x)), where
  /// c is u x'.
  template <class V> static constexpr V gate_slope(two<V> x, V c) noexcept {
    const power<V> e = exp(negative_abs(x));
    const V r = V(1.0) / (V(1.0) + e.value());
    const auto negative = x.high < V(0.0);
    return detail::select(negative, e.times(r * fused(c, r, V(1.0))), fused(e.times(c * r), r, r));
  }

  /// 1 - Phi(z), times factor, for z >= 0: exp(-z^2 / 2) times what a polynomial in (z - 4) / (z + 4) is
  /// close to. Phi is the distribution function of the normal distribution.
  template <class V> static constexpr V upper_tail(V z, V factor) noexcept {
    const tail<V> t = tail_of(z);
    return t.exponential.times(t.ratio * factor);
  }

  /// (1 - Phi(z)) - z phi(z), where phi is the density.
  template <class V> static constexpr V upper_tail_slope(V z) noexcept {
    const tail<V> t = tail_of(z);
    return t.exponential.times(t.ratio - t.z * V(0x1.9884533d43651p-2)); // 1 / sqrt(2 pi)
  }

  /// tanh(x), for x >= 0; its distance to x; its square.
  template <class V> static constexpr V tanh(V x) noexcept {
    const V m = expm1(V(-2.0) * x);
    return -m / (V(2.0) + m);
  }
  template <class V> static constexpr V tanh_shrink(V x) noexcept {
    return detail::select(x < V(coefficients::end_of_shrunk), small_shrink(x), x - tanh(x));
  }
  template <class V> static constexpr V tanh_squared(V x) noexcept {
    const V m = expm1(V(-2.0) * x), sum = V(2.0) + m, small = x - small_shrink(x);
    return detail::select(x < V(coefficients::end_of_shrunk), small * small,
                          V(1.0) - V(4.0) * (V(1.0) + m) / (sum * sum));
  }

private:
  template <class V> static constexpr V small_shrink(V x) noexcept {
    const V square = x * x;
    return x * (square * polynomial(coefficients::shrunk, square));
  }

  template <class V, std::size_t N>
  static constexpr V polynomial(const double (&coefficient)[N], V x) noexcept {
    V sum(coefficient[N - 1]);
    return horner(coefficient, x, sum, std::make_index_sequence<N - 1>{});
  }
  template <class V, std::size_t N, std::size_t... I>
  static constexpr V horner(const double (&coefficient)[N], V x, V sum, std::index_sequence<I...>) noexcept {
    ((sum = fused(sum, x, V(coefficient[N - 2 - I]))), ...);
    return sum;
  }

  // Added to an integer, it shifts it to the last bits of the sum, on top of the exponent's bias.
  static constexpr double to_bits = 0x1.8p52 + 1023;

  template <class V> static constexpr auto exponent_of(V sum) noexcept { return bits(sum) << 52; }
  template <class V> static constexpr V power_of_2(V k) noexcept {
    return double_of(exponent_of(opaque(k + V(to_bits))));
  }

  // exp(x) = 2^k (1 + expm1), with the bits of 2^k as they are for a normal number.
  template <class V> struct reduced {
    V k, expm1;
    std::remove_const_t<decltype(bits(V()))> power_bits;
  };
  template <class V> static constexpr reduced<V> reduce(V x, [[maybe_unused]] V low) noexcept {
    const V sum = opaque(fused(x, V(0x1.71547652b82fep0), V(to_bits))); // 1 / log(2)
    const V k = sum - V(to_bits);
    if constexpr (is_float) {
      const V r = fused(k, V(-0x1.62e42fefa39efp-1), x); // log(2)
      return {k, r * polynomial(coefficients::exponential, r), exponent_of(sum)};
    } else { // in two parts, of which k times the first is not rounded
      const V r = fused(k, V(-0x1.ef35793c7673p-45), fused(k, V(-0x1.62e42fefa38p-1), x)) + low;
      return {k, fused(r * r, polynomial(coefficients::exponential, r), r), exponent_of(sum)};
    }
  }

  template <class V> struct tail {
    V z;
    power<V> exponential; // exp(-z^2 / 2)
    V ratio;              // of 1 - Phi(z) to it
  };
  template <class V> static constexpr tail<V> tail_of(V z) noexcept {
    z = min(z, V(coefficients::end_of_tail));
    const power<V> e = exp(product(V(-0.5) * z, z));
    if constexpr (is_float) {
      const V r = V(1.0) / (z + V(4.0));
      return {z, e, polynomial(coefficients::tail, fused(V(-8.0), r, V(1.0))) * r};
    } else { // with fewer roundings
      const V u = (z - V(4.0)) / (z + V(4.0));
      return {z, e, polynomial(coefficients::tail, u) / (z + V(4.0))};
    }
  }

  // The leading half of the bits.
  template <class V> static constexpr V head(V x) noexcept {
    const auto i = bits(x);
    return double_of(i & std::remove_const_t<decltype(i)>(~std::int64_t{(1 << 27) - 1}));
  }
};

} // namespace relu::inline RELU_ABI::detail
