// SPDX-License-Identifier: MIT
// Moving selected elements of a vector together.
#pragma once

#include <relu/detail/conditions.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace relu::inline RELU_ABI::detail {

/// Whether Arch can move 4-byte elements together fast, and so those stored as T.
template <class T, class Arch>
inline constexpr bool compresses = sizeof(T) == 4 && isa<Arch>::compress != compress_by::nothing;

#if RELU_WITH_XSIMD

/// For each byte: the positions of its set bits, then zeros.
struct compress_permutations {
  alignas(32) std::uint32_t of[256][8] = {};
  constexpr compress_permutations() {
    for (unsigned byte = 0; byte < 256; ++byte) {
      std::uint32_t* next = of[byte];
      for (std::uint32_t bit = 0; bit < 8; ++bit) {
        if (byte >> bit & 1) *next++ = bit;
      }
    }
  }
};
// Hidden, because g++ would make it unique in the process, and a library that has it could not be unloaded.
[[gnu::visibility("hidden")]] inline constexpr compress_permutations permutations{};

template <class Arch, std::size_t... I>
xsimd::batch<std::uint32_t, Arch> positions(std::index_sequence<I...>) noexcept {
  return {std::uint32_t{I}...};
}

/// Writes the elements i of v with a set bit i to the first of vec::size values, and at + i to the first of
/// as many indices. The values and indices after them are unspecified.
template <class T, class Arch>
void compress_vector(T* values, [[maybe_unused]] std::uint32_t* indices, xsimd::batch<T, Arch> v,
                     [[maybe_unused]] std::uint64_t bits, [[maybe_unused]] std::uint32_t at) noexcept {
  using index_vector [[maybe_unused]] = xsimd::batch<std::uint32_t, Arch>;
  auto words = xsimd::bitwise_cast<std::uint32_t>(v);
  if constexpr (isa<Arch>::compress == compress_by::instruction) {
#ifdef __AVX512F__
    // To a register and then to memory: the compressing store takes 37 times as long on AMD Zen 4.
    const auto mask = static_cast<__mmask16>(bits);
    const index_vector all =
        positions<Arch>(std::make_index_sequence<index_vector::size>{}) + index_vector(at);
    words = _mm512_maskz_compress_epi32(mask, words);
    index_vector(_mm512_maskz_compress_epi32(mask, all)).store_unaligned(indices);
#endif
  } else if constexpr (isa<Arch>::compress == compress_by::permutation) {
#ifdef __AVX2__
    const auto from = index_vector::load_aligned(permutations.of[bits]);
    words = _mm256_permutevar8x32_epi32(words, from);
    (from + index_vector(at)).store_unaligned(indices);
#endif
  }
  vec<T, Arch>::store(values, xsimd::bitwise_cast<T>(words), whole{});
}

#endif

} // namespace relu::inline RELU_ABI::detail
