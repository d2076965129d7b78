// SPDX-License-Identifier: MIT
// Conversions between the bit patterns of float and of the 16-bit floating-point types. U is std::uint32_t or
// a vector of it; a 16-bit pattern is its lower half.
#pragma once

#include <relu/arch.hpp>
#include <relu/detail/arithmetic.hpp>

#include <cstdint>

namespace relu::inline RELU_ABI::detail {

// The results do not depend on the rounding mode or on how the processor treats subnormals: operations on
// float are exact, and their results are normal.

/// The pattern of x, and the float of a pattern.
constexpr std::uint32_t unsigned_bits(float x) noexcept { return __builtin_bit_cast(std::uint32_t, x); }
constexpr float float_of(std::uint32_t bits) noexcept { return __builtin_bit_cast(float, bits); }
/// a > limit ? b : c, for an a below 2^31.
constexpr std::uint32_t if_above(std::uint32_t a, std::uint32_t limit, std::uint32_t b,
                                 std::uint32_t c) noexcept {
  return a > limit ? b : c;
}
/// An integer below 2^24 as a float.
constexpr float integer_to_float(std::uint32_t i) noexcept { return static_cast<float>(i); }
/// x, from 0 to 2^23, rounded to the nearest integer, to even in a tie.
constexpr std::uint32_t nearest_integer(float x) noexcept {
  const auto below = static_cast<std::uint32_t>(x);
  const float rest = x - static_cast<float>(below);
  return below + (rest > 0.5f || (rest >= 0.5f && below % 2 != 0));
}

#if RELU_WITH_XSIMD

template <class Arch> auto unsigned_bits(xsimd::batch<float, Arch> x) noexcept {
  return xsimd::bitwise_cast<std::uint32_t>(x);
}
template <class Arch> auto float_of(xsimd::batch<std::uint32_t, Arch> bits) noexcept {
  return xsimd::bitwise_cast<float>(bits);
}
template <class Arch>
xsimd::batch<std::uint32_t, Arch> if_above(xsimd::batch<std::uint32_t, Arch> a, std::uint32_t limit,
                                           xsimd::batch<std::uint32_t, Arch> b,
                                           xsimd::batch<std::uint32_t, Arch> c) noexcept {
  using ints = xsimd::batch<std::int32_t, Arch>;
  const auto above = xsimd::bitwise_cast<std::int32_t>(a) > ints(static_cast<std::int32_t>(limit));
  return xsimd::select(xsimd::batch_bool_cast<std::uint32_t>(above), b, c);
}
template <class Arch>
xsimd::batch<float, Arch> integer_to_float(xsimd::batch<std::uint32_t, Arch> i) noexcept {
  return xsimd::to_float(xsimd::bitwise_cast<std::int32_t>(i));
}
template <class Arch>
xsimd::batch<std::uint32_t, Arch> nearest_integer(xsimd::batch<float, Arch> x) noexcept {
  using floats = xsimd::batch<float, Arch>;
  using ints = xsimd::batch<std::int32_t, Arch>;
  const ints below = xsimd::to_int(x), odd = below & ints(1);
  const floats rest = x - xsimd::to_float(below), half(0.5f);
  const auto up = rest > half || (rest >= half && xsimd::batch_bool_cast<float>(odd > ints(0)));
  return xsimd::bitwise_cast<std::uint32_t>(
      below + xsimd::select(xsimd::batch_bool_cast<std::int32_t>(up), ints(1), ints(0)));
}

#endif

inline constexpr std::uint32_t magnitude = 0x7fffffff, infinity_bits = 0x7f800000, quiet = 0x400000;

/// The pattern of a float as a quiet NaN, if it is a NaN.
template <class U> constexpr U quieted(U x) noexcept {
  return x | if_above(x & U(magnitude), infinity_bits, U(quiet), U(0));
}

/// The pattern of a float with the number of a 16-bit pattern, and back. A NaN of binary16 becomes quiet, and
/// back all do.
template <class U> constexpr U widen_bits(parts::brain16, U x) noexcept { return x << 16; }

/// The pattern of a float without the part of a NaN that brain16 lacks. The NaN becomes quiet.
template <class U> constexpr U without_lower_payload(U x) noexcept {
  return if_above(x & U(magnitude), infinity_bits, (x | U(quiet)) & U(0xffff0000), x);
}
/// The pattern of a float rounded to its upper half, to even in a tie. The lower half of a NaN must be 0.
template <class U> constexpr U rounded_to_upper_half(U x) noexcept {
  return x + U(0x7fff) + ((x >> 16) & U(1));
}
template <class U> constexpr U narrow_bits(parts::brain16, U x) noexcept {
  return rounded_to_upper_half(without_lower_payload(x)) >> 16;
}

template <class U> constexpr U widen_bits(parts::binary16, U x) noexcept {
  constexpr std::uint32_t bias = (127 - 15) << 23;
  const U shifted = (x & U(0x7fff)) << 13, sign = (x & U(0x8000)) << 16;
  const U subnormal = unsigned_bits(integer_to_float(x & U(0x3ff)) * float_of(U(0x33800000))); // 2^-24
  const U special = shifted + U(2 * bias); // infinity and NaN
  const U number = if_above(shifted, (31 << 23) - 1, special, shifted + U(bias));
  const U wide = if_above(shifted, (1 << 23) - 1, number, subnormal);
  return sign | wide | if_above(shifted, 31 << 23, U(quiet), U(0));
}

template <class U> constexpr U narrow_bits(parts::binary16, U x) noexcept {
  constexpr std::uint32_t smallest_normal = (127 - 14) << 23, above_largest = (127 + 16) << 23;
  const U size = x & U(magnitude), sign = (x >> 16) & U(0x8000);
  const U normal = if_above(size, smallest_normal, size, U(smallest_normal));
  const U nearest = (normal - U((127 - 15) << 23) + U(0xfff) + ((normal >> 13) & U(1))) >> 13;
  const U small = if_above(size, smallest_normal, U(smallest_normal), size);
  const U subnormal = nearest_integer(float_of(small) * float_of(U((127 + 24) << 23)));
  const U nan = ((size >> 13) & U(0x3ff)) | U(0x7e00);
  const U number = if_above(size, smallest_normal - 1, nearest, subnormal);
  const U finite = if_above(size, above_largest - 1, U(0x7c00), number);
  return sign | if_above(size, infinity_bits, nan, finite);
}

/// The pattern of x as a float, rounded to odd: to the float with an odd pattern, of the two that are next to
/// it. If that is rounded to fewer than 23 bits, x has been rounded once. Integer arithmetic keeps subnormal
/// numbers in every mode of the processor.
constexpr std::uint32_t rounded_to_odd(double x) noexcept {
  constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63, one = std::uint64_t{1} << 52, least = 897;
  const auto bits = __builtin_bit_cast(std::uint64_t, x), size = bits & ~sign_bit;
  const auto sign = static_cast<std::uint32_t>((bits & sign_bit) >> 32);
  if (size > 2047 * one)
    return sign | infinity_bits | quiet | static_cast<std::uint32_t>(size >> 29 & 0x3fffff);
  if (size == 2047 * one) return sign | infinity_bits;
  if (size >= (least + 254) * one) return sign | (infinity_bits - 1);
  const std::uint64_t exponent = size / one;
  std::uint64_t kept = 0, shift = 29;
  if (exponent >= least) kept = size - (least - 1) * one; // the exponent of float is smaller by 896
  else {                                                  // a subnormal float
    if (exponent != 0) kept = size % one + one;
    shift += least - exponent;
    if (shift > 63) shift = 63;
  }
  const bool inexact = (kept & ((std::uint64_t{1} << shift) - 1)) != 0 || (exponent == 0 && size != 0);
  return sign | static_cast<std::uint32_t>(kept >> shift) | inexact;
}

/// The 16-bit pattern of x, rounded once. Not inline, because loops convert the bounds of activations.
template <class Arch, class Format>
[[gnu::const, gnu::noinline]] constexpr std::uint32_t narrow_double(Format format, double x) noexcept {
  return narrow_bits(format, rounded_to_odd(x));
}

/// Whether two patterns are the same number.
template <class Format> constexpr bool same_number(Format, std::uint32_t a, std::uint32_t b) noexcept {
  return (a == b && (a & 0x7fff) <= Format::infinity) || ((a | b) & 0x7fff) == 0;
}

} // namespace relu::inline RELU_ABI::detail
