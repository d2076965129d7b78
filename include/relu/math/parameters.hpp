// SPDX-License-Identifier: MIT
// Parameters of activations: checked, and converted to the element type.
#pragma once

#include <relu/math/arithmetic.hpp>
#include <relu/math/conditions.hpp>

#include <limits>
#include <type_traits>

namespace relu::inline RELU_ABI::math {

/// The bound c for elements T. For floating-point types it is c, rounded. For integers it is the largest
/// integer that is not above c, or the lowest integer of the type.
template <element T> constexpr T bound(double c) noexcept {
  if constexpr (real_element<T>) return static_cast<T>(c);
  else {
    // Without branches, so that a loop evaluates it once. `most` is the largest double below the end of T.
    using limits = std::numeric_limits<T>;
    constexpr bool is_exact = limits::digits < std::numeric_limits<double>::digits;
    constexpr double lowest = static_cast<double>(limits::min()),
                     gap = std::numeric_limits<double>::epsilon() / 2,
                     most = is_exact ? detail::end_of<T> - 1 : detail::end_of<T> * (1 - gap);
    const double above = c > lowest ? c : lowest, inside = above < most ? above : most;
    const T toward_zero = static_cast<T>(inside);
    const T down = static_cast<T>(toward_zero - (static_cast<double>(toward_zero) > inside));
    return !is_exact && c > most ? limits::max() : down;
  }
}

/// -bound<T>(c), for c >= 0. If that is below the lowest integer of the type, it is the lowest integer.
template <element T> constexpr T opposite_bound(double c) noexcept {
  if constexpr (real_element<T>) return -bound<T>(c);
  else if constexpr (std::is_unsigned_v<T>) return T(0);
  else return static_cast<T>(-bound<T>(c) - (c >= detail::end_of<T>));
}

/// Not x <= c: true for NaN of either sign. c is rounded as by bound<T>, but it keeps its place outside the
/// range of an integer: every integer is above a c below the lowest one.
template <numeric V> constexpr auto is_above_bound(V x, double c) noexcept {
  using T = value_t<V>;
  if constexpr (real<V>) return is_above(x, bound<T>(c));
  else { // all bits make a number above the lowest one
    const bool always = c < static_cast<double>(std::numeric_limits<T>::min());
    return is_above(static_cast<V>(x | V(always ? static_cast<T>(~T(0)) : T(0))), bound<T>(c));
  }
}

/// Not x >= c: true for NaN of either sign. c is rounded as by bound<T>, but it keeps its place outside the
/// range of an integer: every integer is below a c above the largest one.
template <numeric V> constexpr auto is_below_bound(V x, double c) noexcept {
  using T = value_t<V>;
  if constexpr (real<V>) return is_below(x, bound<T>(c));
  else { // no bits make 0, which is below the largest integer
    const bool always = c >= detail::end_of<T>;
    return is_below(static_cast<V>(x & V(always ? T(0) : static_cast<T>(~T(0)))), bound<T>(c));
  }
}

/// Not |x| <= c, for c >= 0: true for NaN of either sign. c is rounded as by bound<T>, but it keeps its place
/// outside the range of an integer: no |x| is beyond a c above them all.
template <numeric V> constexpr auto is_beyond_bound(V x, double c) noexcept {
  using T = value_t<V>;
  if constexpr (detail::unsigned_value<V>) return is_above(x, bound<T>(c));
  else return is_above(x, bound<T>(c)) || is_below(x, opposite_bound<T>(c));
}

/// low where x <= low, high where x >= high, and x elsewhere. A NaN keeps its bits.
template <numeric V> constexpr V clamp(V x, value_t<V> low, value_t<V> high) noexcept {
  if constexpr (real<V>) return select(is_above(x, low), select(is_below(x, high), x, V(high)), V(low));
  else return detail::min(detail::max(x, V(low)), V(high));
}

/// x - c where x > c, else 0, rounded once. A NaN becomes quiet. c is rounded as by bound<T>, but it keeps
/// its place outside the range of an integer, and a difference beyond the largest integer is that integer.
template <numeric V> constexpr V positive_difference(V x, double c) noexcept {
  using T = value_t<V>;
  if constexpr (real<V>) return select(is_above(x, bound<T>(c)), subtract(x, bound<T>(c)), V(0));
  else {
    // x - c is x + added, modulo 2^n. x is limited first, so that the sum is in range.
    constexpr T lowest = std::numeric_limits<T>::min(), largest = std::numeric_limits<T>::max();
    const double distance = static_cast<double>(lowest) - c, beneath = distance > 0 ? distance : 0;
    const T down = bound<T>(beneath), low = bound<T>(c);
    const T up = static_cast<T>(down + (static_cast<double>(down) < beneath && down < largest));
    const T added = detail::wrapping_subtract(up, low);
    const T high = c < 0 ? detail::wrapping_subtract(largest, added) : largest;
    return detail::wrapping_add(clamp(x, low, high), V(added));
  }
}

/// p >= 0: false for NaN, also under -ffast-math.
constexpr bool is_nonnegative(double p) noexcept { return is_at_least(p, 0.0) || is_zero(p); }

/// |p| lies between the least and the largest normal float: false for 0, infinity and NaN, also under
/// -ffast-math.
constexpr bool is_normal_float(double p) noexcept {
  using limits = std::numeric_limits<float>;
  return is_at_least(abs(p), double(limits::min())) && !is_above(abs(p), double(limits::max()));
}

} // namespace relu::inline RELU_ABI::math
