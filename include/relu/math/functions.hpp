// SPDX-License-Identifier: MIT
// Functions of one number, for the formulas of activations. float is computed in double and rounded once.
#pragma once

#include <relu/math/evaluate.hpp>

#include <limits>

namespace relu::inline RELU_ABI {

namespace detail {

// f(x) above the pole, -infinity at it, NaN below it, and x itself where x is NaN or infinity.
template <class V, class F> constexpr V above_pole(V x, int pole, F f) {
  using T = value_t<V>;
  using limits = std::numeric_limits<T>;
  const V y = computed(math::default_tier{}, x, [&](auto t, auto with) {
    using W = decltype(t);
    return detail::select(t > W(static_cast<double>(pole)), f(t, with),
                          W(-std::numeric_limits<double>::infinity()));
  });
  const auto same = math::is_nan(x) || math::is_at_least(x, limits::infinity());
  return detail::select(same, x,
                        detail::select(math::is_below(x, static_cast<T>(pole)), V(limits::quiet_NaN()), y));
}

} // namespace detail

namespace math {

/// The exponential function. exp(-inf) is 0, exp(inf) is inf, and a NaN comes back with the same bits.
/// Largest error: 0.51 ULP for float, 1 ULP for double.
template <floating V> constexpr V exp(V x) noexcept {
  return evaluate_limited(default_tier{}, x, [](auto t, auto with) { return with.exp(t).value(); });
}

/// exp(x) - 1, without cancellation. expm1(-inf) is -1, expm1(inf) is inf; +0, -0 and NaN come back with the
/// same bits. Largest error: 0.51 ULP for float, 4 ULP for double.
template <floating V> constexpr V expm1(V x) noexcept {
  const V y = evaluate_limited(default_tier{}, x, [](auto t, auto with) {
    const auto below = with.expm1(with.negative_abs(t)); // exp(|t|) - 1 = -exp(|t|) (exp(-|t|) - 1)
    return detail::select(t > decltype(t)(0.0), with.exp(t).times(with.negate(below)), below);
  });
  return select(is_zero(x), x, y);
}

/// The natural logarithm. log(0) is -inf, log(inf) is inf; a negative x gives NaN, and a NaN comes back with
/// the same bits. Largest error: 0.51 ULP for float, 4 ULP for double. Where the program treats subnormals as
/// zero, the logarithm of a subnormal is -inf.
template <floating V> constexpr V log(V x) noexcept {
  return detail::above_pole(x, 0, [](auto t, auto with) { return with.log(t); });
}

/// log(1 + x), also for an x so small that 1 + x is 1. log1p(-1) is -inf, log1p(inf) is inf; x < -1 gives
/// NaN; +0, -0 and NaN come back with the same bits. Largest error: 0.51 ULP for float, 4 ULP for double.
template <floating V> constexpr V log1p(V x) noexcept {
  return detail::above_pole(x, -1, [](auto t, auto with) { return with.log_of_1_plus(t); });
}

/// The square root, rounded once. sqrt(-0) is -0, sqrt(inf) is inf; a negative x gives NaN, and NaN stays
/// NaN.
template <floating V> V sqrt(V x) noexcept {
  return detail::in_double(x, [](auto t) { return detail::barrier(detail::sqrt(t)); });
}

/// The hyperbolic tangent. tanh(-inf) is -1, tanh(inf) is 1; +0, -0 and NaN come back with the same bits.
/// Largest error: 0.51 ULP for float, 3 ULP for double.
template <floating V> constexpr V tanh(V x) noexcept {
  return evaluate_odd(default_tier{}, x, [](auto t, auto with) { return with.tanh(t); });
}

/// The error function. erf(-inf) is -1, erf(inf) is 1; +0, -0 and NaN come back with the same bits. Largest
/// error: 0.51 ULP for float, 4 ULP for double.
template <floating V> constexpr V erf(V x) noexcept {
  return evaluate_odd(default_tier{}, x, [](auto t, auto with) {
    // Abramowitz and Stegun, "Handbook of mathematical functions", 7.1.5: the coefficients are
    // 2 (-1)^n / (sqrt(pi) n! (2 n + 1)). Beyond, erf(x) = 1 - 2 (1 - Phi(sqrt(2) x)).
    constexpr double series[]{0x1.20dd750429b6dp+0,   -0x1.812746b0379e7p-2,  0x1.ce2f21a042be2p-4,
                              -0x1.b82ce31288b51p-6,  0x1.565bcd0e6a53fp-8,   -0x1.c02db40040b86p-11,
                              0x1.f9a326f9b89b7p-14,  -0x1.f4d25c3e0c2ebp-17, 0x1.b9e6c9dc651a3p-20,
                              -0x1.5f742ec43e71ap-23, 0x1.fcc5720624c1cp-27,  -0x1.51d7181c5d36dp-30,
                              0x1.9e6ad5e55a730p-34,  -0x1.d8453cb0c46eap-38};
    using W = decltype(t);
    const W square = t * t, z = t * W(0x1.6a09e667f3bcdp0);
    return detail::select(t < W(0.5), t * polynomial(series, square),
                          W(1.0) - W(2.0) * (with.times_upper_tail(z) / z));
  });
}

} // namespace math
} // namespace relu::inline RELU_ABI
