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
[[gnu::flatten]] void map_streaming(Op op, std::size_t n, T* out, const In*... in) {
  using group = lanes<T, Arch>;
  constexpr std::size_t line = cache_line / sizeof(T);
  const auto write_line = [&](std::size_t at, auto write) {
#pragma GCC unroll 16
    for (std::size_t i = 0; i < line; i += group::size) write(out + at + i, op(group::load(in + at + i)...));
  };

  // The first and the last line through the cache, wherever they begin, and the whole ones between them.
  write_line(0, group::store);
  write_line(n - line, group::store);
  std::size_t i = -reinterpret_cast<std::uintptr_t>(out) % cache_line / sizeof(T);
  for (; i + line <= n; i += line) write_line(i, group::stream);
  group::fence();
}

/// The one or the other.
template <class Arch, class Op, class T, class... In>
void map(Op op, [[maybe_unused]] bool streaming, std::size_t n, T* out, const In*... in) {
  if constexpr (lanes<T, Arch>::streams) {
    const bool between_elements =
        reinterpret_cast<std::uintptr_t>(out) % sizeof(T) == 0; // lines begin and end
    if (streaming && between_elements && n >= cache_line / sizeof(T))
      return map_streaming<Arch>(op, n, out, in...);
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
