// SPDX-License-Identifier: MIT
// Where cache lines begin in an output that streaming stores write.
#pragma once

#include <relu/detail/abi.hpp>

#include <cstddef>
#include <cstdint>

namespace relu::inline RELU_ABI::detail {

/// The size of a cache line in bytes. It is exact for x86, the only processors with streaming stores here.
/// Elsewhere another size costs only speed.
inline constexpr std::size_t cache_line = 64;

/// The number of elements before the first cache line that begins in out, which is aligned to its elements.
template <class T> [[gnu::always_inline]] inline std::size_t elements_to_next_line(const T* out) noexcept {
  return (cache_line - reinterpret_cast<std::uintptr_t>(out) % cache_line) % cache_line / sizeof(T);
}

/// From how many bytes on streaming stores are faster, although the first and the last line go through the
/// cache.
inline constexpr std::size_t worth_streaming = 16 * cache_line;

/// Ends a part of a call. If the part has used streaming stores, other threads see them before later stores.
/// Kernels do not wait for their stores, because one part may run many kernels, for short rows.
struct fence_at_end {
  bool has_streamed;
  ~fence_at_end() {
#ifdef __SSE2__
    if (has_streamed) __builtin_ia32_sfence();
#endif
  }
};

/// Whether streaming stores can write out[0 .. n): it is aligned to its elements and fills at least one cache
/// line.
template <class T> [[gnu::always_inline]] inline bool can_stream(const T* out, std::size_t n) noexcept {
  return reinterpret_cast<std::uintptr_t>(out) % sizeof(T) == 0 && n >= cache_line / sizeof(T);
}

} // namespace relu::inline RELU_ABI::detail
