// SPDX-License-Identifier: MIT
// The kernels of the instruction set that this file is compiled for: once per instruction set of
// relu::dispatch. Every function that is instantiated here has the architecture in its type.
#include <relu/detail/dispatch.hpp>
#include <relu/detail/ops.hpp>
#include <relu/detail/sweep.hpp>

namespace relu::kernels {
namespace {

using relu::detail::backward_op;
using relu::detail::forward_op;

// flatten: the kernel is its loop, without a jump to it, which small calls would feel
template <class Arch, class Op, bool Streaming, class A, class T, class... In>
[[gnu::flatten]] void kernel(const void* act, std::size_t n, T* out, const In*... in) noexcept {
  relu::detail::map<Arch>(Op{*static_cast<const A*>(act)}, Streaming, n, out, in...);
}

template <class Arch, class T> std::size_t count_zeros(std::size_t n, const T* x) noexcept {
  return relu::detail::count<Arch>(relu::detail::is_zero_op{}, n, x);
}

template <class Arch, class A, class T> constexpr activation_kernels<T> kernels_of() noexcept {
  if constexpr (activation<A, T>)
    return {
        {kernel<Arch, forward_op<A>, false, A, T, T>, kernel<Arch, forward_op<A>, true, A, T, T>},
        {kernel<Arch, backward_op<A>, false, A, T, T, T>, kernel<Arch, backward_op<A>, true, A, T, T, T>}};
  else return {};
}

template <class Arch, class T, class... A>
constexpr element_kernels<T, sizeof...(A)> kernels_of(type_list<A...>) noexcept {
  return {{kernels_of<Arch, A, T>()...}, count_zeros<Arch, T>};
}

template <class Arch, std::size_t N, class... T>
constexpr table_of<N, T...> fill(const table_of<N, T...>*) noexcept {
  return {kernels_of<Arch, T>(activations{})..., isa_name<Arch>().data()};
}

template <class Arch> constexpr table filled = fill<Arch>(static_cast<const table*>(nullptr));

} // namespace

template <class Arch> const table& table_on() noexcept { return filled<Arch>; }
template const table& table_on<native>() noexcept;

} // namespace relu::kernels
