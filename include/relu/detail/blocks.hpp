// SPDX-License-Identifier: MIT
// Loops over blocks of 64 elements, which match one word of a bitmask.
#pragma once

#include <relu/detail/bitmask_words.hpp>
#include <relu/detail/cache_line.hpp>

#include <cstddef>
#include <type_traits>

namespace relu::inline RELU_ABI::detail {

// Whole blocks are inlined, so that their state stays in registers. The shorter blocks at the ends are
// functions of their own: inlined they would be half of the code.

/// Calls whole_block(begin) for each block of 64 elements of out, and short_block(begin, n) for the elements
/// before and after the whole blocks. With streaming stores, whole blocks begin at a cache line, and out must
/// be aligned to its elements.
template <class Arch, bool Streaming, class T, class Whole, class Short>
[[gnu::always_inline]] inline void each_block(std::size_t n, const T* out, Whole whole_block,
                                              Short short_block) {
  std::size_t i = 0;
  if constexpr (Streaming) {
    i = elements_to_next_line(out);
    if (i > n) i = n;
    if (i != 0) short_block(std::size_t{0}, i);
  }
  for (; i + word_bits <= n; i += word_bits) whole_block(i);
  if (i != n) short_block(i, n - i);
}

/// Calls body(i, whole{}) for each vector of a whole block.
template <class Arch, class T, class Body> [[gnu::always_inline]] inline void each_vector(Body&& body) {
  if constexpr (is_widened<T>) { // long, because each load and store converts
#pragma GCC unroll 1
    for (std::size_t i = 0; i < word_bits; i += vec<T, Arch>::size) body(i, whole{});
  } else {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < word_bits; i += vec<T, Arch>::size) body(i, whole{});
  }
}

/// Calls body(i, whole{}) for each vector of n elements, then body(i, first{tail}) for the tail.
template <class Arch, class T, class Body>
[[gnu::always_inline]] inline void each_vector(std::size_t n, Body&& body) {
  constexpr std::size_t width = vec<T, Arch>::size;
  std::size_t i = 0;
#pragma GCC unroll 1
  for (; i + width <= n; i += width) body(i, whole{});
  if constexpr (width > 1) {
    if (i < n) body(i, first{n - i});
  }
}

/// Stores a vector, with a streaming store if it is whole.
template <class Arch, bool Streaming, class T, class V, class Part>
[[gnu::always_inline]] inline void store_vector(T* out, V v, Part part) noexcept {
  if constexpr (Streaming && std::is_same_v<Part, whole>) vec<T, Arch>::stream(out, v);
  else vec<T, Arch>::store(out, v, part);
}

/// out[i] = op(in[i]..., block.at(i)), for the vector or the tail at i.
template <class Arch, bool Streaming, class Op, class T, class Block, class Part, class... In>
[[gnu::always_inline]] inline void map_vector(const Op& op, std::size_t i, Part part, T* out,
                                              const Block& block, const In*... in) {
  const auto result = op(vec<In, Arch>::load(in + i, part)..., block.template at<T, Arch>(i, part));
  store_vector<Arch, Streaming>(out + i, result, part);
}

/// map_blocks for n <= 64 elements.
template <class Arch, class Op, class T, class Block, class... In>
[[gnu::flatten, gnu::noinline]] void map_short_block(Op op, std::size_t n, T* out, Block block,
                                                     const In*... in) {
  each_vector<Arch, T>(n, [&](std::size_t i, auto part)
                              RELU_INLINED { map_vector<Arch, false>(op, i, part, out, block, in...); });
}

/// out[i] = op(in[i]..., side[i]), where `side` supplies one more operand: side.block(begin) and
/// side.block(begin, n) return that of a block, in order. Each input is out itself or does not overlap it.
template <class Arch, bool Streaming, class Op, class T, class Side, class... In>
[[gnu::always_inline]] inline void map_blocks(Op op, std::size_t n, T* out, Side side, const In*... in) {
  each_block<Arch, Streaming>(
      n, out,
      [&](std::size_t begin) RELU_INLINED {
        const auto block = side.block(begin);
        each_vector<Arch, T>([&](std::size_t i, auto part) RELU_INLINED {
          map_vector<Arch, Streaming>(op, i, part, out + begin, block, (in + begin)...);
        });
      },
      [&](std::size_t begin, std::size_t size) RELU_INLINED {
        map_short_block<Arch>(op, size, out + begin, side.block(begin, size), (in + begin)...);
      });
}

} // namespace relu::inline RELU_ABI::detail
