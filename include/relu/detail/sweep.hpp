// SPDX-License-Identifier: MIT
// The only loops over elements.
#pragma once

#include <relu/detail/lanes.hpp>

#include <cstddef>
#include <cstdint>

namespace relu::inline RELU_ABI::detail {

inline constexpr std::size_t cache_line =
    64; // bytes, on every processor that matters; where not, only slower

// flatten: everything is inlined, whatever the compiler thinks of its size. A call for each group would cost
// more than what it computes.

/// out[i] = op(in[i]...) for i < n. Every input is out itself or does not overlap it.
template <class Arch, class Op, class T, class... In>
[[gnu::flatten]] void map_cached(Op op, std::size_t n, T* out, const In*... in) {
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

/// The same for more data than the caches hold; no input may be out. The lines of the cache that out fills
/// are written past it: their old contents are not read, and what is in the cache stays there.
template <class Arch, class Op, class T, class... In>
[[gnu::flatten, gnu::noinline]] void map_streaming(Op op, std::size_t n, T* out, const In*... in) {
  using group = lanes<T, Arch>;
  constexpr std::size_t line = cache_line / sizeof(T);

  std::size_t i =
      -reinterpret_cast<std::uintptr_t>(out) % cache_line / sizeof(T); // up to the first whole line
  if (i > n) i = n;
  map_cached<Arch>(op, i, out, in...);
  for (; i + line <= n; i += line) {
#pragma GCC unroll 16
    for (std::size_t j = 0; j < line; j += group::size)
      group::stream(out + i + j, op(group::load(in + i + j)...));
  }
  group::fence();
  map_cached<Arch>(op, n - i, out + i, (in + i)...);
}

/// The one or the other.
template <class Arch, class Op, class T, class... In>
void map(Op op, [[maybe_unused]] bool streaming, std::size_t n, T* out, const In*... in) {
  if constexpr (lanes<T, Arch>::streams) {
    if (streaming) return map_streaming<Arch>(op, n, out, in...);
  }
  map_cached<Arch>(op, n, out, in...);
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
