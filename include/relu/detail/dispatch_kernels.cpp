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

template <class Arch, class A, class T>
void forward(const void* act, bool streaming, std::size_t n, T* y, const T* x) noexcept {
  relu::detail::map<Arch>(forward_op<A>{*static_cast<const A*>(act)}, streaming, n, y, x);
}

template <class Arch, class A, class T>
void backward(const void* act, bool streaming, std::size_t n, T* dx, const T* dy, const T* x) noexcept {
  relu::detail::map<Arch>(backward_op<A>{*static_cast<const A*>(act)}, streaming, n, dx, dy, x);
}

template <class Arch, class T> std::size_t count_zeros(std::size_t n, const T* x) noexcept {
  return relu::detail::count<Arch>(relu::detail::is_zero_op{}, n, x);
}

template <class Arch, class A, class T> constexpr activation_kernels<T> kernels_of() noexcept {
  if constexpr (activation<A, T>) return {forward<Arch, A, T>, backward<Arch, A, T>};
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
