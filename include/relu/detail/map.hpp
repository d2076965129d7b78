// SPDX-License-Identifier: MIT
// Mapping: out[i] = op(in[i]...).
#pragma once

#include <relu/detail/cache_line.hpp>
#include <relu/detail/vec.hpp>

#include <algorithm>
#include <cstddef>

namespace relu::inline RELU_ABI::detail {

// Throughout detail/: `flatten` inlines everything into a loop, because a function call for each vector would
// take longer than the arithmetic. `noinline` is for code that is large or that a small call rarely reaches.

/// The input of an op: the elements at p.
template <class Arch, class T, class Part> auto input(const T* p, Part part) noexcept {
  return vec<T, Arch>::load(p, part);
}

/// Whether the loop of a kernel is not unrolled, because each load and store converts, or because it tests
/// which inputs exist.
template <class In> inline constexpr bool is_optional = false;
template <class T, class... In>
inline constexpr bool is_rolled =
    (is_optional<In> || ...) || (is_widened<T> && ... && std::is_same_v<In, const T*>);

/// map for an op with a long formula. It instantiates the op once, and uses it for the overlapping last
/// vector too. It loads that vector first, because a store in place would destroy the input.
template <class Arch, class Op, class T, class... In>
[[gnu::flatten, gnu::noinline]] void map_compute_bound(Op op, std::size_t n, T* out, In... in) {
  using V = vec<T, Arch>;
  if (n == 0) return;
  const bool shorter = n < V::size;
  const std::size_t end = shorter ? 0 : n - V::size;

  const auto map_all = [=](auto... last) {
    for (std::size_t i = 0;; i += V::size) {
      const bool is_last = i >= end;
      const auto result = op((is_last ? last : input<Arch>(in + i, whole{}))...);
      if (!is_last) V::store(out + i, result, whole{});
      else if (shorter) return V::store(out, result, first{n});
      else return V::store(out + end, result, whole{});
    }
  };
  map_all((shorter ? input<Arch>(in, first{n}) : input<Arch>(in + end, whole{}))...);
}

/// out[i] = op(in[i]...) for i < n. Each input is out itself or does not overlap it.
template <class Arch, class Op, class T, class... In>
[[gnu::flatten]] void map_cached(Op op, std::size_t n, T* out, In... in) {
  using V = vec<T, Arch>;
  if constexpr (V::size == 1) {
    for (std::size_t i = 0; i < n; ++i) V::store(out + i, op(input<Arch>(in + i, whole{})...), whole{});
  } else if constexpr (Op::compute_bound || is_rolled<T, In...>) {
    map_compute_bound<Arch>(op, n, out, in...);
  } else if (n < V::size) {
    if (n != 0) V::store(out, op(input<Arch>(in, first{n})...), first{n});
  } else {
    // The last vector ends at n and may overlap the one before it. In place that store would destroy its
    // input, so it is computed before the loop and stored after it.
    const std::size_t end = n - V::size;
    const auto last = op(input<Arch>(in + end, whole{})...);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < end; i += V::size)
      V::store(out + i, op(input<Arch>(in + i, whole{})...), whole{});
    V::store(out + end, last, whole{});
  }
}

/// map_cached with streaming stores, for an out that can_stream; no input may be out. The memory that the
/// stores overwrite is not read, and other data stays in the cache.
template <class Arch, class Op, class T, class... In>
[[gnu::flatten]] void map_streaming(Op op, std::size_t n, T* out, In... in) {
  using V = vec<T, Arch>;
  constexpr std::size_t line = std::max(cache_line / sizeof(T), V::size);
  if (n < line) return map_cached<Arch>(op, n, out, in...);
  const auto write_vector = [&](std::size_t i, auto write)
                                RELU_INLINED { write(out + i, op(input<Arch>(in + i, whole{})...)); };
  const auto write_line = [&](std::size_t at, auto write) {
    if constexpr (is_rolled<T, In...>) {
#pragma GCC unroll 1
      for (std::size_t i = at; i < at + line; i += V::size) write_vector(i, write);
    } else {
#pragma GCC unroll 16
      for (std::size_t i = at; i < at + line; i += V::size) write_vector(i, write);
    }
  };

  // The first and the last line go through the cache, wherever they begin, and the cache lines between them
  // do not. The elements of a line fill a vector, which may be longer than a line of the cache.
  const std::size_t ends[]{0, n - line};
#pragma GCC unroll 1
  for (const std::size_t at : ends) write_line(at, [](T* p, auto v) { V::store(p, v, whole{}); });
  std::size_t i = elements_to_next_line(out);
  for (; i + line <= n; i += line) write_line(i, V::stream);
}

/// map_streaming or map_cached.
template <class Arch, bool Streaming, class Op, class T, class... In>
[[gnu::always_inline]] inline void map(const Op& op, std::size_t n, T* out, In... in) {
  if constexpr (Streaming) map_streaming<Arch>(op, n, out, in...);
  else map_cached<Arch>(op, n, out, in...);
}

} // namespace relu::inline RELU_ABI::detail
