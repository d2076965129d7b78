// SPDX-License-Identifier: MIT
// Whether outputs are written through the cache or with streaming stores, which bypass it.
//
// A store through the cache first reads the memory that it overwrites, and displaces other data. For outputs
// that do not fit into the cache, streaming stores take 1 / 1.4 of the time (bench/results: copies of 64 Mi
// floats). For outputs that do fit they take 1.3 times as long in L3 and 3 times in L2, and the next reader
// of the output must wait for memory.
#pragma once

#include <relu/detail/cache.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace relu::process {

/// The threshold in bytes, or 0 before the first use. It is not in an inline namespace, so all parts of a
/// program share it. It is weak and not inline, because g++ makes inline variables unique in the process, and
/// a library that has such a variable cannot be unloaded.
[[gnu::weak, gnu::visibility("default")]] constinit std::atomic<std::size_t> streaming_threshold{0};

} // namespace relu::process

namespace relu::inline RELU_TYPES {

/// How a call writes its output. `automatic` uses streaming stores if inputs and outputs together have at
/// least streaming_threshold() bytes. With `cached` and `streaming` you decide, because you may know when the
/// output is read next.
///
/// These calls always write through the cache: calls in place, calls that compute the formula of a
/// compute-bound activation (see relu::compute_bound), calls without xsimd, and all calls on processors other
/// than x86. So do calls whose output is shorter than a cache line or not aligned to its elements, and, of a
/// matrix, rows of less than 1 KiB. The results do not depend on the stores. A call that streams ends with a
/// store fence, so ordinary synchronization publishes the output to other threads.
enum class stores { automatic, cached, streaming };

} // namespace relu::inline RELU_TYPES

namespace relu::inline RELU_ABI {

namespace detail {

/// The default threshold for a last-level cache of so many bytes. A core cannot keep more than 32 MiB of a
/// larger cache, which serves many cores: from there on streaming stores win, also if the output is read
/// next, on a Zen 4 with 32 MiB of L3 and on a Xeon that reports 260 MiB (bench/README.md).
constexpr std::size_t threshold_for(std::size_t cache) noexcept {
  return std::min(cache, std::size_t{32} << 20);
}

[[gnu::cold, gnu::noinline]] inline std::size_t find_streaming_threshold() noexcept {
  std::size_t bytes = 0; // A value that the program has set in the meantime stays.
  const std::size_t cache = threshold_for(last_level_cache());
  return process::streaming_threshold.compare_exchange_strong(bytes, cache) ? cache : bytes;
}

} // namespace detail

/// Returns the threshold of stores::automatic: a call uses streaming stores if its inputs and outputs have at
/// least this many bytes. By default it is the size of the last-level cache of a core, as the processor or
/// Linux reports it, and at most 32 MiB, also if neither reports it.
inline std::size_t streaming_threshold() noexcept {
  const std::size_t bytes = process::streaming_threshold.load(std::memory_order_relaxed);
  return bytes != 0 ? bytes : detail::find_streaming_threshold();
}

/// Sets streaming_threshold() for the program and the shared libraries that it is linked with, from the next
/// call on. With 0 every call streams if it can, and with SIZE_MAX none does. A library that is loaded at run
/// time shares it if the program exports that symbol: with -rdynamic, or if the program is linked with a
/// shared library that uses relu. Otherwise it has a threshold of its own.
inline void set_streaming_threshold(std::size_t bytes) noexcept {
  // 0 means "before the first use", and no call has 1 byte.
  process::streaming_threshold.store(bytes == 0 ? 1 : bytes, std::memory_order_relaxed);
}

namespace detail {

/// Whether a call with this number of bytes of inputs and outputs uses streaming stores.
inline bool streams(stores how, std::size_t bytes, bool in_place) noexcept {
  const bool large =
      bytes >= relu::streaming_threshold(); // always evaluated: later small calls then take the fast path
  return !in_place && (how == stores::streaming || (how == stores::automatic && large));
}

} // namespace detail
} // namespace relu::inline RELU_ABI
