// SPDX-License-Identifier: MIT
// Checks of the caller's arguments, before anything is written, and their error messages.
#pragma once

#include <relu/detail/memory_check.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace relu::inline RELU_ABI::detail {

/// A range with the name that error messages use.
template <class T> struct operand {
  const char* name;
  T* data;
  std::size_t size;
};

// --- Errors ---

template <class Error = std::invalid_argument>
[[noreturn, gnu::cold, gnu::noinline]] inline void fail(const char* message) {
#ifdef __cpp_exceptions
  throw Error(message);
#else
  std::fprintf(stderr, "%s\n", message);
  std::abort();
#endif
}

[[noreturn, gnu::cold, gnu::noinline]] inline void
fail_sizes(const char* call, const char* a, std::size_t size_a, const char* b, std::size_t size_b) {
  char message[256];
  std::snprintf(message, sizeof message, "relu::%s: %s has %zu elements, %s has %zu", call, a, size_a, b,
                size_b);
  fail(message);
}

[[noreturn, gnu::cold, gnu::noinline]] inline void
fail_overlap(const char* call, const char* a, std::intptr_t bytes_after, const char* b, std::size_t size) {
  char message[256];
  std::snprintf(
      message, sizeof message,
      "relu::%s: %s and %s, %zu elements each, overlap without being the same: %s is %td bytes after %s",
      call, a, b, size, a, bytes_after, b);
  fail(message);
}

[[noreturn, gnu::cold, gnu::noinline]] inline void fail_disjoint(const char* call, const char* a,
                                                                 const char* b) {
  char message[256];
  std::snprintf(message, sizeof message, "relu::%s: %s and %s overlap", call, a, b);
  fail(message);
}

[[noreturn, gnu::cold, gnu::noinline]] inline void
fail_capacity(const char* call, const char* what, unsigned long long size, unsigned long long needed) {
  char message[256];
  std::snprintf(message, sizeof message, "relu::%s: %llu %s, but %llu are needed", call, size, what, needed);
  fail(message);
}

[[noreturn, gnu::cold, gnu::noinline]] inline void
fail_position(const char* call, const char* what, std::size_t at, long long value, std::size_t size) {
  char message[256];
  std::snprintf(message, sizeof message, "relu::%s: %s[%zu] is %lld, which is out of range (size %zu)", call,
                what, at, value, size);
  fail(message);
}
[[noreturn, gnu::cold, gnu::noinline]] inline void fail_position(const char* call, const char* what,
                                                                 std::size_t at, unsigned long long value,
                                                                 std::size_t size) {
  char message[256];
  std::snprintf(message, sizeof message, "relu::%s: %s[%zu] is %llu, which is out of range (size %zu)", call,
                what, at, value, size);
  fail(message);
}

[[noreturn, gnu::cold, gnu::noinline]] inline void fail_stride(const char* call, const char* name,
                                                               std::size_t size, std::ptrdiff_t stride) {
  char message[256];
  std::snprintf(message, sizeof message,
                "relu::%s: %s is not contiguous: its columns or rows have %zu elements, and begin %td apart",
                call, name, size, stride);
  fail(message);
}

[[noreturn, gnu::cold, gnu::noinline]] inline void fail_index(const char* what, std::size_t index,
                                                              std::size_t size) {
  char message[256];
  std::snprintf(message, sizeof message, "relu::%s: index %zu is out of range (size %zu)", what, index, size);
  fail<std::out_of_range>(message);
}

[[noreturn, gnu::cold, gnu::noinline]] inline void fail_parameters(const char* call, const char* reason) {
  char message[256];
  std::snprintf(message, sizeof message, "relu::%s: %s", call, reason);
  fail(message);
}

// --- Ranges ---

/// Each input is as long as the output, and is the same range or does not overlap it. Inlined, because
/// writing the operands to memory would take longer than a small call.
template <class T, class... In>
[[gnu::always_inline]] inline void check_elementwise(const char* call, operand<T> out, operand<In>... in) {
  const auto check = [&](auto x) {
    if (x.size != out.size) fail_sizes(call, x.name, x.size, out.name, out.size);
    const auto from = reinterpret_cast<std::uintptr_t>(x.data),
               to = reinterpret_cast<std::uintptr_t>(out.data);
    const std::size_t bytes = out.size * sizeof(T);
    const std::size_t distance = from > to ? from - to : to - from;
    if (distance != 0 && distance < bytes) {
      const auto bytes_after = static_cast<std::intptr_t>(distance);
      fail_overlap(call, x.name, from > to ? bytes_after : -bytes_after, out.name, out.size);
    }
  };
  (check(in), ...);
  detail::check_memory(out.data, out.size);
  (detail::check_memory(in.data, in.size), ...);
}

/// The operands share no byte.
template <class A, class B> void check_disjoint(const char* call, operand<A> a, operand<B> b) {
  const auto a_begin = reinterpret_cast<std::uintptr_t>(a.data),
             b_begin = reinterpret_cast<std::uintptr_t>(b.data);
  const std::size_t a_bytes = a.size * sizeof(A), b_bytes = b.size * sizeof(B);
  if (a_bytes != 0 && b_bytes != 0 && a_begin < b_begin + b_bytes && b_begin < a_begin + a_bytes)
    fail_disjoint(call, a.name, b.name);
}

/// The number of rows of `columns` elements in n elements, which must be whole rows.
inline std::size_t rows_of(const char* call, const char* name, std::size_t n, std::size_t columns) {
  if (columns == 0 ? n != 0 : n % columns != 0) fail_sizes(call, "a row", columns, name, n);
  return columns == 0 ? 0 : n / columns;
}

/// n elements are whole samples of `channels` planes of `plane` elements.
inline void check_samples(const char* call, const char* name, std::size_t n, std::size_t channels,
                          std::size_t plane) {
  if (n == 0 || (channels != 0 && plane != 0 && n % plane == 0 && n / plane % channels == 0)) return;
  char message[256];
  std::snprintf(message, sizeof message,
                "relu::%s: %s has %zu elements, which is not a multiple of %zu channels of %zu elements",
                call, name, n, channels, plane);
  fail(message);
}

// --- Parameters ---

/// The parameters of the activation are valid.
template <class A> void check_parameters(const char* call, const A& act) {
  if constexpr (requires { act.invalid_reason(); }) {
    if (const char* reason = act.invalid_reason()) fail_parameters(call, reason);
  }
}

/// With these parameters the output determines the slope.
template <class A> void check_output_determines_slope(const char* call, const A& act) {
  if constexpr (requires { act.invalid_reason_for_output(); }) {
    if (const char* reason = act.invalid_reason_for_output()) fail_parameters(call, reason);
  }
}

/// With these parameters a mask determines the slope.
template <class A> void check_mask_determines_slope(const char* call, const A& act) {
  if constexpr (requires { act.invalid_reason_for_mask(); }) {
    if (const char* reason = act.invalid_reason_for_mask()) fail_parameters(call, reason);
  }
}

} // namespace relu::inline RELU_ABI::detail
