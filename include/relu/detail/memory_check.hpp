// SPDX-License-Identifier: MIT
// With AddressSanitizer, a check of the memory that a kernel will touch: the kernels of relu::dispatch are
// not instrumented for it.
#pragma once

#include <relu/detail/abi.hpp>

#include <cstddef>
#include <span>

#if defined(__SANITIZE_ADDRESS__)
#define RELU_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RELU_ADDRESS_SANITIZER 1
#endif
#endif

#ifdef RELU_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

namespace relu::inline RELU_ABI::detail {

/// Makes AddressSanitizer report the first of the n elements that is not valid memory.
template <class T> void check_memory([[maybe_unused]] const T* p, [[maybe_unused]] std::size_t n) noexcept {
#ifdef RELU_ADDRESS_SANITIZER
  if (const void* missing = __asan_region_is_poisoned(const_cast<T*>(p), n * sizeof(T)))
    static_cast<void>(*static_cast<const volatile char*>(missing)); // which is instrumented
#endif
}

template <class T> void check_memory(std::span<T> range) noexcept {
  detail::check_memory(range.data(), range.size());
}

} // namespace relu::inline RELU_ABI::detail
