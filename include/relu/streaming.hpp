// SPDX-License-Identifier: MIT
// Whether outputs are written through the caches or past them, to memory.
//
// Through the caches means that the memory which an output overwrites is read first, and that other data
// gives way in the caches. What does not fit into them anyway is streamed 1.4 times as fast (bench/results:
// copies of 64 Mi floats). What does fit takes 1.3 times as long in L3 and 3 in L2, and whoever reads the
// output next has to wait for memory.
#pragma once

#include <relu/detail/cache.hpp>

#include <atomic>
#include <cstddef>

namespace relu::process {

/// In bytes; 0: not asked for yet. One for all parts of a program, so not in an inline namespace. (A library
/// that is loaded at run time may have one of its own.)
[[gnu::visibility("default")]] inline std::atomic<std::size_t> streaming_threshold{0};

} // namespace relu::process

namespace relu::inline RELU_ABI {

/// How a call writes its output. `automatic`: past the caches if inputs and output together have at least
/// streaming_threshold() bytes. `cached`, `streaming`: as the caller says, who knows who reads it next. In
/// place, and where the processor has no such stores (all but x86) or xsimd is missing, it is always
/// `cached`. Results, and when other threads may read them, are the same.
enum class stores { automatic, cached, streaming };

namespace detail {
[[gnu::cold, gnu::noinline]] inline std::size_t find_streaming_threshold() noexcept {
  std::size_t bytes = 0; // what the program set meanwhile stays
  const std::size_t cache = last_level_cache();
  return process::streaming_threshold.compare_exchange_strong(bytes, cache) ? cache : bytes;
}
} // namespace detail

/// A call whose inputs and output have so many bytes together, or more, streams. It is the size of the
/// last-level cache that a core uses, as the processor or Linux says it, or else 32 MiB, unless the program
/// sets it.
inline std::size_t streaming_threshold() noexcept {
  const std::size_t bytes = process::streaming_threshold.load(std::memory_order_relaxed);
  return bytes != 0 ? bytes : detail::find_streaming_threshold();
}

/// Sets it for the process, from the next calls on. 0 streams all that can be streamed, SIZE_MAX nothing.
inline void set_streaming_threshold(std::size_t bytes) noexcept {
  process::streaming_threshold.store(bytes == 0 ? 1 : bytes, std::memory_order_relaxed); // no call has 1 byte
}

namespace detail {

/// Whether a call with so many bytes of inputs and outputs streams.
inline bool streams(stores how, std::size_t bytes, bool in_place) noexcept {
  const bool large =
      bytes >= relu::streaming_threshold(); // in any case: small calls are faster once it is known
  return !in_place && (how == stores::streaming || (how == stores::automatic && large));
}

} // namespace detail

} // namespace relu::inline RELU_ABI
