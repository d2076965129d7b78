// SPDX-License-Identifier: MIT
// The functions that a formula may use: each takes one scalar or one xsimd::batch alike.
#pragma once

#include <relu/concepts.hpp>
#include <relu/detail/precise.hpp>

#include <cmath>
#include <limits>
#include <type_traits>

/// Functions for formulas. V is an element type or an xsimd::batch of one; a condition is bool or the batch's
/// batch_bool. The conditions are decided on the bits of x: also under -ffast-math, and with denormals turned
/// off (FTZ, DAZ), a NaN is a NaN and a denormal is not zero. They cost what a comparison costs.
namespace relu::inline RELU_ABI {

namespace detail {

/// f(x), computed in double and rounded once.
template <class V, class F> constexpr V computed_in_double(V x, F f) {
  return in_double(x, [&](auto t) { return f(t, precise<value_t<V>>{}); });
}

/// The same for formulas of scaled_sum and times, which are as close in a V with fused operations as in
/// double, and faster: f takes that V, or doubles where there are none.
template <class V, class F> constexpr V computed_fused(V x, F f) {
  if constexpr (fuses<V>)
    if (!std::is_constant_evaluated()) return f(x); // GCC evaluates none that underflows
  return in_double(x, f);
}

template <class V> constexpr double far = precise<value_t<V>>::far;

/// x, or the end of the interval from -end to end that it is beyond.
template <class V> constexpr V limited(V x, double end) noexcept {
  const auto highest = static_cast<value_t<V>>(end);
  return detail::max(detail::min(x, V(highest)), V(-highest));
}

/// (x + a) c, where (x + a) - a is exact, as it is for |x| <= 3 and an a of 3/2 or 3: what x + a was rounded
/// by is then a difference (T. J. Dekker, as for precise::product). Of floats, with fused operations; of
/// doubles the second part is 0.
template <class V> constexpr two<V> scaled_sum(V x, double a, double c) noexcept {
  using T = value_t<V>;
  const V s = opaque(x + V(static_cast<T>(a)));
  if constexpr (std::is_same_v<T, double>) return {opaque(s * V(c)), V(0.0)};
  else {
    const T c_high = static_cast<T>(c), c_low = static_cast<T>(c - static_cast<double>(c_high));
    const V lost = x - opaque(s - V(static_cast<T>(a)));
    const V low = fused(s, V(c_low), lost * V(c_high)), high = opaque(fused(s, V(c_high), low));
    return {high, low - fused(s, V(-c_high), high)};
  }
}

/// a b, rounded once; of doubles twice.
template <class V> constexpr V times(V a, two<V> b) noexcept {
  if constexpr (std::is_same_v<value_t<V>, double>) return a * b.high;
  else return fused(a, b.high, a * b.low);
}

} // namespace detail

namespace math {

/// a where the condition holds, b elsewhere. Nothing is computed: every bit, also of a NaN, is kept.
template <class Condition, numeric V> constexpr V select(Condition condition, V a, V b) noexcept {
  return detail::select(condition, a, b);
}

/// The number c in every lane, rounded to the element type of V.
template <numeric V> constexpr V constant(double c) noexcept { return V(static_cast<value_t<V>>(c)); }

/// The number c as a bound: rounded to the element type T. Integers: the largest that is not above
/// c, or else the least of the type.
template <element T> constexpr T bound(double c) noexcept {
  if constexpr (floating_element<T>) return static_cast<T>(c);
  else {
    constexpr T least = std::numeric_limits<T>::min(), largest = std::numeric_limits<T>::max();
    if (c >= static_cast<double>(largest)) return largest;
    if (!(c > static_cast<double>(least))) return least;
    const T toward_zero = static_cast<T>(c);
    return static_cast<double>(toward_zero) > c ? static_cast<T>(toward_zero - 1) : toward_zero;
  }
}

namespace bits {

template <class V> using integer = typename detail::bits_of<value_t<V>>::type;

template <class V> constexpr auto all_but_sign = std::numeric_limits<integer<V>>::max();
template <class V> constexpr auto infinity = detail::bits(std::numeric_limits<value_t<V>>::infinity());
template <class V> constexpr auto minus_infinity = detail::bits(-std::numeric_limits<value_t<V>>::infinity());
template <class V> constexpr auto minus_least = detail::bits(-std::numeric_limits<value_t<V>>::denorm_min());

/// bits of x > bound, as signed integers.
template <numeric V> constexpr auto above(V x, integer<V> bound) noexcept {
  const auto i = detail::bits(x);
  return detail::condition_on<value_t<V>>(i > detail::opaque(std::remove_const_t<decltype(i)>(bound)));
}

/// lowest <= i <= highest, as a condition on the elements of V: one addition that moves the interval to the
/// bottom of the integers, and one comparison.
template <numeric V, class W> constexpr auto inside(W i, integer<V> lowest, integer<V> highest) noexcept {
  using I = integer<V>;
  const I to_bottom = detail::wrapping_add(std::numeric_limits<I>::min(), static_cast<I>(-lowest));
  const I end = detail::wrapping_add(detail::wrapping_add(highest, to_bottom), I{1});
  return detail::condition_on<value_t<V>>(detail::wrapping_add(i, W(to_bottom)) < detail::opaque(W(end)));
}

/// lowest <= bits of x <= highest, for two bit patterns of the same sign.
template <numeric V> constexpr auto between(V x, integer<V> lowest, integer<V> highest) noexcept {
  return inside<V>(detail::bits(x), lowest, highest);
}

/// i as a number that grows with the float that has these bits: -NaN, -inf, ..., -0, +0, ..., +inf, +NaN.
template <numeric V, class W> constexpr W ordered(W i) noexcept {
  return i ^ ((i >> (8 * static_cast<int>(sizeof(value_t<V>)) - 1)) & W(all_but_sign<V>));
}

} // namespace bits

/// x == 0: true for +0 and -0.
template <numeric V> constexpr auto is_zero(V x) noexcept {
  const auto i = detail::bits(x);
  using W = std::remove_const_t<decltype(i)>;
  if constexpr (floating<V>) return detail::condition_on<value_t<V>>((i & W(bits::all_but_sign<V>)) == W(0));
  else return i == W(0);
}

/// x is NaN.
template <floating V> constexpr auto is_nan(V x) noexcept {
  const auto i = detail::bits(x);
  using W = std::remove_const_t<decltype(i)>;
  return detail::condition_on<value_t<V>>((i & W(bits::all_but_sign<V>)) > W(bits::infinity<V>));
}

/// x < 0: false for -0 and NaN.
template <numeric V> constexpr auto is_negative(V x) noexcept {
  if constexpr (floating<V>) return bits::between(x, bits::minus_least<V>, bits::minus_infinity<V>);
  else return x < V(0);
}

/// Not x < 0, and not -0: true for +0 and for NaN of either sign. One comparison; is_active takes two.
template <numeric V> constexpr auto is_active_or_plus_zero(V x) noexcept {
  if constexpr (floating<V>) return bits::above(x, bits::minus_infinity<V>);
  else return x >= V(0);
}

/// Not x <= 0: true for NaN of either sign, false for +0 and -0.
template <numeric V> constexpr auto is_active(V x) noexcept {
  if constexpr (floating<V>) {
    const auto i = detail::bits(x);
    using W = std::remove_const_t<decltype(i)>;
    return is_active_or_plus_zero(x) && detail::condition_on<value_t<V>>(i != W(0));
  } else return x > V(0);
}

/// Not x <= bound, for a bound that is not NaN: true for an x that is, of either sign.
template <numeric V> constexpr auto is_above(V x, value_t<V> bound) noexcept {
  if constexpr (floating<V>) {
    using I = bits::integer<V>;
    const I highest = is_zero(bound) ? I{0} : bits::ordered<V>(detail::bits(bound));
    return !bits::inside<V>(bits::ordered<V>(detail::bits(x)), bits::ordered<V>(bits::minus_infinity<V>),
                            highest);
  } else return x > V(bound);
}

/// Not x >= bound, for a bound that is not NaN: true for an x that is, of either sign.
template <numeric V> constexpr auto is_below(V x, value_t<V> bound) noexcept {
  if constexpr (floating<V>) {
    using I = bits::integer<V>;
    const I lowest = is_zero(bound) ? I{-1} : bits::ordered<V>(detail::bits(bound));
    return !bits::inside<V>(bits::ordered<V>(detail::bits(x)), lowest, bits::infinity<V>);
  } else return x < V(bound);
}

/// Not |x| <= bound, for a bound >= 0.
template <numeric V> constexpr auto is_beyond(V x, value_t<V> bound) noexcept {
  return is_above(x, bound) || is_below(x, static_cast<value_t<V>>(-bound));
}

/// x >= bound, for a bound > 0 or +0: false for NaN, and for -0.
template <numeric V> constexpr auto is_at_least(V x, value_t<V> bound) noexcept {
  if constexpr (floating<V>) return bits::between(x, detail::bits(bound), bits::infinity<V>);
  else return x >= V(bound);
}

/// factor * x, rounded once. Integers: factor * x is computed in double, rounded to an integer (ties to even,
/// unless the program changed the rounding mode) and limited to the range of the type; NaN becomes its least.
template <numeric V> constexpr V scale(V x, double factor) noexcept {
  using T = value_t<V>;
  if constexpr (floating<V>) return detail::opaque(detail::multiply(V(static_cast<T>(factor)), x));
  else
    return detail::each(x, [factor](T v) {
      if (factor == 1) return v; // a large one would be rounded to double
      constexpr double least = static_cast<double>(std::numeric_limits<T>::min());
      const double product = std::nearbyint(factor * static_cast<double>(v));
      if (!(product > least)) return std::numeric_limits<T>::min(); // also a factor of NaN
      if (!(product < -least)) return std::numeric_limits<T>::max();
      return static_cast<T>(product);
    });
}

/// x - bound, for an x > bound: rounded once, or limited to the range of integers.
template <numeric V> constexpr V excess(V x, value_t<V> bound) noexcept {
  using T = value_t<V>;
  if constexpr (floating<V>) return x - detail::opaque(V(bound)); // also of 0: a NaN is always quieted
  else {
    const T minus_bound = detail::wrapping_add(static_cast<T>(~bound), T{1});
    const V difference = detail::wrapping_add(x, V(minus_bound));
    return select(is_negative(difference), V(std::numeric_limits<T>::max()), difference);
  }
}

/// x + c, rounded once; integers wrap.
template <numeric V> constexpr V sum(V x, value_t<V> c) noexcept {
  return detail::add(x, detail::opaque(V(c))); // also of 0: a NaN is always quieted
}

/// |x|, also of -0 and NaN: only the sign bit is cleared.
template <floating V> constexpr V abs(V x) noexcept { return detail::abs(x); }

/// f(x), computed in double and rounded once, and x where x is NaN. f takes a double, or an xsimd::batch of
/// doubles, and detail::precise<T>, whose functions are close enough for elements T, be they float or double.
template <floating V, class F> constexpr V in_double(V x, F f) {
  return select(is_nan(x), x, detail::computed_in_double(x, f));
}

/// The same for functions whose result, as a T, does not change above `end` and below -end: f takes numbers
/// between these. precise<T>::far is the end of exp(x) and x exp(x).
template <floating V, class F> constexpr V in_double_limited(V x, F f, double end = detail::far<V>) {
  return select(is_nan(x), x, detail::computed_in_double(detail::limited(x, end), f));
}

/// The same for formulas of detail::scaled_sum and detail::times.
template <floating V, class F> constexpr V in_fused_limited(V x, F f, double end) {
  return select(is_nan(x), x, detail::computed_fused(detail::limited(x, end), f));
}

/// The same for functions that are x itself from `end` on, and do not change below -end. f takes what is
/// above that, but its results from `end` on are not used.
template <floating V, class F> constexpr V in_fused_below(V x, F f, double end) {
  if constexpr (element<V>)
    if (std::is_constant_evaluated() && !(x < static_cast<V>(end))) return x; // f might overflow: an error
  // false for NaN, and for x = end: the difference is +0, or -0
  const auto used = bits::between(constant<V>(end) - detail::opaque(x), 1, bits::infinity<V>);
  return select(used, detail::computed_fused(detail::max(x, constant<V>(-end)), f), x);
}

/// For functions that are 0 at 0: x, with its sign, where x is 0 or NaN.
template <floating V, class F> constexpr V in_double_through_0(V x, F f) {
  const auto i = detail::bits(x);
  const auto magnitude = i & std::remove_const_t<decltype(i)>(bits::all_but_sign<V>);
  return select(bits::inside<V>(magnitude, 1, bits::infinity<V>), detail::computed_in_double(x, f), x);
}

/// For odd functions: f(|x|) with the sign of x, and x where x is NaN.
template <floating V, class F> constexpr V odd_in_double(V x, F f) {
  return select(is_nan(x), x, detail::copysign(detail::computed_in_double(detail::abs(x), f), x));
}

/// For functions that are x itself above 0: f(x) where x < 0, and x elsewhere, also where x is NaN.
template <floating V, class F> constexpr V in_double_below_0(V x, F f) {
  return select(is_negative(x), detail::computed_in_double(detail::min(x, V(0)), f), x);
}

/// The exponential function, within 1 ULP.
template <floating V> constexpr V exp(V x) noexcept {
  return in_double_limited(x, [](auto t, auto with) { return with.exp(t).value(); });
}

/// The hyperbolic tangent, within 2 ULP.
template <floating V> constexpr V tanh(V x) noexcept {
  return odd_in_double(x, [](auto t, auto with) { return with.tanh(t); });
}

} // namespace math
} // namespace relu::inline RELU_ABI
