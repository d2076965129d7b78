// SPDX-License-Identifier: MIT
// Vectors of 16-bit floats: as patterns, or converted to float where they are loaded and stored.
#pragma once

#include <relu/detail/vec.hpp>
#include <relu/detail/widening.hpp>
#include <relu/float16.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

namespace relu::inline RELU_ABI::detail {

#if RELU_WITH_XSIMD

/// The patterns of as many 16-bit floats as a vector has floats, in memory or in half a register.
template <class Arch> struct float16_patterns {
  static constexpr std::size_t size = xsimd::batch<float, Arch>::size;
  using in_register = compiler_vector<std::uint16_t, size>;
  using unsigned_batch = xsimd::batch<std::uint32_t, Arch>;
  std::uint16_t bits[size];

  /// Each pattern as the lower half of an element, and back.
  unsigned_batch widened() const noexcept {
    if constexpr (isa<Arch>::has_compiler_vectors) {
      const auto wide = __builtin_convertvector(__builtin_bit_cast(in_register, bits),
                                                compiler_vector<std::uint32_t, size>);
      return unsigned_batch(__builtin_bit_cast(typename unsigned_batch::register_type, wide));
    } else {
      std::uint32_t wide[size];
      for (std::size_t i = 0; i < size; ++i) wide[i] = bits[i];
      return unsigned_batch::load_unaligned(wide);
    }
  }
  static float16_patterns narrowed(unsigned_batch x) noexcept {
    if constexpr (isa<Arch>::has_compiler_vectors) {
      const auto wide = __builtin_bit_cast(compiler_vector<std::uint32_t, size>, x.data);
      return __builtin_bit_cast(float16_patterns, __builtin_convertvector(wide, in_register));
    } else {
      float16_patterns narrow;
      std::uint32_t wide[size];
      x.store_unaligned(wide);
      for (std::size_t i = 0; i < size; ++i) narrow.bits[i] = static_cast<std::uint16_t>(wide[i]);
      return narrow;
    }
  }
};

/// The halves of a vector of 16-bit patterns.
template <class Arch> struct patterns_pair {
  using half = float16_patterns<Arch>;
  using integers = xsimd::batch<std::int16_t, Arch>;
  half first, second;

  static patterns_pair halves_of(integers x) noexcept {
    if constexpr (isa<Arch>::has_compiler_vectors) // in registers
      return [&]<std::size_t... I>(std::index_sequence<I...>) RELU_INLINED {
        const auto all = __builtin_bit_cast(compiler_vector<std::uint16_t, 2 * half::size>, x.data);
        return patterns_pair{
            __builtin_bit_cast(half, __builtin_shufflevector(all, all, I...)),
            __builtin_bit_cast(half, __builtin_shufflevector(all, all, (half::size + I)...))};
      }(std::make_index_sequence<half::size>{});
    else return __builtin_bit_cast(patterns_pair, x);
  }
  integers whole() const noexcept {
    if constexpr (isa<Arch>::has_compiler_vectors)
      return [&]<std::size_t... I>(std::index_sequence<I...>) RELU_INLINED {
        using in_register = typename half::in_register;
        return integers(
            __builtin_bit_cast(typename integers::register_type,
                               __builtin_shufflevector(__builtin_bit_cast(in_register, first),
                                                       __builtin_bit_cast(in_register, second), I...)));
      }(std::make_index_sequence<2 * half::size>{});
    else return __builtin_bit_cast(integers, *this);
  }
};

/// Whether x86 has an instruction that converts T, for this number of floats in a register.
template <class T, class Arch, std::size_t Size>
inline constexpr bool x86_converts = std::is_same_v<T, float16> && std::is_base_of_v<x86_isa, isa<Arch>> &&
                                     xsimd::batch<float, Arch>::size == Size;

/// Converts patterns to float, and back. Processors convert binary16 as widen_bits and narrow_bits do: to
/// nearest in every rounding mode, with subnormal numbers, and NaN becomes quiet.
template <class T, class Arch> xsimd::batch<float, Arch> to_float(float16_patterns<Arch> x) noexcept {
#ifdef __AVX512F__
  if constexpr (x86_converts<T, Arch, 16>)
    return _mm512_maskz_cvtph_ps(0xffff, __builtin_bit_cast(__m256i, x));
  else
#endif
#ifdef __F16C__
      if constexpr (x86_converts<T, Arch, 8>)
    return _mm256_cvtph_ps(__builtin_bit_cast(__m128i, x));
  else
#endif
#ifdef __aarch64__
      if constexpr (std::is_same_v<T, float16> && std::is_base_of_v<xsimd::neon64, Arch>)
    return vcvt_f32_f16(__builtin_bit_cast(float16x4_t, x));
  else
#endif
    return float_of(widen_bits(typename T::format{}, x.widened()));
}
template <class T, class Arch> float16_patterns<Arch> from_float(xsimd::batch<float, Arch> x) noexcept {
  using patterns = float16_patterns<Arch>;
#ifdef __AVX512F__
  if constexpr (x86_converts<T, Arch, 16>)
    return __builtin_bit_cast(patterns, _mm512_maskz_cvtps_ph(0xffff, x, _MM_FROUND_TO_NEAREST_INT));
  else
#endif
#ifdef __F16C__
      if constexpr (x86_converts<T, Arch, 8>)
    return __builtin_bit_cast(patterns, _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
  else
#endif
    return patterns::narrowed(narrow_bits(typename T::format{}, unsigned_bits(x)));
}

#ifdef __x86_64__
inline constexpr bool has_8_byte_streaming_stores = true;
#else
inline constexpr bool has_8_byte_streaming_stores = false;
#endif

/// Patterns, which are loaded and stored as they are. Their sums are computed as floats.
template <float16_element T, class Arch>
requires has_vector<std::int16_t, Arch> && has_vector<float, Arch>
struct vec<T, Arch> {
  using type = patterns<T, Arch>;
  static constexpr std::size_t size = vec<std::int16_t, Arch>::size;
  static constexpr bool streams = vec<std::int16_t, Arch>::streams;

  static type load(const T* p, auto part) noexcept {
    return type(integers::load(reinterpret_cast<const std::int16_t*>(p), part));
  }
  static void store(T* p, type v, auto part) noexcept {
    integers::store(reinterpret_cast<std::int16_t*>(p), v.pattern, part);
  }
  static void stream(T* p, type v) noexcept {
    integers::stream(reinterpret_cast<std::int16_t*>(p), v.pattern);
  }

private:
  using integers = vec<std::int16_t, Arch>;
};

/// Floats in a register, converted where they are loaded and stored.
template <float16_element T, class Arch>
requires has_vector<float, Arch>
struct vec<widened<T>, Arch> {
  using type = xsimd::batch<float, Arch>;
  static constexpr std::size_t size = type::size;
  static constexpr bool streams =
      isa<Arch>::has_streaming_stores && (size > 4 || has_8_byte_streaming_stores);

  static type load(const widened<T>* p, whole) noexcept {
    narrow x;
    std::memcpy(&x, p, sizeof x);
    return to_float<T>(x);
  }
  static void store(widened<T>* p, type v, whole) noexcept {
    const narrow x = from_float<T>(v);
    std::memcpy(static_cast<void*>(p), &x, sizeof x);
  }

  // Not inline, because loops over these elements are long, and use them once.
  [[gnu::noinline]] static type load(const widened<T>* p, first part) noexcept {
    const auto x = integers::load(reinterpret_cast<const std::int16_t*>(p), part);
    return to_float<T>(patterns_pair<Arch>::halves_of(x).first);
  }
  [[gnu::noinline]] static void store(widened<T>* p, type v, first part) noexcept {
    const patterns_pair<Arch> x{from_float<T>(v), {}};
    integers::store(reinterpret_cast<std::int16_t*>(p), x.whole(), part);
  }

  /// A streaming store to an aligned p, see vec.
  static void stream(widened<T>* p, type v) noexcept {
#ifdef __SSE2__
    const narrow x = from_float<T>(v);
#ifdef __x86_64__
    if constexpr (sizeof x == 8)
      return _mm_stream_si64(reinterpret_cast<long long*>(p), __builtin_bit_cast(long long, x));
#endif
    if constexpr (sizeof x == 16)
      _mm_stream_si128(reinterpret_cast<__m128i*>(p), __builtin_bit_cast(__m128i, x));
#ifdef __AVX__
    else if constexpr (sizeof x == 32)
      _mm256_stream_si256(reinterpret_cast<__m256i*>(p), __builtin_bit_cast(__m256i, x));
#endif
#endif
  }

private:
  using narrow = float16_patterns<Arch>;
  using integers = vec<std::int16_t, Arch>;
};

#endif

} // namespace relu::inline RELU_ABI::detail
