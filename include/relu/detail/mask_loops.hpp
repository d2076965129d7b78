// SPDX-License-Identifier: MIT
// Loops with one bit of a mask for each element: from conditions to bits, and from bits to results.
#pragma once

#include <relu/detail/blocks.hpp>

#include <cstddef>
#include <cstdint>

namespace relu::inline RELU_ABI::detail {

/// word |= the bits op.active(in[i]), and with an output out[i] = op.value(in[i]), for the vector or the tail
/// at i.
template <class Arch, bool HasOut, bool Streaming, class Op, class T, class Part>
[[gnu::always_inline]] inline void mask_vector(const Op& op, std::size_t i, Part part, T* out,
                                               std::uint64_t& word, const T* in) {
  const auto x = vec<T, Arch>::load(in + i, part);
  if constexpr (HasOut) store_vector<Arch, Streaming>(out + i, op.value(x), part);
  word |= conditions<T, Arch>::to_word(op.active(x), part) << i;
}

/// The mask of n <= 64 elements, as map_to_mask computes it.
template <class Arch, bool HasOut, class Op, class T>
[[gnu::flatten, gnu::noinline]] std::uint64_t map_to_word(Op op, std::size_t n, T* out, const T* in) {
  std::uint64_t word = 0;
  each_vector<Arch, T>(n, [&](std::size_t i, auto part)
                              RELU_INLINED { mask_vector<Arch, HasOut, false>(op, i, part, out, word, in); });
  return word;
}

/// Bit i of mask = op.active(in[i]), and out[i] = op.value(in[i]). Returns the number of set bits. `in` is
/// out itself or does not overlap it. Without an output (a null pointer) it writes the mask only.
template <class Arch, bool HasOut, bool Streaming, class Op, class T>
[[gnu::flatten]] std::size_t map_to_mask(Op op, std::size_t n, T* out, std::byte* mask, const T* in) {
  std::size_t total = 0;
  bit_writer to(mask);
  each_block<Arch, Streaming>(
      n, out,
      [&](std::size_t begin) RELU_INLINED {
        std::uint64_t word = 0;
        T* const block = HasOut ? out + begin : nullptr;
        each_vector<Arch, T>([&](std::size_t i, auto part) RELU_INLINED {
          mask_vector<Arch, HasOut, Streaming>(op, i, part, block, word, in + begin);
        });
        total += popcount(word);
        to.put(word, word_bits);
      },
      [&](std::size_t begin, std::size_t size) RELU_INLINED {
        const std::uint64_t word =
            map_to_word<Arch, HasOut>(op, size, HasOut ? out + begin : nullptr, in + begin);
        total += popcount(word);
        to.put(word, size);
      });
  to.end();
  return total;
}

/// The bits of a block, as conditions.
struct word_block {
  std::uint64_t word;

  template <class T, class Arch> [[gnu::always_inline]] auto at(std::size_t i, auto) const noexcept {
    return conditions<T, Arch>::from_word(word >> i);
  }
};

/// The operand of map_blocks that reads a mask.
template <bool Streaming> struct mask_side {
  const std::byte* mask;

  [[gnu::always_inline]] word_block block(std::size_t begin) const noexcept {
    // With streaming stores blocks may begin within a byte of the mask.
    return {Streaming ? load_bits(mask, begin, word_bits) : load_word(mask + begin / 8)};
  }
  [[gnu::always_inline]] word_block block(std::size_t begin, std::size_t n) const noexcept {
    return {load_bits(mask, begin, n)};
  }
};

/// out[i] = op(in[i]..., bit i of mask). Each input is out itself or does not overlap it.
template <class Arch, bool Streaming, class Op, class T, class... In>
[[gnu::flatten]] void map_from_mask(Op op, std::size_t n, T* out, const std::byte* mask, const In*... in) {
  map_blocks<Arch, Streaming>(op, n, out, mask_side<Streaming>{mask}, in...);
}

} // namespace relu::inline RELU_ABI::detail
