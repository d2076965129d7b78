// SPDX-License-Identifier: MIT
// Compressing: the nonzero results and their positions, and the inverse.
#pragma once

#include <relu/detail/compress_vector.hpp>
#include <relu/detail/mask_loops.hpp>
#include <relu/detail/value_blocks.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace relu::inline RELU_ABI::detail {

/// Writes the nonzero op.value(in[i]) to values and their positions first + i to indices. Returns how many
/// there are, which must not exceed capacity. It may overwrite the values and indices after them, up to the
/// capacity.
template <class Arch, class Op, class T>
[[gnu::flatten, gnu::noinline]] std::size_t
compress_values(Op op, std::size_t n, T* values, std::uint32_t* indices,
                [[maybe_unused]] std::size_t capacity, std::size_t first, const T* in) {
  using V = vec<T, Arch>;
  std::size_t found = 0, i = 0;
  if constexpr (compresses<T, Arch>) {
    // A block is read before any of it is written. The address of a store depends on how many elements before
    // it were nonzero, and a load that might alias such a store would wait for that address.
    const auto block = [&]<std::size_t... J>(std::index_sequence<J...>) RELU_INLINED {
      const auto write = [&](std::size_t at, auto y) RELU_INLINED {
        const std::uint64_t nonzero =
            conditions<T, Arch>::to_word(op.is_zero(y), whole{}) ^ low_bits(V::size);
        compress_vector(values + found, indices + found, y, nonzero, static_cast<std::uint32_t>(first + at));
        found += popcount(nonzero);
      };
      const vec_t<T, Arch> y[]{op.value(V::load(in + i + J * V::size, whole{}))...};
      (write(i + J * V::size, y[J]), ...);
      i += sizeof...(J) * V::size;
    };
    const auto fits = [&](std::size_t vectors) RELU_INLINED {
      return i + vectors * V::size <= n && found + vectors * V::size <= capacity;
    };
    while (fits(8)) block(std::make_index_sequence<8>{});
    while (fits(1)) block(std::make_index_sequence<1>{});
  }
  // One element at a time: the tail, and where the capacity has no room for a whole vector.
  T block[word_bits];
  for (; i < n; i += word_bits) {
    std::uint64_t word = map_to_word<Arch, true>(op, n - i < word_bits ? n - i : word_bits, block, in + i);
    for (; word != 0; word &= word - 1) {
      const auto at = static_cast<std::uint32_t>(__builtin_ctzll(word));
      write_element(values + found, block[at]);
      write_element(indices + found++, static_cast<std::uint32_t>(first + i) + at);
    }
  }
  return found;
}

/// compress_values for any op.
template <class Arch, class Op, class T>
std::size_t compress(Op op, std::size_t n, T* values, std::uint32_t* indices, std::size_t capacity,
                     std::size_t first, const T* in) {
  if constexpr (Op::compute_bound || !compresses<T, Arch>) { // so that the slow loop is compiled once
    std::size_t found = 0;
    each_block_of_values<Arch>(op.value, n, in, [&](std::size_t begin, std::size_t size, const T* y) {
      found += compress_values<Arch>(typename Op::of_values{}, size, values + found, indices + found,
                                     capacity - found, first + begin, y);
    });
    return found;
  } else return compress_values<Arch>(op, n, values, indices, capacity, first, in);
}

/// y[indices[i]] = values[i] for i < n.
template <class T, class I> void scatter(std::size_t n, T* y, const T* values, const I* indices) {
  for (std::size_t i = 0; i < n; ++i) write_element(y + read_element(indices + i), read_element(values + i));
}

/// The first i < n whose index is not below size, or n. A negative index counts as a large one.
template <class I> std::size_t find_not_below(std::size_t size, std::size_t n, const I* indices) {
  for (std::size_t i = 0; i < n; ++i)
    if (static_cast<std::uint64_t>(read_element(indices + i)) >= size) return i;
  return n;
}

} // namespace relu::inline RELU_ABI::detail
