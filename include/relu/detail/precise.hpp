// SPDX-License-Identifier: MIT
// What smooth formulas are made of: functions of doubles, close enough for results that are rounded to T.
#pragma once

#include <relu/detail/lanes.hpp>
#include <relu/detail/polynomials.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace relu::inline RELU_ABI::detail {

/// A number as a sum of two, of which the second is what the first was rounded by.
template <class V> struct two {
  V high, low;
};

/// The same of a constant.
struct constant {
  double high, low;
};

/// V is double, or an xsimd::batch of doubles. For float results of these functions are within 2^-30 of the
/// true ones, and for double within 1 ULP; the sums and products of a formula come on top of that.
template <class T> struct precise {
  static constexpr bool is_float = std::is_same_v<T, float>;
  using coefficients = polynomials<T>;

  /// far * exp(-far) is 0 and exp(far) is infinite, as a T.
  static constexpr double far = is_float ? 128 : 760;

  /// The largest |x| of which exp(x) can be computed.
  static constexpr double most = is_float ? 700 : 1400;

  /// A parameter as it is for elements T.
  template <class V> static constexpr V parameter(double p) noexcept { return V(double(T(p))); }

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

  /// -|a|
  template <class V> static constexpr V negative_abs(V a) noexcept { return minus(detail::abs(a)); }
  template <class V> static constexpr two<V> negative_abs(two<V> a) noexcept {
    if constexpr (is_float) return {negative_abs(a.high), a.low};
    else {
      const auto negative = a.high < V(0.0);
      return {detail::select(negative, a.high, -a.high), detail::select(negative, a.low, -a.low)};
    }
  }

  /// exp(x): of float a number; of double one before the factors 2^k that may make it a denormal number, or
  /// nothing.
  template <class V> struct number {
    V v;

    constexpr V value() const noexcept { return v; }
    constexpr V times(V factor) const noexcept { return factor * v; }
  };
  template <class V> struct scaled_number {
    V fraction_minus_1; // exp(x) = (1 + fraction_minus_1) scale, times rest
    V scale, rest;

    constexpr V value() const noexcept { return fused(scale, fraction_minus_1, scale) * rest; }

    /// factor * exp(x), without a loss if exp(x) alone is a denormal number.
    constexpr V times(V factor) const noexcept {
      return fused(factor, fraction_minus_1, factor) * scale * rest;
    }
    constexpr V times(two<V> factor) const noexcept {
      return (fused(factor.high, fraction_minus_1, factor.low) + factor.high) * scale * rest;
    }
  };
  template <class V> using power = std::conditional_t<is_float, number<V>, scaled_number<V>>;

  /// exp(x), for |x| <= most. By exp(x) = 2^k exp(x - k log(2)), where k is the integer closest to x /
  /// log(2).
  template <class V> static constexpr power<V> exp(V x) noexcept { return exp(two<V>{x, V(0.0)}); }
  template <class V> static constexpr power<V> exp(two<V> x) noexcept {
    const reduced<V> r = reduce(x.high);
    if constexpr (is_float) return exp_of(r.rest, r.sum);
    else {
      constexpr double normal = 1000; // 2^k is
      const V k = detail::max(detail::min(r.k, V(normal)), V(-normal));
      return {expm1_of_rest(r.rest + x.low), power_of_2(k), power_of_2(r.k - k)};
    }
  }

  /// exp(-x), of float alone: what it begins with does not wait for -x.
  template <class V>
  static constexpr power<V> exp_minus(V x) noexcept
  requires is_float
  {
    const V sum = opaque(fused(x, V(-inverse_of_log_2), V(to_bits)));
    return exp_of(fused(sum - V(to_bits), V(-log_2), -x), sum);
  }

  /// exp(x) - 1, for x <= 0.
  template <class V> static constexpr V expm1(V x) noexcept {
    const reduced<V> r = reduce(detail::max(x, V(-700.0))); // below: -1
    const V scale = scaled(V(1.0), r.sum);
    return fused(scale, expm1_of_rest(r.rest), scale - V(1.0));
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
    if constexpr (is_float) return factor / (V(1.0) + exp_minus(x.high).value());
    else { // where neither overflows
      const power<V> e = exp(negative_abs(x));
      const V of_positive = factor / (V(1.0) + e.value());
      return detail::select(x.high < V(0.0), e.times(of_positive), of_positive);
    }
  }
  template <class V> static constexpr V logistic(V x, V factor) noexcept {
    return logistic(two<V>{x, V(0.0)}, factor);
  }

  /// The derivative of 1 / (1 + exp(-x)), times factor: e / (1 + e)^2, where e = exp(-|x|).
  template <class V> static constexpr V logistic_slope(V x, V factor) noexcept {
    const auto square = [](V e) { return fused(e, e + V(2.0), V(1.0)); };
    if constexpr (is_float) { // of which nothing overflows for negative x either
      const V e = exp_minus(x).value();
      return factor * e / square(e);
    } else {
      const power<V> e = exp(negative_abs(x));
      return e.times(factor / square(e.value()));
    }
  }

  /// The derivative of u logistic(x) where u = 0 with x, and u' = 1: logistic(x) (1 + c logistic(-x)), where
  /// c is u x'.
  template <class V> static constexpr V gate_slope(two<V> x, V c) noexcept {
    if constexpr (is_float) { // nothing overflows
      const V e = exp_minus(x.high).value(), s = V(1.0) / (V(1.0) + e);
      return fused(s * s, c * e, s);
    } else {
      const power<V> e = exp(negative_abs(x));
      const V r = V(1.0) / (V(1.0) + e.value());
      const auto negative = x.high < V(0.0);
      return detail::select(negative, e.times(r * fused(c, r, V(1.0))), fused(e.times(c * r), r, r));
    }
  }

  /// z (1 - Phi(z)), for z >= 0: exp(-z^2 / 2) times what a polynomial is close to. Phi is the distribution
  /// function of the normal distribution.
  template <class V> static constexpr V times_upper_tail(V z) noexcept {
    const tail<V> t(z);
    if constexpr (is_float) return t.exponential().times(t.ratio() * t.z);
    else return t.exponential().times(product(t.ratio(), two<V>{t.z, V(0.0)}));
  }

  /// (1 - Phi(z)) - z phi(z), where phi is the density.
  template <class V> static constexpr V upper_tail_slope(V z) noexcept {
    const tail<V> t(z);
    const V of_density = t.z * V(density_at_0);
    if constexpr (is_float) return t.exponential().times(t.ratio() - of_density);
    else {
      const two<V> ratio = t.ratio();
      return t.exponential().times(two<V>{ratio.high - of_density, ratio.low});
    }
  }

  /// tanh(x), for x >= 0; its distance to x; its square.
  template <class V> static constexpr V tanh(V x) noexcept {
    const V m = expm1(V(-2.0) * x);
    return -m / (V(2.0) + m);
  }
  template <class V> static constexpr V tanh_shrink(V x) noexcept {
    const power<V> e = exp(detail::max(V(-2.0) * x, V(-far))); // tanh(x) = 1 - 2 e / (1 + e)
    return detail::select(x < V(coefficients::end_of_shrunk), small_shrink(x),
                          (x - V(1.0)) + e.times(V(2.0) / (V(1.0) + e.value())));
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

  // By G. Estrin's scheme, in halves that do not wait for each other; but the first term is added last: it is
  // the largest, and what the others are rounded by counts for less.
  template <class V, std::size_t N>
  static constexpr V polynomial(const double (&coefficient)[N], V x) noexcept {
    return fused(but_first(coefficient, x), x, V(coefficient[0]));
  }
  // The others, over x.
  template <class V, std::size_t N>
  static constexpr V but_first(const double (&coefficient)[N], V x) noexcept {
    const V x2 = x * x, x4 = x2 * x2, x8 = x4 * x4;
    const V powers[]{x, x2, x4, x8, x8 * x8};
    return terms<1, N - 1>(coefficient, powers);
  }
  // The terms First, ..., First + Count - 1, over x^First, where powers[i] is x^(2^i).
  template <std::size_t First, std::size_t Count, class V, std::size_t N>
  static constexpr V terms(const double (&coefficient)[N], const V (&powers)[5]) noexcept {
    if constexpr (Count == 1) return V(coefficient[First]);
    else {
      constexpr std::size_t half = std::bit_floor(Count - 1), i = std::bit_width(half) - 1;
      return fused(terms<First + half, Count - half>(coefficient, powers), powers[i],
                   terms<First, half>(coefficient, powers));
    }
  }

  // Added to an integer, it shifts it to the last bits of the sum.
  static constexpr double to_bits = 0x1.8p52;

  // v 2^k, where both are normal numbers, and sum = k + to_bits
  template <class V> static constexpr V scaled(V v, V sum) noexcept {
    return double_of(wrapping_add(bits(v), bits(sum) << 52));
  }
  template <class V> static constexpr V power_of_2(V k) noexcept {
    return scaled(V(1.0), opaque(k + V(to_bits)));
  }

  static constexpr double log_2 = 0x1.62e42fefa39efp-1, inverse_of_log_2 = 0x1.71547652b82fep0;

  // x = k log(2) + rest, and sum = k + to_bits
  template <class V> struct reduced {
    V k, sum, rest;
  };
  template <class V> static constexpr reduced<V> reduce(V x) noexcept {
    const V sum = opaque(fused(x, V(inverse_of_log_2), V(to_bits)));
    const V k = sum - V(to_bits);
    if constexpr (is_float) return {k, sum, fused(k, V(-log_2), x)};
    else // in two parts, of which k times the first is not rounded
      return {k, sum, fused(k, V(-0x1.ef35793c7673p-45), fused(k, V(-0x1.62e42fefa38p-1), x))};
  }
  template <class V> static constexpr V expm1_of_rest(V x) noexcept {
    const V p = polynomial(coefficients::exponential, x);
    if constexpr (is_float) return x * p;
    else return fused(x * x, p, x);
  }

  static constexpr double density_at_0 = 0x1.9884533d43651p-2; // 1 / sqrt(2 pi)

  // exp(k log(2) + rest), of float
  template <class V> static constexpr power<V> exp_of(V rest, V sum) noexcept {
    return {scaled(fused(rest, polynomial(coefficients::exponential, rest), V(1.0)), sum)};
  }

  // Of 1 - Phi(z) the exponential exp(-z^2 / 2), and the ratio to it.
  template <class V> struct tail {
    V z;

    constexpr explicit tail(V of) noexcept : z(detail::min(of, V(coefficients::end_of_tail))) {}
    constexpr power<V> exponential() const noexcept { return exp(product(V(-0.5) * z, z)); }
    constexpr auto ratio() const noexcept {
      if constexpr (is_float) return polynomial(coefficients::tail, V(1.0) / (z + V(4.0)));
      else { // close to the z for which z + 4 is not rounded, and from there by the derivative
        const two<V> from_4 = sum(two<V>{z, V(0.0)}, two<V>{V(4.0), V(0.0)});
        const V x = (from_4.high - V(8.0)) / from_4.high, inverse = V(1.0) / from_4.high;
        const two<V> p = sum(two<V>{V(coefficients::tail[0]), V(0.0)},
                             two<V>{but_first(coefficients::tail, x) * x, V(0.0)});
        const V high = opaque(p.high * inverse);
        const two<V> back = product(high, from_4.high);
        const V low = (((p.high - back.high) - back.low) + p.low) * inverse;
        return two<V>{high, fused(from_4.low, fused(z, high, V(-density_at_0)), low)};
      }
    }
  };

  // The leading half of the bits.
  template <class V> static constexpr V head(V x) noexcept {
    const auto i = bits(x);
    return double_of(i & std::remove_const_t<decltype(i)>(~std::int64_t{(1 << 27) - 1}));
  }
};

} // namespace relu::inline RELU_ABI::detail
