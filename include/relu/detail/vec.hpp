// SPDX-License-Identifier: MIT
// Loads and stores: a vector of elements between memory and a register.
#pragma once

#include <relu/detail/arithmetic.hpp>
#include <relu/detail/patterns.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

namespace relu::inline RELU_ABI::detail {

/// How many elements of a vector a load or store touches: all of them, or the first n <= vec::size. A store
/// needs n > 0.
struct whole {};
struct first {
  std::size_t n;
};

/// The lowest n < 64 bits.
[[gnu::always_inline]] constexpr std::uint64_t low_bits(std::size_t n) noexcept {
  return (std::uint64_t{1} << n) - 1;
}
/// word << n. Clears the bits that would be lost, because clang's sanitizer reports them.
[[gnu::always_inline]] constexpr std::uint64_t shift_left(std::uint64_t word, std::size_t n) noexcept {
  return (word & ~std::uint64_t{0} >> n) << n;
}

/// One element in the memory of the caller, which may hold another integer of this size (long long where T is
/// long). Strict aliasing forbids *p.
template <class T> [[gnu::always_inline]] inline T read_element(const T* p) noexcept {
  T v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
template <class T> [[gnu::always_inline]] inline void write_element(T* p, T v) noexcept {
  std::memcpy(static_cast<void*>(p), &v, sizeof v);
}

/// The elements, stored as T, that Arch processes at a time. They are computed as vec::type. This primary
/// template is one element at a time: it serves the scalar fallback, and element types without a vector
/// register.
template <class T, class Arch> struct vec {
  using type = compute_t<T>;
  static constexpr std::size_t size = 1;
  static constexpr bool streams = false;

  static type load(const T* p, auto) noexcept { return static_cast<type>(read_element(p)); }
  static void store(T* p, type v, auto) noexcept { write_element(p, static_cast<T>(v)); }
};

/// The type that formulas compute on, for elements that are stored as T.
template <class T, class Arch> using vec_t = typename vec<canonical_t<T>, Arch>::type;

/// An instruction set on which a condition of vectors does not convert to bool, so that a compiler reports
/// `c ? a : b`. xsimd's conditions for AVX-512 do convert.
template <class Arch> struct arch_with_strict_conditions {
  using type = Arch;
};

#if RELU_WITH_XSIMD

template <class Arch>
requires std::is_base_of_v<xsimd::avx512f, Arch>
struct arch_with_strict_conditions<Arch> {
  using type = xsimd::avx2;
};

template <class T, class Arch>
inline constexpr bool has_vector = xsimd::types::has_simd_register<T, Arch>::value &&
                                   !(std::is_same_v<T, float> && isa<Arch>::flushes_subnormal_floats);

template <class T, class Arch>
requires has_vector<T, Arch>
struct vec<T, Arch> {
  using type = xsimd::batch<T, Arch>;
  static constexpr std::size_t size = type::size;
  static constexpr bool streams = isa<Arch>::has_streaming_stores;

  static type load(const T* p, whole) noexcept {
    type v;
    if constexpr (aliased) std::memcpy(&v, p, sizeof v);
    else v = type::load_unaligned(p);
    // A load that is folded into a masked operation would wait for the mask, and so for the load of another
    // input.
    if constexpr (masked) block_optimization(v.data);
    return v;
  }
  static void store(T* p, type v, whole) noexcept {
    if constexpr (aliased) std::memcpy(p, &v, sizeof v);
    else v.store_unaligned(p);
  }

  /// The other elements of the vector are 0. No memory beyond p + n is read.
  static type load(const T* p, first part) noexcept {
    if constexpr (masked)
      return type::load(p, condition::from_mask(low_bits(part.n)), xsimd::unaligned_mode{});
    else {
      const auto* const bytes = reinterpret_cast<const char*>(p);
      return from_words(bytes, part.n * sizeof(T), std::make_index_sequence<sizeof(type) / 8>{});
    }
  }
  static void store(T* p, type v, first part) noexcept {
    if constexpr (masked) v.store(p, condition::from_mask(low_bits(part.n)), xsimd::unaligned_mode{});
    else {
      alignas(Arch::alignment()) T padded[size];
      store(padded, v, whole{});
      copy<size / 2>(p, padded, part.n);
    }
  }

  /// A streaming store to an aligned p. Other threads may see later stores first, unless a fence comes
  /// between: see fence_at_end.
  static void stream(T* p, type v) noexcept { v.store(p, xsimd::stream_mode{}); }

private:
  using condition = typename type::batch_bool_type;
  // std::int16_t also stands for patterns of 16-bit floats in memory.
  static constexpr bool aliased = (std::is_same_v<T, std::int16_t> && !isa<Arch>::accesses_any_type) ||
                                  (std::is_integral_v<T> && sizeof(T) == 8 && isa<Arch>::aliases_int64);

  // Masked loads and stores are as fast as plain ones on AVX-512 and wherever a vector has 64 bytes.
  // AVX has them too, but there they take tens of cycles on AMD processors before Zen 5.
  static constexpr bool masked = sizeof(type) == 64;

  // The n bytes at p, then zeros. The words are assembled in registers: a vector load from several recent
  // stores would wait until they have reached the cache.
  template <std::size_t... I>
  static type from_words(const char* p, std::size_t n, std::index_sequence<I...>) noexcept {
    const std::uint64_t last = last_word(p, n);
    const auto word = [=](std::size_t i) {
      return i < n / 8 ? read<std::uint64_t>(p + 8 * i) : i == n / 8 ? last : 0;
    };
    xsimd::batch<std::uint64_t, Arch> words(word(I)...);
    block_optimization(words.data); // Without it clang 14 never finishes compiling for WebAssembly.
    return xsimd::bitwise_cast<T>(words);
  }

  // The last n % 8 of the n bytes at p, as the first bytes of a word.
  static std::uint64_t last_word(const char* p, std::size_t n) noexcept {
    const std::size_t tail = n % 8;
    if (tail == 0) return 0;
    if (n >= 8) {
      const auto word = read<std::uint64_t>(p + n - 8);
      return little_endian ? word >> (64 - 8 * tail) : shift_left(word, 64 - 8 * tail);
    }
    if (tail >= 4) return piece<std::uint32_t>(p, 0) | piece<std::uint32_t>(p, tail - 4);
    if (tail >= 2) return piece<std::uint16_t>(p, 0) | piece<std::uint16_t>(p, tail - 2);
    return piece<std::uint8_t>(p, 0);
  }

  static constexpr bool little_endian = std::endian::native == std::endian::little;

  // The U at p + offset, at that place in the word that begins at p.
  template <class U> static std::uint64_t piece(const char* p, std::size_t offset) noexcept {
    const std::size_t shift = little_endian ? 8 * offset : 64 - 8 * (offset + sizeof(U));
    return std::uint64_t{read<U>(p + offset)} << shift;
  }

  template <class U> static U read(const char* p) noexcept {
    U u;
    std::memcpy(&u, p, sizeof u);
    return u;
  }

  // Copies 0 < n <= 2 * Chunk elements: the first Chunk and the last Chunk, which may overlap, or smaller
  // chunks if n < Chunk. Every copy has a constant size, so none becomes a function call.
  template <std::size_t Chunk> static void copy(T* to, const T* from, std::size_t n) noexcept {
    if constexpr (Chunk > 1) {
      if (n < Chunk) return copy<Chunk / 2>(to, from, n);
    }
    std::memcpy(to, from, Chunk * sizeof(T));
    std::memcpy(to + (n - Chunk), from + (n - Chunk), Chunk * sizeof(T));
  }
};

#endif

} // namespace relu::inline RELU_ABI::detail
