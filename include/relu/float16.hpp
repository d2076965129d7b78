// SPDX-License-Identifier: MIT
// The 16-bit floating-point types.
#pragma once

#include <relu/detail/float16_bits.hpp>

#include <cstdint>
#include <limits>
#include <type_traits>

namespace relu::inline RELU_TYPES {

/// A 16-bit floating-point number:
///
///     float16     IEEE 754's binary16: 1 sign bit, 5 bits of exponent, 10 of fraction. The largest is 65504,
///                 the smallest above 0 is 2^-24.
///     bfloat16    the upper half of a float: 1 sign bit, 8 bits of exponent, 7 of fraction. It has the range
///                 of float.
///
/// It has no arithmetic but the sign: convert it to float. relu::convert converts ranges, and all calls take
/// ranges of it:
///
///     activations whose results are inputs or constants    exact; every bit of a NaN is kept
///     leaky_relu, prelu, shifted_relu, soft_shrink,        computed in float with parameters as floats, and
///     squared_relu, your own activations                   rounded: values within 0.51 ULP
///     smooth activations, hard_sigmoid, hard_swish         correctly rounded values and slopes in both
///     tiers,
///                                                          with the default parameters; within 0.51 ULP with
///                                                          others
///
/// A gradient is the slope times dy in float, rounded. backward_accumulate adds in float before it rounds. A
/// NaN becomes quiet unless the activation only selects. Values have the same bits on every instruction set,
/// and gradients on all that have fused multiply-add. Where the program flushes subnormals to zero (FTZ,
/// DAZ), bfloat16 loses what float loses.
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

  /// Rounds x once, as a float is rounded.
  RELU_MEMBER constexpr explicit basic_float16(double x) noexcept
      : bits_(static_cast<std::uint16_t>(detail::narrow_double<native>(Format{}, x))) {}

  /// Rounds an integer or a long double to double, which is exact up to 2^53, and then as a double is
  /// rounded.
  template <class N>
  requires std::is_arithmetic_v<N>
  RELU_MEMBER constexpr explicit basic_float16(N x) noexcept : basic_float16(static_cast<double>(x)) {}

  /// Returns this number as a float, exactly. A NaN keeps its sign and payload, and becomes quiet.
  RELU_MEMBER constexpr explicit operator float() const noexcept {
    return detail::float_of(detail::quieted(detail::widen_bits(Format{}, std::uint32_t{bits_})));
  }

  /// The number with this pattern of bits.
  RELU_MEMBER static constexpr basic_float16 from_bits(std::uint16_t bits) noexcept {
    basic_float16 x{};
    x.bits_ = bits;
    return x;
  }
  /// The pattern of bits.
  RELU_MEMBER constexpr std::uint16_t bits() const noexcept { return bits_; }

  /// The number with the other sign, also of 0 and NaN.
  RELU_MEMBER constexpr basic_float16 operator-() const noexcept {
    return from_bits(static_cast<std::uint16_t>(bits_ ^ 0x8000));
  }

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
/// 2 bytes. All calls then take ranges of it as those of relu::float16 or relu::bfloat16:
///
///     template <> struct relu::same_layout_as<Eigen::half> {
///       using type = relu::float16;
///     };
template <class T> struct same_layout_as {
  using type = T;
};

} // namespace relu::inline RELU_ABI

/// The limits of relu::float16 and relu::bfloat16.
template <class Format> struct std::numeric_limits<relu::basic_float16<Format>> {
private:
  using T = relu::basic_float16<Format>;
  static constexpr std::uint16_t infinity_bits = Format::infinity,
                                 least_bits = infinity_bits & -infinity_bits;
  static constexpr int fraction = __builtin_ctz(infinity_bits), bias = (infinity_bits >> fraction) / 2;
  [[gnu::always_inline]] static constexpr T of(int bits) noexcept {
    return T::from_bits(static_cast<std::uint16_t>(bits));
  }

public:
  static constexpr bool is_specialized = true;
  static constexpr bool is_signed = true, is_integer = false, is_exact = false, is_iec559 = true;
  static constexpr bool is_bounded = true, is_modulo = false, traps = false, tinyness_before = false;
  static constexpr bool has_infinity = true, has_quiet_NaN = true, has_signaling_NaN = true;
  static constexpr float_denorm_style has_denorm = denorm_present;
  static constexpr bool has_denorm_loss = false;
  static constexpr float_round_style round_style = round_to_nearest;
  static constexpr int radix = 2, digits = fraction + 1;
  static constexpr int digits10 = fraction * 30103 / 100000, max_digits10 = 2 + digits * 30103 / 100000;
  static constexpr int max_exponent = bias + 1, min_exponent = 2 - bias;
  static constexpr int max_exponent10 = bias * 30103 / 100000, min_exponent10 = (1 - bias) * 30103 / 100000;

  [[gnu::always_inline]] static constexpr T min() noexcept { return of(least_bits); }
  [[gnu::always_inline]] static constexpr T max() noexcept { return of(infinity_bits - 1); }
  [[gnu::always_inline]] static constexpr T lowest() noexcept { return of(0x8000 | (infinity_bits - 1)); }
  [[gnu::always_inline]] static constexpr T epsilon() noexcept { return of((bias - fraction) << fraction); }
  [[gnu::always_inline]] static constexpr T round_error() noexcept { return of((bias - 1) << fraction); }
  [[gnu::always_inline]] static constexpr T infinity() noexcept { return of(infinity_bits); }
  [[gnu::always_inline]] static constexpr T quiet_NaN() noexcept {
    return of(infinity_bits | least_bits / 2);
  }
  [[gnu::always_inline]] static constexpr T signaling_NaN() noexcept {
    return of(infinity_bits | least_bits / 4);
  }
  [[gnu::always_inline]] static constexpr T denorm_min() noexcept { return of(1); }
};
