// SPDX-License-Identifier: MIT
// The toolkit of the fast tier: float results that are computed in float.
#pragma once

#include <relu/math/arithmetic.hpp>
#include <relu/math/coefficients.hpp>
#include <relu/math/double_double.hpp>
#include <relu/math/polynomial.hpp>
#include <relu/math/toolkit.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>

namespace relu::inline RELU_ABI::math {

/// The functions of smooth activations in float: see toolkit<T>. V is float or a vector of float. Their
/// errors keep the value of an activation within 4 ULP, and its slope within 8. tanh, tanh_shrink,
/// tanh_squared, the logistic functions and gate_slope take any number.
///
/// exp(x) is a normal float only for x from -87 to 88. Where a result depends on it beyond, exp(x) is
/// computed times 2^32 or 2^-32, and the last product takes that back. This costs nothing: the exponent of 2
/// comes from the last bits of x / log(2) + 1.5 2^23, and 1.5 2^23 + 32 gives one that is larger by 32.
struct fast_toolkit : toolkit_base,
                      double_double_arithmetic,
                      hyperbolic<fast_toolkit, coefficients<fast_toolkit>> {
  static constexpr double far = 109;
  static constexpr double exp_limit = far;
  static constexpr double largest = 0x1p100;
  static constexpr double largest_factor = 128; // factor exp(-far) is 0 as a float

  static constexpr double parameter(double p) noexcept { return double(float(p)); }

  using double_double_arithmetic::negative_abs;
  using toolkit_base::negative_abs;
  template <class V> static constexpr V rounded(V x) noexcept { return x; }
  template <class V> static constexpr V limited(V x) noexcept { return detail::limited(x, far); }
  using double_double_arithmetic::rounded;

  template <class V>
  static constexpr double_double<V> sum(double_double_constant a, double_double<V> b) noexcept {
    return double_double_arithmetic::sum(a, b);
  }
  template <class V> static constexpr V sum(V a, V b) noexcept { return detail::barrier(a + b); }
  template <class V> static constexpr V reciprocal_square(V x) noexcept {
    const V r = detail::divide(V(1.0f), x);
    return r * r;
  }

  /// x 2^-32. The first barrier keeps the order of products under -ffast-math. The second keeps GCC from
  /// fusing this product with a sum, which would change subnormal results.
  template <class V> static constexpr V scaled_down(V x) noexcept {
    return detail::barrier(detail::barrier(x) * V(down));
  }

  /// exp(x) = (1 + minus_1) scale 2^-32
  template <class V> struct power {
    V minus_1, scale;

    constexpr V scaled() const noexcept { return detail::barrier(detail::fma(scale, minus_1, scale)); }
    constexpr V value() const noexcept { return scaled_down(scaled()); }
    constexpr V times(V factor) const noexcept {
      return scaled_down(detail::fma(factor, minus_1, factor) * scale);
    }
  };

  /// exp(x), for -far <= x <= 60
  template <class X> static constexpr auto exp(X x) noexcept { return exp_of_halves<2>(x); }

  /// exp(x) - 1, for x <= 0
  template <class V> static constexpr V expm1(V x) noexcept {
    return expm1_of_halves<2>(detail::max(x, V(-30.0f))); // below: -1
  }

  /// alpha (exp(x / alpha) - 1), for x <= 0 and 0 < alpha <= largest
  template <class V> static constexpr V scaled_expm1(V x, double alpha) noexcept {
    const V y = expm1(x * constant<V>(1 / parameter(alpha))) * constant<V>(alpha);
    return detail::select(x > constant<V>(-0x1p-26 * alpha), x, y); // x / alpha may be subnormal there
  }

  /// factor exp(x), for x <= 0 and |factor| <= largest_factor
  template <class V> static constexpr V scaled_exp(V x, double factor) noexcept {
    return exp(detail::max(x, constant<V>(-far))).times(constant<V>(factor));
  }

  /// exp(x / alpha), for x <= 0 and 0 < alpha <= largest
  template <class V> static constexpr V exp_quotient(V x, double alpha) noexcept {
    const double a = parameter(alpha);
    return exp(product(detail::max(x, constant<V>(-far * a)), double_double_constant{1 / a, 0})).value();
  }

  /// log(1 + e) / divisor, for a power e <= 1 and 1 / |divisor| <= largest_factor
  template <class V> static constexpr V log1p(power<V> e, V divisor) noexcept {
    const V p = detail::barrier(log1p_over_x(e.value()) * detail::divide(V(1.0f), divisor));
    return scaled_down(e.scaled() * p);
  }
  template <class V> static constexpr V log1p(power<V> e) noexcept {
    return scaled_down(e.scaled() * log1p_over_x(e.value()));
  }

  template <class X> static constexpr auto logistic(X x) noexcept {
    using V = decltype(rounded(x));
    return detail::divide(V(down), one_and_exp_minus(scaled_exp_minus(x)));
  }
  template <class X, class V> static constexpr V logistic(X x, V factor) noexcept {
    return scaled_down(detail::divide(factor, one_and_exp_minus(scaled_exp_minus(x))));
  }

  template <class V> static constexpr V logistic_slope(V x, V factor = V(1.0f)) noexcept {
    const auto e = exp(detail::max(negative_abs(x), constant<V>(-far)));
    const V s = detail::divide(V(1.0f), V(1.0f) + e.value());
    return e.times(detail::barrier(s * s) * factor);
  }

  template <class X, class V> static constexpr V gate_slope(X x, V c) noexcept {
    const V e = scaled_exp_minus(x), s = detail::divide(V(1.0f), one_and_exp_minus(e)); // s(x) 2^32
    return scaled_down(s * detail::fma(c, detail::barrier(e * s), V(1.0f)));
  }

  template <class V> static constexpr V times_upper_tail(V x) noexcept {
    const tail<V> t(x);
    return t.exponential.times(detail::divide(t.product, t.divisor));
  }

  template <class V> static constexpr V upper_tail_slope(V x) noexcept {
    const tail<V> t(x);
    return t.exponential.times(
        detail::fma(t.x, V(static_cast<float>(-density_at_0)), detail::divide(t.p, t.divisor)));
  }

  /// tanh(x)
  template <class V> static constexpr V tanh(V x) noexcept {
    const V m = expm1_of_halves<4, -1>(detail::max(negative_abs(x), V(-15.0f))); // 1 - exp(-2 |x|)
    return detail::copysign(detail::divide(m, V(2.0f) - m), x);
  }
  /// x - tanh(x)
  template <class V> static constexpr V tanh_shrink(V x) noexcept {
    return detail::copysign(hyperbolic::tanh_shrink(detail::abs(x)), x);
  }
  /// tanh(x)^2
  template <class V> static constexpr V tanh_squared(V x) noexcept {
    const V t = tanh(x);
    return t * t;
  }

  /// (x + a) c
  template <class V> static constexpr V scaled_sum(V x, double a, double c) noexcept {
    return detail::barrier(x + constant<V>(a)) * constant<V>(c);
  }
  template <class V> static constexpr V times(V a, V b) noexcept { return a * b; }

private:
  // k + integer_shift has the integer k in its last bits.
  static constexpr float integer_shift = 0x1.8p23f;
  static constexpr float down = 0x1p-32f;

  // (Halves / 2) x = k log(2) + (Halves / 2) rest
  template <class V> struct reduced {
    V shifted, rest;
  };

  // The product of k and the high part of log(2) is exact. With minus_k, rest is +0 where x is -0.
  template <int Halves, class V> static constexpr reduced<V> reduce(V x, float shift) noexcept {
    constexpr float factor = Halves / 2.0f, high = 0x1.62e4p-1f / factor,
                    low = static_cast<float>(0x1.7f7d1cf79abcap-20) / factor,
                    inverse = static_cast<float>(inverse_of_log_2) * factor;
    const V shifted = detail::barrier(detail::fma(x, V(inverse), V(shift)));
    const V minus_k = detail::barrier(V(shift) - shifted);
    return {shifted, detail::fma(minus_k, V(low), detail::barrier(detail::fma(minus_k, V(high), x)))};
  }
  template <int Halves, class V>
  static constexpr reduced<V> reduce(double_double<V> x, float shift) noexcept {
    const reduced<V> r = reduce<Halves>(x.high, shift);
    return {r.shifted, r.rest + x.low};
  }

  // The polynomial for Sign exp((Halves / 2) x).
  template <int Halves, int Sign = 1> struct scaled_coefficients {
    double of_exponential[std::size(coefficients<fast_toolkit>::exponential)]{};
    constexpr scaled_coefficients() {
      double factor = Halves / 2.0;
      for (std::size_t i = 0; i < std::size(of_exponential); ++i, factor *= Halves / 2.0)
        of_exponential[i] = Sign * factor * coefficients<fast_toolkit>::exponential[i];
    }
  };
  template <int Halves, int Sign = 1> static constexpr scaled_coefficients<Halves, Sign> polynomial_for{};

  // Sign (exp((Halves / 2) rest) - 1) / rest, and exp((Halves / 2) rest)
  template <int Halves, int Sign = 1, class V> static constexpr V expm1_over_rest(V rest) noexcept {
    return horner(polynomial_for<Halves, Sign>.of_exponential, rest);
  }
  template <int Halves, class V> static constexpr V exp_of_rest(V rest) noexcept {
    return detail::fma(rest, expm1_over_rest<Halves>(rest), V(1.0f));
  }

  // exp((Halves / 2) x)
  template <int Halves, class X> static constexpr auto exp_of_halves(X x) noexcept {
    const auto r = reduce<Halves>(x, integer_shift + 32);
    using V = decltype(rounded(x));
    return power<V>{detail::barrier(r.rest * expm1_over_rest<Halves>(r.rest)),
                    times_power_of_2(V(1.0f), r.shifted)};
  }

  // Sign (exp((Halves / 2) x) - 1), for -30 <= (Halves / 2) x <= 0. It is +0 where x is 0.
  template <int Halves, int Sign = 1, class V> static constexpr V expm1_of_halves(V x) noexcept {
    const reduced<V> r = reduce<Halves>(x, integer_shift);
    const V scale = times_power_of_2(V(1.0f), r.shifted);
    const V of_rest = detail::barrier(r.rest * expm1_over_rest<Halves, Sign>(r.rest));
    const V of_scale = Sign > 0 ? scale - V(1.0f) : V(1.0f) - scale;
    return detail::fma(scale, of_rest, detail::barrier(of_scale));
  }

  // log(1 + x) / x, for 0 <= x <= 1
  template <class V> static constexpr V log1p_over_x(V x) noexcept {
    return polynomial(coefficients<fast_toolkit>::log1p, x);
  }

  // exp(-x) 2^-32. Below -110 and above 60 it stays constant, which does not change a result.
  template <class X> static constexpr auto scaled_exp_minus(X x) noexcept {
    const auto r = reduce<-2>(bounded(x), integer_shift - 32);
    return times_power_of_2(exp_of_rest<-2>(r.rest), r.shifted);
  }
  // At -110, exp(x) times the factor of any gate_slope is 0 as a float, and exp(-x) 2^-32 is finite.
  template <class V> static constexpr V bounded(V x) noexcept {
    return detail::min(detail::max(x, V(-110.0f)), V(60.0f));
  }
  template <class V> static constexpr double_double<V> bounded(double_double<V> x) noexcept {
    return {bounded(x.high), x.low};
  }

  // (1 + exp(-x)) 2^-32
  template <class V> static constexpr V one_and_exp_minus(V scaled) noexcept { return scaled + V(down); }

  // 1 - Phi(x) is exponential times p / divisor. For large x the divisor is close to sqrt(2 pi) x p, so that
  // the rounding error of p counts little.
  template <class V> struct tail {
    V x, p, product, divisor; // product = x p
    power<V> exponential;

    constexpr explicit tail(V of) noexcept
        : x(detail::min(of, constant<V>(coefficients<fast_toolkit>::end_of_tail))) {
      exponential = exp_of_halves<-1>(double_double_arithmetic::product(x, x));
      p = horner(coefficients<fast_toolkit>::tail, x);
      product = detail::barrier(x * p);
      divisor = detail::fma(V(static_cast<float>(1 / density_at_0)), product,
                            horner(coefficients<fast_toolkit>::tail_rest, x));
    }
  };
};

} // namespace relu::inline RELU_ABI::math
