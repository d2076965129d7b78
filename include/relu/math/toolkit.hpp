// SPDX-License-Identifier: MIT
// The interface of a toolkit, and the functions that all toolkits share.
#pragma once

#include <relu/concepts.hpp>
#include <relu/math/polynomial.hpp>

#include <cstdint>
#include <limits>
#include <type_traits>

namespace relu::inline RELU_ABI::math {

/// The functions of which smooth activations are made. There are three toolkits:
///
///     toolkit<float>     for float in the default tier. V is double or a vector of double. The functions are
///                        within 2^-30 of the true result, so that a formula can be rounded to float once.
///     toolkit<double>    for double. V is double or a vector of double. The functions are within 1 ULP, log
///                        and log_of_1_plus within 3.
///     fast_toolkit       for float in the fast tier. V is float or a vector of float. The functions are
///                        within a few ULP. It has no log and no log_of_1_plus.
///
/// T is the element type. An argument beyond the stated range gives an unspecified result, and so does a NaN:
/// evaluate replaces it.
///
///     far                     x exp(-x) is 0 and exp(x) is infinite as a T, for x >= far
///     exp_limit               the largest |x| that exp takes; fast_toolkit takes x from -exp_limit to 60
///     largest                 stands for infinity where a formula would divide infinities
///     limited(x)              x, or the end of the interval from -far to far that x is beyond; toolkit<T>
///                             leaves that to evaluate_limited
///     parameter(p)            the parameter p, rounded to T
///     negate(x)               -x, also of 0
///     negative_abs(x)         -|x|, also of an exact product
///
/// These keep the error of one operation small, before a function that would magnify it. toolkit<double>
/// and fast_toolkit return a double_double<V>, and toolkit<float>, where V has bits to spare, a V. Each
/// function below that takes x, takes such a number too, if its comment says "extended".
///
///     product(a, b)           a * b; also extended, or a double_double_constant
///     is_product_above(a, b, c)  a * b > c, of numbers of the element type, without a rounding error
///     sum(a, b)               a + b; also extended, or a double_double_constant
///     quotient(a, b)          a / b
///     rounded(x)              the extended number x as a V
///     reciprocal_square(x)    1 / x^2, of a sum
///
/// exp returns a power: a number e with the members e.value() and e.times(factor). The latter is right also
/// where exp(x) alone would underflow or lose bits as a subnormal.
///
///     exp(x)                  exp(x) as a power, for |x| <= exp_limit; extended
///     scaled_exp(x, factor)   factor exp(x)
///     exp_quotient(x, alpha)  exp(x / alpha), for x <= 0
///     expm1(x)                exp(x) - 1, for x <= 0
///     scaled_expm1(x, alpha)  alpha (exp(x / alpha) - 1), for x <= 0 and a normal float alpha
///     log1p(e, divisor = 1)   log(1 + e) / divisor, for a power e <= 1
///     log(x)                  the natural logarithm, for x > 0
///     log_of_1_plus(x)        log(1 + x), for x > -1
///
/// The logistic function is s(x) = 1 / (1 + exp(-x)). |x| <= exp_limit.
///
///     logistic(x, factor = 1)        factor s(x); extended
///     logistic_slope(x, factor = 1)  factor s(x) s(-x), the derivative of factor s(x)
///     gate_slope(x, c)               s(x) (1 + c s(-x)): the derivative of u s(x), where u' = 1 and
///                                    c = u x'; extended
///
/// Phi is the distribution function of the standard normal distribution, phi its density. x >= 0.
///
///     times_upper_tail(x)     x (1 - Phi(x))
///     upper_tail_slope(x)     its derivative, (1 - Phi(x)) - x phi(x)
///
/// Hyperbolic functions. x >= 0.
///
///     tanh(x)                 the hyperbolic tangent
///     tanh_shrink(x)          x - tanh(x), without cancellation
///     tanh_squared(x)         tanh(x)^2, the derivative of tanh_shrink
template <class T> struct toolkit;

/// What all toolkits share.
struct toolkit_base {
  /// x, which evaluate_limited has limited
  template <class V> static constexpr V limited(V x) noexcept { return x; }

  /// -x, also of 0: xsimd's AVX-512 computes 0 - x.
  template <class V> static constexpr V negate(V x) noexcept {
    using I = typename detail::bits_of<value_t<V>>::type;
    const auto i = detail::bits(x);
    return detail::number_of(i ^ std::remove_const_t<decltype(i)>(std::numeric_limits<I>::min()));
  }

  /// -|x|
  template <class V> static constexpr V negative_abs(V x) noexcept {
    using I = typename detail::bits_of<value_t<V>>::type;
    const auto i = detail::bits(x);
    return detail::number_of(i | std::remove_const_t<decltype(i)>(std::numeric_limits<I>::min()));
  }

protected:
  static constexpr double log_2 = 0x1.62e42fefa39efp-1, inverse_of_log_2 = 0x1.71547652b82fep0;
  static constexpr double density_at_0 = 0x1.9884533d43651p-2; // 1 / sqrt(2 pi)

  // k + integer_shift has the integer k in its last bits.
  static constexpr double integer_shift = 0x1.8p52;

  // v 2^k, where shifted = k + integer_shift. Both v and the result are normal numbers.
  template <class V> static constexpr V times_power_of_2(V v, V shifted) noexcept {
    return detail::number_of(detail::wrapping_add(
        detail::bits(v), detail::bits(shifted) << (std::numeric_limits<value_t<V>>::digits - 1)));
  }

  // x = k log(2) + rest, and shifted = k + integer_shift.
  template <class V> struct reduced {
    V k, shifted, rest;
  };
};

/// The logarithm of a toolkit.
template <class Coefficients> struct logarithmic {
  /// log(x), for x > 0.
  template <class V> static constexpr V log(V x) noexcept {
    const auto is_subnormal = x < V(std::numeric_limits<double>::min());
    const V normal = detail::select(is_subnormal, x * V(0x1p54), x);
    const V more = detail::select(is_subnormal, V(-54.0), V(0.0));
    const fraction<V> f = split(normal);
    return sum_of_parts(f.k + more, f.m - V(1.0));
  }

  /// log(1 + x), for x > -1.
  template <class V> static constexpr V log_of_1_plus(V x) noexcept {
    const V rounded = detail::barrier(V(1.0) + x), high = detail::barrier(rounded - V(1.0));
    // the rounding error of 1 + x
    const V lost = detail::barrier(x - high) + detail::barrier(V(1.0) - detail::barrier(rounded - high));
    const auto is_small = detail::abs(x) < V(0.25);
    const fraction<V> f = split(rounded);
    const V of_rounded =
        sum_of_parts(detail::select(is_small, V(0.0), f.k), detail::select(is_small, x, f.m - V(1.0)));
    const V y = detail::select(is_small, of_rounded, of_rounded + lost / rounded);
    return detail::select(detail::abs(x) < V(0x1p-54), x, y); // where d / (2 + d) may be subnormal
  }

private:
  // x = 2^k m, where sqrt(1/2) <= m < sqrt(2).
  template <class V> struct fraction {
    V k, m;
  };
  template <class V> static constexpr fraction<V> split(V x) noexcept {
    const auto i = detail::bits(
        detail::max(x, V(0.0))); // no negative number, so that the subtraction below does not overflow
    using W = std::remove_const_t<decltype(i)>;
    constexpr std::int64_t bias = std::int64_t{1023} << 52, least = 0x3fe6a09e667f3bcd; // sqrt(1/2)
    const W biased = detail::wrapping_add(i, W(bias - least)) >> 52;                    // k + 1023
    const V k = detail::number_of(detail::wrapping_add(biased, W(0x4338000000000000))); // + 1.5 2^52
    const W of_m = detail::wrapping_add(i, W(bias) - (biased << 52));
    return {detail::barrier(k - V(0x1.8p52)) - V(1023.0), detail::number_of(of_m)};
  }

  // k log(2) + log(1 + d) = k log(2) + 2 artanh(d / (2 + d)). The product of k and the high part of log(2) is
  // exact.
  template <class V> static constexpr V sum_of_parts(V k, V d) noexcept {
    const V s = d / (V(2.0) + d);
    const V low = detail::fma(k, V(0x1.ef35793c7673p-45), s * polynomial(Coefficients::logarithm, s * s));
    return detail::fma(k, V(0x1.62e42fefa38p-1), low);
  }
};

/// Exponential functions with a parameter, of toolkit<float> and toolkit<double>.
template <class Toolkit> struct exponential {
  /// factor exp(x)
  template <class V> static constexpr V scaled_exp(V x, double factor) noexcept {
    return Toolkit::exp(x).times(V(factor));
  }

  /// exp(x / alpha), for x <= 0
  template <class V> static constexpr V exp_quotient(V x, double alpha) noexcept {
    const V a(Toolkit::parameter(alpha)), end = V(alpha < 0 ? Toolkit::exp_limit : -Toolkit::far) * a;
    return Toolkit::exp(Toolkit::quotient(detail::max(x, end), a)).value();
  }
};

/// The hyperbolic functions of a toolkit, in terms of its exponential function.
template <class Toolkit, class Coefficients> struct hyperbolic {
  /// tanh(x), for x >= 0.
  template <class V> static constexpr V tanh(V x) noexcept {
    const V m = Toolkit::expm1(V(-2.0) * x);
    return detail::divide(-m, V(2.0) + m);
  }

  /// x - tanh(x), for x >= 0.
  template <class V> static constexpr V tanh_shrink(V x) noexcept {
    const auto e = Toolkit::exp(detail::max(V(-2.0) * x, V(-Toolkit::far))); // tanh(x) = 1 - 2 e / (1 + e)
    return detail::select(x < V(Coefficients::end_of_shrunk), small_shrink(x),
                          (x - V(1.0)) + e.times(detail::divide(V(2.0), V(1.0) + e.value())));
  }

  /// tanh(x)^2, for x >= 0.
  template <class V> static constexpr V tanh_squared(V x) noexcept {
    const V m = Toolkit::expm1(V(-2.0) * x), sum = V(2.0) + m, small = x - small_shrink(x);
    return detail::select(x < V(Coefficients::end_of_shrunk), small * small,
                          V(1.0) - detail::divide(V(4.0) * (V(1.0) + m), sum * sum));
  }

private:
  template <class V> static constexpr V small_shrink(V x) noexcept {
    const V square = x * x;
    return x * (square * polynomial(Coefficients::shrunk, square));
  }
};

} // namespace relu::inline RELU_ABI::math
