// SPDX-License-Identifier: MIT
// The toolkit for float results: double has bits to spare.
#pragma once

#include <relu/math/coefficients.hpp>
#include <relu/math/double_double.hpp>
#include <relu/math/polynomial.hpp>
#include <relu/math/toolkit.hpp>

namespace relu::inline RELU_ABI::math {

/// The functions of smooth activations for elements of type float: see toolkit<T>. Intermediate results do
/// not overflow in double, so one formula serves both signs of x.
template <>
struct toolkit<float> : toolkit_base,
                        exponential<toolkit<float>>,
                        logarithmic<coefficients<float>>,
                        hyperbolic<toolkit<float>, coefficients<float>> {
  static constexpr double far = 128;
  static constexpr double exp_limit = 700;
  static constexpr double largest = 1e300;

  static constexpr double parameter(double p) noexcept { return double(float(p)); }

  template <class V> static constexpr V product(V a, V b) noexcept { return detail::barrier(a * b); }
  template <class V> static constexpr V product(V a, double_double_constant b) noexcept {
    return product(a, V(b.high));
  }
  template <class V> static constexpr auto is_product_above(V a, V b, V c) noexcept { return a * b > c; }
  template <class V> static constexpr V sum(V a, V b) noexcept { return detail::barrier(a + b); }
  template <class V> static constexpr V sum(double_double_constant a, V b) noexcept {
    return sum(V(a.high), b);
  }
  /// a / b. If b is loop-invariant, its reciprocal is too.
  template <class V> static constexpr V quotient(V a, V b) noexcept { return a * (V(1.0) / b); }
  template <class V> static constexpr V reciprocal_square(V x) noexcept {
    const V r = V(1.0) / x;
    return r * r;
  }
  template <class V> static constexpr V rounded(V x) noexcept { return x; }

  /// exp(x)
  template <class V> struct power {
    V v;

    constexpr V value() const noexcept { return v; }
    constexpr V times(V factor) const noexcept { return factor * v; }
  };

  template <class V> static constexpr power<V> exp(V x) noexcept {
    const reduced<V> r = reduce(x);
    return exp_of(r.rest, r.shifted);
  }

  template <class V> static constexpr V expm1(V x) noexcept {
    return bounded_expm1(detail::max(x, V(-exp_limit))); // below: -1
  }

  template <class V> static constexpr V scaled_expm1(V x, double alpha) noexcept {
    const V a(parameter(alpha)), end = V(alpha < 0 ? exp_limit : -exp_limit) * a;
    return bounded_expm1(quotient(detail::max(x, end), a)) * a; // below: -infinity or -a
  }

  /// 2 artanh(e / (2 + e)) / divisor. If the divisor is loop-invariant, its reciprocal is too.
  template <class V> static constexpr V log1p(power<V> e, V divisor = V(1.0)) noexcept {
    const V v = e.value(), sum = V(2.0) + v, s = v / sum;
    return s * polynomial(coefficients<float>::logarithm, s * s) * (V(1.0) / divisor);
  }

  template <class V> static constexpr V logistic(V x, V factor = V(1.0)) noexcept {
    return factor / (V(1.0) + exp_minus(x).value());
  }

  template <class V> static constexpr V logistic_slope(V x, V factor = V(1.0)) noexcept {
    const V e = exp_minus(x).value();
    return factor * e / detail::fma(e, e + V(2.0), V(1.0));
  }

  template <class V> static constexpr V gate_slope(V x, V c) noexcept {
    const V e = exp_minus(x).value(), s = V(1.0) / (V(1.0) + e);
    return detail::fma(s * s, c * e, s);
  }

  template <class V> static constexpr V times_upper_tail(V x) noexcept {
    const tail<V> t(x);
    return t.exponential().times(t.ratio() * t.x);
  }

  template <class V> static constexpr V upper_tail_slope(V x) noexcept {
    const tail<V> t(x);
    const V of_density = t.x * V(density_at_0);
    return t.exponential().times(t.ratio() - of_density);
  }

private:
  template <class V> static constexpr reduced<V> reduce(V x) noexcept {
    const V shifted = detail::barrier(detail::fma(x, V(inverse_of_log_2), V(integer_shift)));
    const V k = detail::barrier(shifted - V(integer_shift));
    return {k, shifted, detail::fma(k, V(-log_2), x)};
  }

  // exp(k log(2) + rest)
  template <class V> static constexpr power<V> exp_of(V rest, V shifted) noexcept {
    const V p = polynomial(coefficients<float>::exponential, rest);
    return {times_power_of_2(detail::fma(rest, p, V(1.0)), shifted)};
  }

  // exp(-x). The reduction starts from x, so that it does not wait for -x.
  template <class V> static constexpr power<V> exp_minus(V x) noexcept {
    const V shifted = detail::barrier(detail::fma(x, V(-inverse_of_log_2), V(integer_shift)));
    return exp_of(detail::fma(detail::barrier(shifted - V(integer_shift)), V(-log_2), -x), shifted);
  }

  // exp(x) - 1, for |x| <= exp_limit and a few ULP more.
  template <class V> static constexpr V bounded_expm1(V x) noexcept {
    const reduced<V> r = reduce(x);
    const V scale = times_power_of_2(V(1.0), r.shifted);
    const V of_rest = r.rest * polynomial(coefficients<float>::exponential, r.rest);
    return detail::fma(scale, of_rest, scale - V(1.0));
  }

  // 1 - Phi(x) is exponential() times ratio().
  template <class V> struct tail {
    V x;

    constexpr explicit tail(V of) noexcept : x(detail::min(of, V(coefficients<float>::end_of_tail))) {}
    constexpr power<V> exponential() const noexcept { return exp(product(V(-0.5) * x, x)); }
    constexpr V ratio() const noexcept {
      return polynomial(coefficients<float>::tail, V(1.0) / (x + V(4.0)));
    }
  };
};

} // namespace relu::inline RELU_ABI::math
