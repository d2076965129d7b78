// SPDX-License-Identifier: MIT
// The only loops over elements.
#pragma once

#include <relu/detail/lanes.hpp>

#include <cstddef>

namespace relu::inline RELU_ABI::detail {

// flatten: everything is inlined, whatever the compiler thinks of its size. A call for each group would cost
// more than what it computes.

/// out[i] = op(in[i]...) for i < n. Every input is out itself or does not overlap it.
template <class Arch, class Op, class T, class... In>
[[gnu::flatten]] void map(Op op, std::size_t n, T* out, const In*... in) {
  using group = lanes<T, Arch>;
  constexpr std::size_t width = group::size;

  if constexpr (width > 1) {
    if (n < width) {
      if (n != 0) group::store_partial(out, op(group::load_partial(in, n)...), n);
      return;
    }
  } else if (n == 0) return;

  // The last group ends at n, wherever that is: it may repeat elements of the group before it. In place
  // these are gone by then, so it is computed first and stored last.
  const std::size_t end = n - width;
  const auto last = op(group::load(in + end)...);
#pragma GCC unroll 4
  for (std::size_t i = 0; i < end; i += width) group::store(out + i, op(group::load(in + i)...));
  group::store(out + end, last);
}

/// For how many i < n the condition op(in[i]) holds.
template <class Arch, class Op, class T>
[[gnu::flatten]] std::size_t count(Op op, std::size_t n, const T* in) {
  using group = lanes<T, Arch>;
  constexpr std::size_t width = group::size;

  std::size_t total = 0;
  std::size_t i = 0;
  for (; i + width <= n; i += width) total += group::count(op(group::load(in + i)));
  if constexpr (width > 1) {
    if (i < n) total += group::count(op(group::load_partial(in + i, n - i)), n - i);
  }
  return total;
}

} // namespace relu::inline RELU_ABI::detail
