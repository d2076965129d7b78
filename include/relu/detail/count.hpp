// SPDX-License-Identifier: MIT
// Counting: for how many elements a condition holds.
#pragma once

#include <relu/detail/conditions.hpp>
#include <relu/detail/value_blocks.hpp>

#include <cstddef>

namespace relu::inline RELU_ABI::detail {

/// The number of i < n for which the condition op(in[i]) holds.
template <class Arch, class Op, class T>
[[gnu::flatten, gnu::noinline]] std::size_t count_values(Op op, std::size_t n, const T* in) {
  using V = vec<T, Arch>;
  using C = conditions<T, Arch>;
  std::size_t total = 0;
  std::size_t i = 0;
  while (i + V::size <= n) {
    constexpr std::size_t most = 120 * V::size; // a counter holds up to 127
    const std::size_t end = n - i < most ? n : i + most;
    typename C::counter counts{};
#pragma GCC unroll 4
    for (; i + V::size <= end; i += V::size) counts = C::count_if(counts, op(V::load(in + i, whole{})));
    total += C::sum(counts);
  }
  if constexpr (V::size > 1) {
    if (i < n) total += popcount(C::to_word(op(V::load(in + i, first{n - i})), first{n - i}));
  }
  return total;
}

/// count_values for any op.
template <class Arch, class Op, class T> std::size_t count(Op op, std::size_t n, const T* in) {
  // With blocks, a value that becomes 0 when it is rounded to 16 bits is 0.
  constexpr bool in_blocks = is_widened<T> || float16_element<T>;
  if constexpr (Op::compute_bound || (in_blocks && requires { op.value; })) {
    std::size_t total = 0;
    each_block_of_values<Arch>(op.value, n, in, [&](std::size_t, std::size_t size, const T* y) {
      total += count_values<Arch>(typename Op::of_values{}, size, y);
    });
    return total;
  } else return count_values<Arch>(op, n, in);
}

} // namespace relu::inline RELU_ABI::detail
