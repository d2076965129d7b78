// SPDX-License-Identifier: MIT
// A vector of 16-bit floats as two vectors of float, and back with a test of the rounding.
#pragma once

#include <relu/detail/conditions.hpp>
#include <relu/detail/float16_vec.hpp>
#include <relu/math/conditions.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

namespace relu::inline RELU_ABI::detail {

/// Whether y is within `distance` ULP of a tie, a number halfway between two neighbours of T.
template <class T, class V> constexpr auto is_near_tie(V y, int distance) noexcept {
  using limits = std::numeric_limits<T>;
  constexpr int dropped = std::numeric_limits<float>::digits - limits::digits; // bits
  if constexpr (limits::max_exponent < std::numeric_limits<float>::max_exponent) {
    // Subnormal numbers of T are as far apart as those from `least` on, so adding `least` gives their ties
    // the last bits of other ties.
    const V least(static_cast<float>(limits::min()));
    y = detail::abs(y);
    y = detail::select(y < least, detail::add(y, barrier(least)), y);
  }
  constexpr std::int32_t tie = 1 << (dropped - 1);
  const auto at = [](std::int32_t pattern) { return detail::shifted_left(pattern, 32 - dropped); };
  return math::bits::inside<V>(detail::shifted_left(bits(y), 32 - dropped), at(tie - distance),
                               at(tie + distance));
}

#if RELU_WITH_XSIMD

/// The elements of a vector of 16-bit floats: of bfloat16 those at even and those at odd positions, because
/// the pattern of an odd one is the upper half of a word as it is stored; of float16 the two halves.
template <class Arch> struct float_pair {
  xsimd::batch<float, Arch> first, second;
};

template <class T, class Arch> float_pair<Arch> widened_pair(patterns<T, Arch> x) noexcept {
  if constexpr (std::is_same_v<T, bfloat16>) {
    const auto words = xsimd::bitwise_cast<std::uint32_t>(x.pattern);
    return {float_of(words << 16), float_of(words & decltype(words << 16)(0xffff0000))};
  } else {
    const auto halves = patterns_pair<Arch>::halves_of(x.pattern);
    return {to_float<T>(halves.first), to_float<T>(halves.second)};
  }
}

/// y rounded to T, to nearest; a NaN becomes quiet. A tie of bfloat16 is rounded away from 0. The last 16
/// bits of a NaN must be 0.
template <class T, class Arch> patterns<T, Arch> narrowed_pair(float_pair<Arch> y) noexcept {
  if constexpr (std::is_same_v<T, bfloat16>) {
    using words = xsimd::batch<std::uint32_t, Arch>;
    const words even = unsigned_bits(y.first) + words(0x8000), odd = unsigned_bits(y.second) + words(0x8000);
    const auto upper = xsimd::bitwise_cast<std::int16_t>((even >> 16) | (odd & words(0xffff0000)));
    using int16s = typename patterns<T, Arch>::integers;
    const auto is_nan = (upper & int16s(0x7fff)) > int16s(T::format::infinity);
    return patterns<T, Arch>(upper | xsimd::select(is_nan, int16s(0x40), int16s(0)));
  } else
    return patterns<T, Arch>(patterns_pair<Arch>{from_float<T>(y.first), from_float<T>(y.second)}.whole());
}

/// Rounds y to T, as narrowed_pair does. Returns whether each number within Error ULP of an element is
/// rounded to the same T.
template <int Error, class T, class Arch>
bool round_safely(float_pair<Arch> y, patterns<T, Arch>& rounded) noexcept {
  using int16s = xsimd::batch<std::int16_t, Arch>;
  rounded = narrowed_pair<T>(y);
  if constexpr (std::is_same_v<T, bfloat16>) {
    using words = xsimd::batch<std::uint32_t, Arch>;
    // The last bits of a tie are 0x8000. One test covers both vectors.
    const auto last = (unsigned_bits(y.first) & words(0xffff)) | (unsigned_bits(y.second) << 16);
    return !xsimd::any(xsimd::bitwise_cast<std::int16_t>(last) + int16s(Error) <
                       int16s(std::numeric_limits<std::int16_t>::min() + 2 * Error + 1));
  } else
    return !xsimd::any(detail::is_near_tie<T>(y.first, Error) || detail::is_near_tie<T>(y.second, Error));
}

#endif

} // namespace relu::inline RELU_ABI::detail
