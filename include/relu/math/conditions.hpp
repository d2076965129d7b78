// SPDX-License-Identifier: MIT
// Conditions on elements, tested on their bit patterns.
#pragma once

#include <relu/concepts.hpp>

#include <limits>
#include <type_traits>

// A condition is a bool for one element, and a batch_bool for an xsimd::batch. These functions test the bit
// pattern of x; is_nan compares x with itself where the compiler honours NaN. So a NaN is a NaN and a
// subnormal is not zero, also under -ffast-math and where the program treats subnormals as zero (FTZ, DAZ).
// They cost what a comparison of numbers costs.
namespace relu::inline RELU_ABI::math {

/// a where the condition holds, b elsewhere. It computes nothing, so every bit of a NaN is kept, too.
template <class Condition, numeric V> constexpr V select(Condition condition, V a, V b) noexcept {
  return detail::select(condition, a, b);
}

/// 1 where the condition holds, 0 elsewhere.
template <numeric V, class Condition> constexpr V one_where(Condition condition) noexcept {
  return detail::select(condition, V(1), V(0));
}

/// Bit patterns as signed integers.
namespace bits {

template <class V> using integer = typename detail::bits_of<value_t<V>>::type;

template <class V> constexpr auto all_but_sign = std::numeric_limits<integer<V>>::max();
template <class V> constexpr auto infinity = detail::bits(std::numeric_limits<value_t<V>>::infinity());
template <class V> constexpr auto minus_infinity = detail::bits(-std::numeric_limits<value_t<V>>::infinity());
template <class V> constexpr auto minus_least = detail::bits(-std::numeric_limits<value_t<V>>::denorm_min());

/// The bits of |x|.
template <real V> constexpr auto magnitude(V x) noexcept {
  using W = decltype(detail::bits(x));
  return static_cast<W>(detail::bits(x) & W(all_but_sign<V>));
}

/// bits of x > bound
template <numeric V> constexpr auto above(V x, integer<V> bound) noexcept {
  const auto i = detail::bits(x);
  return detail::condition_on<value_t<V>>(i > detail::barrier(std::remove_const_t<decltype(i)>(bound)));
}

/// lowest <= i <= highest, as a condition on the elements of V. One addition moves the interval to the bottom
/// of the integers, so that one comparison is enough.
template <numeric V, class W> constexpr auto inside(W i, integer<V> lowest, integer<V> highest) noexcept {
  using I = integer<V>;
  const I to_bottom = detail::wrapping_add(std::numeric_limits<I>::min(), static_cast<I>(-lowest));
  const I end = detail::wrapping_add(detail::wrapping_add(highest, to_bottom), I{1});
  return detail::condition_on<value_t<V>>(detail::wrapping_add(i, W(to_bottom)) < detail::barrier(W(end)));
}

/// lowest <= bits of x <= highest, for two bit patterns of the same sign.
template <numeric V> constexpr auto between(V x, integer<V> lowest, integer<V> highest) noexcept {
  return inside<V>(detail::bits(x), lowest, highest);
}

/// An integer that grows with the number whose bits i are: -NaN, -inf, ..., -0, +0, ..., +inf, +NaN.
template <numeric V, class W> constexpr W ordered(W i) noexcept {
  return static_cast<W>(i ^ ((i >> (8 * static_cast<int>(sizeof(value_t<V>)) - 1)) & W(all_but_sign<V>)));
}

} // namespace bits

/// x == 0: true for +0 and -0.
template <numeric V> constexpr auto is_zero(V x) noexcept {
  if constexpr (real<V>) {
    const auto i = bits::magnitude(x);
    return detail::condition_on<value_t<V>>(i == std::remove_const_t<decltype(i)>(0));
  } else return x == V(0);
}

/// x is NaN.
template <real V> constexpr auto is_nan(V x) noexcept {
#if __FINITE_MATH_ONLY__
  constexpr bool compares = false; // A compiler would take x != x for false.
#else
  constexpr bool compares = floating<V>;
#endif
  if constexpr (!compares) {
    const auto i = bits::magnitude(x);
    return detail::condition_on<value_t<V>>(i > std::remove_const_t<decltype(i)>(bits::infinity<V>));
  } else if constexpr (std::floating_point<V>) return __builtin_isnan(x) != 0; // -Wfloat-equal reports x != x
  else return x != x;
}

/// x < 0: false for -0 and NaN.
template <numeric V> constexpr auto is_negative([[maybe_unused]] V x) noexcept {
  if constexpr (real<V>) return bits::between(x, bits::minus_least<V>, bits::minus_infinity<V>);
  else if constexpr (detail::unsigned_value<V>) return detail::for_all<V>(false);
  else return x < V(0);
}

/// x > 0, or x is +0 or a NaN of either sign. It takes one comparison, where is_active takes two.
template <numeric V> constexpr auto is_active_or_plus_zero([[maybe_unused]] V x) noexcept {
  if constexpr (real<V>) return bits::above(x, bits::minus_infinity<V>);
  else if constexpr (detail::unsigned_value<V>) return detail::for_all<V>(true);
  else return x >= V(0);
}

/// Not x <= 0: true for NaN of either sign, false for +0 and -0.
template <numeric V> constexpr auto is_active(V x) noexcept {
  if constexpr (real<V>) {
    const auto i = detail::bits(x);
    using W = std::remove_const_t<decltype(i)>;
    return is_active_or_plus_zero(x) && detail::condition_on<value_t<V>>(i != W(0));
  } else if constexpr (detail::unsigned_value<V>) return x != V(0);
  else return x > V(0);
}

/// Not x <= bound: true for NaN of either sign. The bound must not be NaN.
template <numeric V> constexpr auto is_above(V x, value_t<V> bound) noexcept {
  if constexpr (real<V>) {
    using I = bits::integer<V>;
    const I highest = is_zero(bound) ? I{0} : bits::ordered<V>(detail::bits(bound));
    return !bits::inside<V>(bits::ordered<V>(detail::bits(x)), bits::ordered<V>(bits::minus_infinity<V>),
                            highest);
  } else return x > V(bound);
}

/// Not x >= bound: true for NaN of either sign. The bound must not be NaN.
template <numeric V> constexpr auto is_below(V x, value_t<V> bound) noexcept {
  if constexpr (real<V>) {
    using I = bits::integer<V>;
    const I lowest = is_zero(bound) ? I{-1} : bits::ordered<V>(detail::bits(bound));
    return !bits::inside<V>(bits::ordered<V>(detail::bits(x)), lowest, bits::infinity<V>);
  } else return x < V(bound);
}

/// Not |x| <= bound, for a bound >= 0: true for NaN of either sign.
template <numeric V> constexpr auto is_beyond(V x, value_t<V> bound) noexcept {
  if constexpr (detail::unsigned_value<V>) return is_above(x, bound);
  else return is_above(x, bound) || is_below(x, static_cast<value_t<V>>(-bound));
}

/// x >= bound, for a bound that is +0 or above: false for NaN and for -0.
template <numeric V> constexpr auto is_at_least(V x, value_t<V> bound) noexcept {
  if constexpr (real<V>) return bits::between(x, detail::bits(bound), bits::infinity<V>);
  else return x >= V(bound);
}

} // namespace relu::inline RELU_ABI::math
