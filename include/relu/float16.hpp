// SPDX-License-Identifier: MIT
// The 16-bit floating-point types.
#pragma once

#include <relu/detail/float16_bits.hpp>

#include <cstdint>

namespace relu::inline RELU_TYPES {

/// A 16-bit floating-point number:
///
///     float16     IEEE 754's binary16: 1 sign bit, 5 bits of exponent, 10 of fraction. The largest is 65504,
///                 the smallest above 0 is 2^-24.
///     bfloat16    the upper half of a float: 1 sign bit, 8 bits of exponent, 7 of fraction. It has the range
///                 of float.
///
/// It has no arithmetic: convert it to float. relu::convert converts ranges.
template <class Format> class basic_float16 {
public:
  using format = Format;

  /// Leaves the value uninitialized; float16{} and bfloat16{} are +0.
  basic_float16() = default;

  /// Rounds x to the nearest number, to even in a tie: the largest error is 0.5 ULP, also of subnormal
  /// numbers. The result is infinity from |x| = 65520 (bfloat16: (2 - 2^-8) 2^127) on and 0 up to |x| = 2^-25
  /// (bfloat16: 2^-134), with the sign of x. A NaN keeps its sign and the upper 10 (bfloat16: 7) bits of its
  /// payload, and becomes quiet.
  RELU_MEMBER constexpr explicit basic_float16(float x) noexcept
      : bits_(static_cast<std::uint16_t>(detail::narrow_bits(Format{}, detail::unsigned_bits(x)))) {}

  /// Returns this number as a float, exactly. A NaN keeps its sign and payload, and becomes quiet.
  RELU_MEMBER constexpr explicit operator float() const noexcept {
    return detail::float_of(detail::widen_bits(Format{}, std::uint32_t{bits_}));
  }

  /// The number with this pattern of bits.
  RELU_MEMBER static constexpr basic_float16 from_bits(std::uint16_t bits) noexcept {
    basic_float16 x{};
    x.bits_ = bits;
    return x;
  }
  /// The pattern of bits.
  RELU_MEMBER constexpr std::uint16_t bits() const noexcept { return bits_; }

  /// Compares numbers: -0 equals +0, and NaN equals nothing.
  RELU_MEMBER friend constexpr bool operator==(basic_float16 a, basic_float16 b) noexcept {
    return detail::same_number(Format{}, a.bits_, b.bits_);
  }

private:
  std::uint16_t bits_;
};

} // namespace relu::inline RELU_TYPES

namespace relu::inline RELU_ABI {

/// Specialize it for another library's 16-bit floating-point type, which must be trivially copyable and have
/// 2 bytes. relu::convert then takes it as relu::float16 or relu::bfloat16:
///
///     template <> struct relu::same_layout_as<Eigen::half> {
///       using type = relu::float16;
///     };
template <class T> struct same_layout_as {
  using type = T;
};

} // namespace relu::inline RELU_ABI
