// SPDX-License-Identifier: MIT
// The boundary between a program and relu::dispatch: tables of kernels, and the tables in use.
#pragma once

#include <relu/detail/kernels.hpp>

#include <atomic>
#include <cstddef>
#include <type_traits>
#include <utility>

// relu::kernels is not in the inline namespace of a target, because parts of a program that are compiled for
// different instruction sets share it. Only pointers, counts and plain structs cross this boundary, and the
// types below depend only on numbers and signatures.
namespace relu::RELU_KERNELS {

/// Kernel number I of the list, for each type of parameters: [0] writes through the cache, [1] with streaming
/// stores. Null if the kernel does not take the parameters.
template <std::size_t I, std::size_t Parameters, class Signature> struct row;
template <std::size_t I, std::size_t Parameters, class R, class... P> struct row<I, Parameters, R(P...)> {
  using pointer = R (*)(const void* parameters, std::size_t n, P...) noexcept;
  pointer kernel[Parameters][2];
};

/// The kernels of one instruction set for one element type.
template <class Indices, std::size_t Parameters, class... Signature> struct table;
template <std::size_t... I, std::size_t Parameters, class... Signature>
struct table<std::index_sequence<I...>, Parameters, Signature...> : row<I, Parameters, Signature>... {};

/// The table of an element type that is in use, or null before the first call.
template <class Table> struct chosen_table {
  std::atomic<const Table*> table{nullptr};
};

/// The tables of all element types, and the name of their instruction set.
template <class... Table> struct chosen_tables : chosen_table<Table>... {
  std::atomic<const char*> isa{nullptr};
};

} // namespace relu::RELU_KERNELS

namespace relu::inline RELU_ABI::detail {

template <class T, class Kernels> struct table_of;
template <class T, class... K> struct table_of<T, type_list<K...>> {
  using type = kernels::table<std::index_sequence_for<K...>, list_size<parameter_list<T>>,
                              typename K::template signature<T>...>;
};
/// The table of kernels for elements T.
template <class T> using kernel_table = typename table_of<T, kernel_list>::type;

template <class Elements> struct chosen_tables_of;
template <class... T> struct chosen_tables_of<type_list<T...>> {
  using type = kernels::chosen_tables<kernel_table<T>...>;
};

} // namespace relu::inline RELU_ABI::detail

namespace relu::RELU_KERNELS {

/// The kernel_table<T> of one instruction set. Each is compiled in an object of its own, with the flags of
/// that instruction set. It returns const void*, because the mangled name of a typed result would depend on
/// the flags.
template <class T, class Arch> const void* table_on() noexcept;

using all_chosen = detail::chosen_tables_of<detail::elements>::type;
[[gnu::visibility("default")]] extern all_chosen chosen;

/// Chooses the best instruction set that this processor and its operating system support. The environment
/// variable RELU_ISA caps it. Throws std::invalid_argument if that is not a name of an instruction set.
[[gnu::visibility("default")]] void choose();

} // namespace relu::RELU_KERNELS

namespace relu::inline RELU_ABI::detail {

template <class T> std::atomic<const kernel_table<T>*>& chosen_table() noexcept {
  return static_cast<kernels::chosen_table<kernel_table<T>>&>(kernels::chosen).table;
}

/// The two variants of kernel K for parameters A, from a table for elements T.
template <class K, class A, class T> const auto& kernels_in(const kernel_table<T>& table) noexcept {
  constexpr std::size_t i = index_in<K, kernel_list>::value;
  using row = kernels::row<i, list_size<parameter_list<T>>, typename K::template signature<T>>;
  return static_cast<const row&>(table).kernel[index_in<A, parameter_list<T>>::value];
}

} // namespace relu::inline RELU_ABI::detail
