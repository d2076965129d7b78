// SPDX-License-Identifier: MIT
// Lookup: the entries of a table of 256 bytes for a vector of bytes.
#pragma once

#include <relu/detail/map.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace relu::inline RELU_ABI::detail {

// The entry for x has the pattern of x as its position: first those of 0 to 127, then those of -128 to -1.

/// The entry for each x. This primary template reads one entry after another. It serves the scalar fallback
/// and instruction sets that cannot look up bytes.
template <class Arch> struct byte_lookup {
  static constexpr bool compute_bound = false;
  const std::int8_t* table;

  template <class V> V operator()(V x) const noexcept {
    return detail::each(x, [this](std::int8_t v) { return table[static_cast<std::uint8_t>(v)]; });
  }
};

#if RELU_WITH_XSIMD

template <class Arch> using byte_vector = xsimd::batch<std::int8_t, Arch>;

/// The vector at p.
template <class Arch> byte_vector<Arch> load_bytes(const std::int8_t* p) noexcept {
  return byte_vector<Arch>::load_unaligned(p);
}

#ifdef __SSSE3__

/// The 16 bytes at p, as often as a vector holds them.
template <class Arch> byte_vector<Arch> repeat(const std::int8_t* p) noexcept {
  const __m128i once = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
#ifdef __AVX512BW__
  if constexpr (sizeof(byte_vector<Arch>) == 64) return _mm512_maskz_broadcast_i32x4(0xffff, once);
  else
#endif
#ifdef __AVX2__
      if constexpr (sizeof(byte_vector<Arch>) == 32)
    return _mm256_broadcastsi128_si256(once);
  else
#endif
    return once;
}

/// Each byte of row[x % 16], where `row` repeats 16 bytes, or 0 where x < 0.
template <class Arch> byte_vector<Arch> shuffle(byte_vector<Arch> row, byte_vector<Arch> x) noexcept {
#ifdef __AVX512BW__
  if constexpr (sizeof x == 64) return _mm512_shuffle_epi8(row, x);
  else
#endif
#ifdef __AVX2__
      if constexpr (sizeof x == 32)
    return _mm256_shuffle_epi8(row, x);
  else
#endif
    return _mm_shuffle_epi8(row, x);
}

/// b where c < 0, a elsewhere.
template <class Arch>
byte_vector<Arch> blend(byte_vector<Arch> c, byte_vector<Arch> a, byte_vector<Arch> b) noexcept {
#ifdef __AVX512BW__
  if constexpr (sizeof c == 64) return _mm512_mask_blend_epi8(_mm512_movepi8_mask(c), a, b);
  else
#endif
#ifdef __AVX2__
      if constexpr (sizeof c == 32)
    return _mm256_blendv_epi8(a, b, c);
  else
#endif
#ifdef __SSE4_1__
    return _mm_blendv_epi8(a, b, c);
#else
  return xsimd::select(c < byte_vector<Arch>(0), b, a);
#endif
}

/// A shuffle looks up in 16 entries. Two of them, one of which results in 0 everywhere, look up in rows that
/// bit 7 of x tells apart, and blends choose among the results by bits 4 to 6.
template <class Arch>
requires(isa<Arch>::looks_up_bytes)
struct byte_lookup<Arch> {
  using V = byte_vector<Arch>;
  static constexpr bool compute_bound = false;

  explicit byte_lookup(const std::int8_t* table) noexcept {
    for (V& r : row) {
      r = repeat<Arch>(table);
      table += 16;
    }
  }

  V operator()(V x) const noexcept { return entry<0, 8>(x, x ^ V(-128)); }

private:
  V row[16];

  // The entry in the rows First to First + Size - 1 if x >= 0, in the rows 8 later if not.
  template <int First, int Size> V entry(V x, V flipped) const noexcept {
    if constexpr (Size == 1) return shuffle(row[First], x) | shuffle(row[First + 8], flipped);
    else {
      constexpr int bit = Size == 8 ? 6 : Size == 4 ? 5 : 4; // which 7 - bit shifts move to the top
      const V top = xsimd::bitwise_cast<std::int8_t>(xsimd::bitwise_cast<std::uint16_t>(x) << (7 - bit));
      return blend(top, entry<First, Size / 2>(x, flipped), entry<First + Size / 2, Size / 2>(x, flipped));
    }
  }
};

#endif

#ifdef __AVX512BW__

/// AVX-512 VBMI permutes 128 bytes. relu::dispatch compiles for processors without it, too, for which
/// compilers refuse the intrinsic.
template <class Arch> struct byte_permutation {
  using V = byte_vector<Arch>;
  static constexpr bool compute_bound = false;

  explicit byte_permutation(const std::int8_t* table) noexcept {
    for (V& r : row) {
      r = load_bytes<Arch>(table);
      table += V::size;
    }
  }

  V operator()(V x) const noexcept { return blend(x, entry(x, row[0], row[1]), entry(x, row[2], row[3])); }

private:
  V row[4];

  static V entry(V x, V lower, V upper) noexcept {
    asm("vpermi2b {%2, %1, %0|%0, %1, %2}" : "+v"(x.data) : "v"(lower.data), "v"(upper.data));
    return x;
  }
};

#endif

#ifdef __aarch64__

/// NEON looks up in 64 entries.
template <class Arch>
requires(isa<Arch>::looks_up_bytes)
struct byte_lookup<Arch> {
  using V = byte_vector<Arch>;
  static constexpr bool compute_bound = false;

  explicit byte_lookup(const std::int8_t* table) noexcept
      : quarter{vld1q_s8_x4(table), vld1q_s8_x4(table + 64), vld1q_s8_x4(table + 128),
                vld1q_s8_x4(table + 192)} {}

  V operator()(V x) const noexcept {
    uint8x16_t from = vreinterpretq_u8_s8(x);
    int8x16_t y = vqtbl4q_s8(quarter[0], from);
    for (int i = 1; i < 4; ++i) {
      from = vsubq_u8(from, vdupq_n_u8(64));
      y = vqtbx4q_s8(y, quarter[i], from);
    }
    return y;
  }

private:
  int8x16x4_t quarter[4];
};

#endif
#endif

/// The instruction set of a loop over single elements, in code for Arch.
template <class Arch> struct one_at_a_time {};

/// y[i] is the entry for x[i].
template <class Arch, bool Streaming>
[[gnu::always_inline]] inline void map_lookup(const std::int8_t* table, std::size_t n, std::int8_t* y,
                                              const std::int8_t* x) {
#if RELU_WITH_XSIMD && defined(__AVX512BW__)
  if constexpr (std::is_base_of_v<xsimd::avx512bw, Arch>)
    if (supports_vbmi()) return map<Arch, Streaming>(byte_permutation<Arch>(table), n, y, x);
#endif
  // Where vectors are not looked up, their elements would only be moved to a register and back.
  using loop = std::conditional_t<Streaming || isa<Arch>::looks_up_bytes, Arch, one_at_a_time<Arch>>;
  map<loop, Streaming>(byte_lookup<loop>{table}, n, y, x);
}

} // namespace relu::inline RELU_ABI::detail
