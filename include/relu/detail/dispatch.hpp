// SPDX-License-Identifier: MIT
// The kernels of one instruction set as a table of raw-pointer functions, and the table in use.
#pragma once

#include <relu/activations.hpp>

#include <atomic>
#include <cstddef>

// The boundary between a program and relu::dispatch. Not in an inline namespace: all parts of a program meet
// here, whatever each is compiled for, so only pointers, counts and plain structs may.
namespace relu::kernels {

template <class T> struct activation_kernels {
  // [0]: through the caches, [1]: past them
  void (*forward[2])(const void* act, std::size_t n, T* y, const T* x) noexcept;
  void (*backward[2])(const void* act, std::size_t n, T* dx, const T* dy, const T* x) noexcept;
  std::size_t (*compressed_size)(const void* act, std::size_t n, const T* x) noexcept;
  std::size_t (*compress)(const void* act, std::size_t n, const T* x, T* values, std::uint32_t* indices,
                          std::size_t capacity) noexcept;

  // null where an output does not decide
  void (*backward_from_output[2])(const void* act, std::size_t n, T* dx, const T* dy, const T* y) noexcept;

  // null where a bit does not decide
  std::size_t (*forward_mask[2])(const void* act, std::size_t n, T* y, std::byte* mask, const T* x) noexcept;
  std::size_t (*mask_of)(const void* act, std::size_t n, std::byte* mask, const T* x) noexcept;
  void (*backward_mask[2])(const void* act, std::size_t n, T* dx, const std::byte* mask,
                           const T* dy) noexcept;
  void (*accumulate)(const void* act, std::size_t n, T* dx, const std::byte* mask, const T* dy) noexcept;
};

/// With a weight for each channel: weight[i / plane % channels] is that of element i.
template <class T> struct prelu_kernels {
  void (*forward)(const T* weight, std::size_t channels, std::size_t plane, bool streaming, std::size_t n,
                  T* y, const T* x) noexcept;
  void (*backward)(const T* weight, std::size_t channels, std::size_t plane, bool streaming, std::size_t n,
                   T* dx, const T* dy, const T* x) noexcept;
  void (*weight_gradient)(std::size_t channels, std::size_t plane, std::size_t n, T* dweight, const T* dy,
                          const T* x) noexcept;
};

template <class T, std::size_t Activations> struct element_kernels {
  activation_kernels<T> activation[Activations]; // null where the activation does not take T
  std::size_t (*count_zeros)(std::size_t n, const T* x) noexcept;
  prelu_kernels<T> prelu; // null for integers
};

template <std::size_t Activations, class... T> struct table_of : element_kernels<T, Activations>... {
  const char* isa;
};

template <class Activations> struct table_for_activations;
template <template <class...> class List, class... A> struct table_for_activations<List<A...>> {
  using type = table_of<sizeof...(A), float, double, std::int8_t, std::int16_t, std::int32_t, std::int64_t>;
};
using table = table_for_activations<activations>::type;

/// The table of one instruction set. Each is compiled in an object of its own, with that set's flags.
template <class Arch> const table& table_on() noexcept;

/// The table in use; null until the first call.
[[gnu::visibility("default")]] extern std::atomic<const table*> chosen;

/// Chooses the table: the best instruction set that this processor and its operating system support, capped
/// by the environment variable RELU_ISA. Throws std::invalid_argument if that is not one of the names.
[[gnu::visibility("default")]] const table& choose();

} // namespace relu::kernels

namespace relu::inline RELU_ABI::detail {

template <class A, class List> struct index_in;
template <class A, class... B> struct index_in<A, type_list<B...>> {
  static constexpr bool found = (std::is_same_v<A, B> || ...);
  static constexpr std::size_t value = [] {
    std::size_t i = 0;
    (void)((std::is_same_v<A, B> || (++i, false)) || ...);
    return i;
  }();
};

/// Whether relu::dispatch has A's kernels: a user's own activation runs on the program's instruction set.
template <class A> constexpr bool precompiled = dispatched && index_in<A, activations>::found;

inline const kernels::table& dispatch_table() {
  const kernels::table* table = kernels::chosen.load(std::memory_order_relaxed); // the tables are constant
  return table ? *table : kernels::choose();
}

template <class T, std::size_t N>
const kernels::element_kernels<T, N>& kernels_of(const kernels::element_kernels<T, N>& table) {
  return table;
}

template <class A, class T>
const kernels::activation_kernels<T>& activation_kernels_of(const kernels::table& table) {
  return kernels_of<T>(table).activation[index_in<A, activations>::value];
}

} // namespace relu::inline RELU_ABI::detail
