// SPDX-License-Identifier: MIT
// What a program names of relu::dispatch: the entry points of kernels, and the choice of the instruction set.
#pragma once

#include <relu/dispatch/kernels.hpp>

#include <atomic>
#include <cstddef>
#include <utility>

namespace relu::RELU_KERNELS {

/// The entry points of a kernel for each of `isas`: [0] writes through the cache, [1] with streaming stores
/// if the kernel has such a variant. The linker leaves out what a program does not name. They have no
/// visibility attribute: a static library hides them, and a shared one exports them.
template <class T, unsigned K, unsigned A, class Signature, unsigned... Isa>
extern const entry_point<Signature> entry[2][sizeof...(Isa)];

/// The instruction set in use: its position in dispatch_archs plus 1, or 0 before the first call.
extern std::atomic<std::size_t> chosen;

/// Its name, or null before the first call.
extern std::atomic<const char*> chosen_name;

/// Chooses the best instruction set that this processor and its operating system support. The environment
/// variable RELU_ISA caps it. Throws std::invalid_argument if that is not a name of an instruction set.
void choose();

} // namespace relu::RELU_KERNELS

namespace relu::inline RELU_ABI::detail {

// clang warns that the program has no definition of an entry.
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#endif

template <class K, class A, class T, unsigned... Isa>
constexpr auto& entry_of(std::integer_sequence<unsigned, Isa...>) noexcept {
  return kernels::entry<T, index_in<K, kernel_list>::value, index_in<A, parameter_list<T>>::value,
                        typename K::template signature<T>, Isa...>;
}

#ifdef __clang__
#pragma clang diagnostic pop
#endif

/// The entry points of kernel K for parameters A and elements T, in the order of dispatch_archs.
template <class K, class A, class T> inline constexpr auto& entries = entry_of<K, A, T>(kernels::isas{});

} // namespace relu::inline RELU_ABI::detail
