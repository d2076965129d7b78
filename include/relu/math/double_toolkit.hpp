// SPDX-License-Identifier: MIT
// The toolkit for double results: double-double where an error would grow.
#pragma once

#include <relu/math/coefficients.hpp>
#include <relu/math/double_double.hpp>
#include <relu/math/polynomial.hpp>
#include <relu/math/toolkit.hpp>

namespace relu::inline RELU_ABI::math {

/// The functions of smooth activations for elements of type double: see toolkit<T>.
template <>
struct toolkit<double> : toolkit_base,
                         double_double_arithmetic,
                         exponential<toolkit<double>>,
                         logarithmic<coefficients<double>>,
                         hyperbolic<toolkit<double>, coefficients<double>> {
  static constexpr double far = 760;
  static constexpr double exp_limit = 1400;
  static constexpr double largest = 1e300;

  static constexpr double parameter(double p) noexcept { return p; }

  using double_double_arithmetic::negative_abs;
  using toolkit_base::negative_abs;

  /// exp(x) = (1 + fraction_minus_1) * scale * rest, where scale and rest are powers of 2. rest may make the
  /// product subnormal, 0 or infinite.
  template <class V> struct power {
    V fraction_minus_1, scale, rest;

    constexpr V value() const noexcept { return detail::fma(scale, fraction_minus_1, scale) * rest; }

    constexpr V times(V factor) const noexcept {
      return detail::fma(factor, fraction_minus_1, factor) * scale * rest;
    }
    constexpr V times(double_double<V> factor) const noexcept {
      return (detail::fma(factor.high, fraction_minus_1, factor.low) + factor.high) * scale * rest;
    }
  };

  template <class V> static constexpr power<V> exp(double_double<V> x) noexcept {
    const reduced<V> r = reduce(x.high);
    const V k = detail::max(detail::min(r.k, V(largest_k)), V(-largest_k));
    return {expm1_of_rest(r.rest + x.low), power_of_2(k), power_of_2(r.k - k)};
  }
  template <class V> static constexpr power<V> exp(V x) noexcept { return exp(extended(x)); }

  template <class V> static constexpr V expm1(V x) noexcept {
    const reduced<V> r = reduce(detail::max(x, V(-700.0))); // below: -1
    const V scale = times_power_of_2(V(1.0), r.shifted);
    return detail::fma(scale, expm1_of_rest(r.rest), scale - V(1.0));
  }

  template <class V> static constexpr V scaled_expm1(V x, double alpha) noexcept {
    const V a(parameter(alpha));
    const V y = alpha < 0 ? growing_expm1(x, a) : expm1(detail::barrier(x / a)) * a;
    return detail::select(x > V(-0x1p-60) * detail::abs(a), x, y); // x / alpha may be subnormal there
  }

  /// 2 artanh(e / (2 + e)) / divisor
  template <class V> static constexpr V log1p(power<V> e, V divisor = V(1.0)) noexcept {
    const V v = e.value(), sum = V(2.0) + v, s = v / sum;
    return e.times(polynomial(coefficients<double>::logarithm, s * s) / (sum * divisor));
  }

  // The exponential of -|x| cannot overflow.
  template <class V> static constexpr V logistic(double_double<V> x, V factor = V(1.0)) noexcept {
    const power<V> e = exp(negative_abs(x));
    const V of_positive = factor / (V(1.0) + e.value());
    return detail::select(x.high < V(0.0), e.times(of_positive), of_positive);
  }
  template <class V> static constexpr V logistic(V x, V factor = V(1.0)) noexcept {
    return logistic(extended(x), factor);
  }

  template <class V> static constexpr V logistic_slope(V x, V factor = V(1.0)) noexcept {
    const power<V> e = exp(negative_abs(x));
    const V v = e.value();
    return e.times(factor / detail::fma(v, v + V(2.0), V(1.0)));
  }

  template <class V> static constexpr V gate_slope(double_double<V> x, V c) noexcept {
    const power<V> e = exp(negative_abs(x));
    const V r = V(1.0) / (V(1.0) + e.value());
    const auto negative = x.high < V(0.0);
    return detail::select(negative, e.times(r * detail::fma(c, r, V(1.0))),
                          detail::fma(e.times(c * r), r, r));
  }
  template <class V> static constexpr V gate_slope(V x, V c) noexcept { return gate_slope(extended(x), c); }

  template <class V> static constexpr V times_upper_tail(V x) noexcept {
    const tail<V> t(x);
    return t.exponential().times(product(t.ratio(), t.x));
  }

  template <class V> static constexpr V upper_tail_slope(V x) noexcept {
    const tail<V> t(x);
    const V of_density = t.x * V(density_at_0);
    const double_double<V> ratio = t.ratio();
    return t.exponential().times(double_double<V>{ratio.high - of_density, ratio.low});
  }

private:
  static constexpr double largest_k = 1000; // 2^k and 2^-k are normal numbers

  template <class V> static constexpr double_double<V> extended(V x) noexcept { return {x, V(0.0)}; }

  template <class V> static constexpr V power_of_2(V k) noexcept {
    return times_power_of_2(V(1.0), detail::barrier(k + V(integer_shift)));
  }

  // log(2) in two parts. The first has so few bits that its product with k is exact.
  template <class V> static constexpr reduced<V> reduce(V x) noexcept {
    const V shifted = detail::barrier(detail::fma(x, V(inverse_of_log_2), V(integer_shift)));
    const V k = detail::barrier(shifted - V(integer_shift));
    return {k, shifted, detail::fma(k, V(-0x1.ef35793c7673p-45), detail::fma(k, V(-0x1.62e42fefa38p-1), x))};
  }
  template <class V> static constexpr V expm1_of_rest(V x) noexcept {
    return detail::fma(x * x, polynomial(coefficients<double>::exponential, x), x);
  }

  // a (exp(x / a) - 1), for a < 0: x / a is positive, and exp magnifies the error of the quotient.
  template <class V> static constexpr V growing_expm1(V x, V a) noexcept {
    const double_double<V> u = quotient(detail::max(x, V(exp_limit) * a), a);
    const power<V> e = exp(u);
    return detail::fma(e.scale, e.fraction_minus_1, e.scale - V(1.0)) * a * e.rest;
  }

  // 1 - Phi(x) is exponential() times ratio().
  template <class V> struct tail {
    V x;

    constexpr explicit tail(V of) noexcept : x(detail::min(of, V(coefficients<double>::end_of_tail))) {}
    constexpr power<V> exponential() const noexcept { return exp(product(V(-0.5) * x, x)); }

    // A polynomial at the x for which x + 4 is not rounded, and from there by the derivative.
    constexpr double_double<V> ratio() const noexcept {
      const double_double<V> from_4 = sum(x, V(4.0));
      const V s = (from_4.high - V(8.0)) / from_4.high, inverse = V(1.0) / from_4.high;
      const V but_first = polynomial_but_first(coefficients<double>::tail, s) * s;
      const double_double<V> p = sum(V(coefficients<double>::tail[0]), but_first);
      const V high = detail::barrier(p.high * inverse);
      const double_double<V> back = product(high, from_4.high);
      const V low = (((p.high - back.high) - back.low) + p.low) * inverse;
      return {high, detail::fma(from_4.low, detail::fma(x, high, V(-density_at_0)), low)};
    }
  };
};

} // namespace relu::inline RELU_ABI::math
