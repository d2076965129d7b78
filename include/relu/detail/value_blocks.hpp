// SPDX-License-Identifier: MIT
// Blocks of the values of a compute-bound op.
#pragma once

#include <relu/detail/map.hpp>

#include <cstddef>

namespace relu::inline RELU_ABI::detail {

/// Computes op(in[i]) in blocks and calls f(begin, n, values) for each. The loops in f then need no
/// instantiation for each compute-bound op.
template <class Arch, class Op, class T, class F>
void each_block_of_values(Op op, std::size_t n, const T* in, F f) {
  constexpr std::size_t block = 256;
  alignas(cache_line) T values[block];
  for (std::size_t i = 0; i < n; i += block) {
    const std::size_t size = n - i < block ? n - i : block;
    map_cached<Arch>(op, size, values, in + i);
    f(i, size, values);
  }
}

} // namespace relu::inline RELU_ABI::detail
