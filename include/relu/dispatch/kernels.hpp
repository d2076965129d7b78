// SPDX-License-Identifier: MIT
// The kernels of relu::dispatch.
#pragma once

#include <relu/arch.hpp>
#include <relu/detail/kernels.hpp>

#include <cstddef>
#include <utility>

#if !RELU_WITH_XSIMD
#error relu::dispatch needs xsimd: do not define RELU_WITH_XSIMD=0 for a target that links relu::dispatch
#endif

namespace relu::inline RELU_ABI::detail {

/// Whether kernel number K streams for parameters number A. Of `native`, because a file knows only the
/// vectors of its own instruction set; the instruction sets of one processor architecture agree.
template <class T, unsigned K, unsigned A>
inline constexpr bool kernel_streams =
    type_at<K, kernel_list>::template streams<native, type_at<A, parameter_list<T>>, T>;

} // namespace relu::inline RELU_ABI::detail

// relu::kernels is not in the inline namespace of a target, because parts of a program that are compiled for
// different instruction sets share it. Only pointers, counts and plain structs cross this boundary. No name
// on it contains a type of relu from outside relu::kernels and relu::types.
namespace relu::RELU_KERNELS {

/// Kernel number K of kernel_list for parameters number A of parameter_list<T>, on the instruction set Arch.
/// There is also one with Streaming stores if it streams.
template <class Arch, class T, unsigned K, unsigned A, bool Streaming, class Signature> struct kernel;
template <class Arch, class T, unsigned K, unsigned A, bool Streaming, class R, class... P>
struct kernel<Arch, T, K, A, Streaming, R(P...)> {
  static R run(const void* parameters, std::size_t n, P... p) noexcept;
};

template <class Signature> struct entry_point_of;
template <class R, class... P> struct entry_point_of<R(P...)> {
  using type = R (*)(const void* parameters, std::size_t n, P...) noexcept;
};
/// A pointer to a kernel.
template <class Signature> using entry_point = typename entry_point_of<Signature>::type;

/// The positions in dispatch_archs.
using isas = std::make_integer_sequence<unsigned, detail::list_size<dispatch_archs>>;

/// Calls f.template operator()<T, K, A, Signature>() for every kernel on these elements.
template <class F, class... T> void for_each_kernel(type_list<T...>, F f) {
  const auto with = [&]<class U, class K, class A>(type_list<U, K, A>) {
    constexpr unsigned k = detail::index_in<K, detail::kernel_list>::value,
                       a = detail::index_in<A, detail::parameter_list<U>>::value;
    if constexpr (K::template takes<A, U>)
      f.template operator()<U, k, a, typename K::template signature<U>>();
  };
  const auto with_each = [&]<class U, class K, class... A>(type_list<U, K>, type_list<A...>) {
    (with(type_list<U, K, A>{}), ...);
  };
  const auto with_all = [&]<class U, class... K>(type_list<U>, type_list<K...>) {
    (with_each(type_list<U, K>{}, detail::parameter_list<U>{}), ...);
  };
  (with_all(type_list<T>{}, detail::kernel_list{}), ...);
}

} // namespace relu::RELU_KERNELS
