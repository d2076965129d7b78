// SPDX-License-Identifier: MIT
// The functions that a formula may use: each takes one scalar or one xsimd::batch alike.
#pragma once

#include <relu/concepts.hpp>

#include <bit>
#include <cmath>
#include <limits>

namespace relu::inline RELU_ABI {

/// Functions for formulas. V is float, double, a signed integer type, or an xsimd::batch of one of them.
namespace math {

namespace detail {

template <class T> struct bits_of { using type = T; };
template <> struct bits_of<float> { using type = std::int32_t; };
template <> struct bits_of<double> { using type = std::int64_t; };
template <class V> using bits_t = typename bits_of<value_t<V>>::type;

template <class V> constexpr bool is_scalar = element<V>;

// A floating-point number as the signed integer with the same bits. Comparing these, not the numbers, gives
// the same answer under -ffast-math and with denormals turned off (FTZ, DAZ), and costs the same.
template <class V> constexpr auto bits(V x) noexcept {
  if constexpr (is_scalar<V>) return std::bit_cast<bits_t<V>>(x);
#if RELU_WITH_XSIMD
  else return xsimd::bitwise_cast<bits_t<V>>(x);
#endif
}

// The comparison of bits(x) as a condition for x.
template <class V, class Condition> constexpr auto condition(Condition c) noexcept {
  if constexpr (is_scalar<V>) return c;
#if RELU_WITH_XSIMD
  else return xsimd::batch_bool_cast<value_t<V>>(c);
#endif
}

template <class T> constexpr T wrapping_add(T a, T b) noexcept {
  using U = std::make_unsigned_t<T>;
  return static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
}

template <class V> constexpr V plus(V a, V b) noexcept {
  if constexpr (is_scalar<V>) return wrapping_add(a, b);
  else return a + b;
}

// lowest <= bits(x) <= highest, both of the same sign: one addition that moves the interval to the bottom of
// the integers, and one comparison.
template <class V> constexpr auto bits_between(V x, bits_t<V> lowest, bits_t<V> highest) noexcept {
  using I = bits_t<V>;
  const I shift = wrapping_add(std::numeric_limits<I>::min(), wrapping_add(static_cast<I>(~lowest), I{1}));
  const I end = wrapping_add(wrapping_add(highest, shift), I{1});
  const auto i = bits(x);
  using W = std::remove_const_t<decltype(i)>;
  return condition<V>(plus(i, W(shift)) < W(end));
}

template <class V>
constexpr auto infinity_bits = std::bit_cast<bits_t<V>>(std::numeric_limits<value_t<V>>::infinity());
template <class V>
constexpr auto minus_infinity_bits = std::bit_cast<bits_t<V>>(-std::numeric_limits<value_t<V>>::infinity());

} // namespace detail

/// a where the condition holds, b elsewhere. Nothing is computed: every bit, also of a NaN, is kept.
template <numeric V> constexpr V select(bool condition, V a, V b) noexcept requires element<V> {
  return condition ? a : b;
}
#if RELU_WITH_XSIMD
template <class T, class Arch>
xsimd::batch<T, Arch> select(xsimd::batch_bool<T, Arch> condition, xsimd::batch<T, Arch> a,
                             xsimd::batch<T, Arch> b) noexcept {
  return xsimd::select(condition, a, b);
}
#endif

/// The number c in every lane, rounded to the element type of V.
template <numeric V> constexpr V constant(double c) noexcept { return V(static_cast<value_t<V>>(c)); }

/// x == 0: true for +0 and -0.
template <numeric V> constexpr auto is_zero(V x) noexcept {
  const auto i = detail::bits(x);
  using I = std::remove_const_t<decltype(i)>;
  if constexpr (floating<V>) return detail::condition<V>(detail::plus(i, i) == I(0)); // drops the sign
  else return i == I(0);
}

/// x < 0: false for -0 and NaN.
template <numeric V> constexpr auto is_negative(V x) noexcept {
  if constexpr (floating<V>) {
    constexpr auto least = std::bit_cast<detail::bits_t<V>>(-std::numeric_limits<value_t<V>>::denorm_min());
    return detail::bits_between(x, least, detail::minus_infinity_bits<V>);
  } else return x < V(0);
}

/// Not x <= 0: true for NaN of either sign, false for +0 and -0.
template <numeric V> constexpr auto is_active(V x) noexcept {
  const auto i = detail::bits(x);
  using I = std::remove_const_t<decltype(i)>;
  if constexpr (floating<V>) return detail::condition<V>(i > I(detail::minus_infinity_bits<V>) && i != I(0));
  else return i > I(0);
}

/// x >= bound, for a bound >= 0: false for NaN, and for -0.
template <numeric V> constexpr auto is_at_least(V x, value_t<V> bound) noexcept {
  if constexpr (floating<V>) {
    using I = detail::bits_t<V>;
    const I lowest = detail::bits(bound) & std::numeric_limits<I>::max(); // a bound of -0 is 0
    return detail::bits_between(x, lowest, detail::infinity_bits<V>);
  } else return x >= V(bound);
}

/// The number nearest to factor * x. Integers: factor * x is computed in double, rounded to an integer (ties
/// to even, unless the program changed the rounding mode) and limited to the range of the type.
template <numeric V> constexpr V scale(V x, double factor) noexcept {
  using T = value_t<V>;
  if constexpr (floating<V>) return V(static_cast<T>(factor)) * x;
  else if constexpr (detail::is_scalar<V>) {
    const double product = std::nearbyint(factor * static_cast<double>(x));
    constexpr double least = static_cast<double>(std::numeric_limits<T>::min());
    if (!(product > least)) return std::numeric_limits<T>::min(); // also a factor of NaN
    if (!(product < -least)) return std::numeric_limits<T>::max();
    return static_cast<T>(product);
  }
#if RELU_WITH_XSIMD
  else {
    alignas(alignof(V)) T lane[V::size];
    x.store_aligned(lane);
    for (T& v : lane) v = scale(v, factor);
    return V::load_aligned(lane);
  }
#endif
}

/// |x|, also of -0 and NaN: only the sign bit is cleared.
template <floating V> constexpr V abs(V x) noexcept {
  if constexpr (detail::is_scalar<V>)
    return std::bit_cast<V>(detail::bits(x) & std::numeric_limits<detail::bits_t<V>>::max());
#if RELU_WITH_XSIMD
  else return xsimd::abs(x);
#endif
}

/// The exponential function: std::exp of a scalar, xsimd::exp of a batch. A batch result below the smallest
/// normal number is 0.
template <floating V> V exp(V x) noexcept {
  if constexpr (detail::is_scalar<V>) return std::exp(x);
#if RELU_WITH_XSIMD
  else return xsimd::exp(x);
#endif
}

/// The hyperbolic tangent: std::tanh of a scalar, xsimd::tanh of a batch.
template <floating V> V tanh(V x) noexcept {
  if constexpr (detail::is_scalar<V>) return std::tanh(x);
#if RELU_WITH_XSIMD
  else return xsimd::tanh(x);
#endif
}

} // namespace math
} // namespace relu::inline RELU_ABI
