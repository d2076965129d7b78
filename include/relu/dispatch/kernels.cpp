// SPDX-License-Identifier: MIT
// The kernels of one instruction set for one element type, RELU_KERNELS_OF. The build compiles this file once
// for each instruction set and element type, with the flags of that instruction set. Every function that it
// instantiates has Arch in its type, or is always inlined.
#include <relu/dispatch/table.hpp>

#include <type_traits>

namespace relu::RELU_KERNELS {
namespace {

// Activations without parameters are created here, because one kernel may serve several of them.
template <class Arch, class A> A parameters_at(const void* parameters) noexcept {
  if constexpr (std::is_empty_v<A>) return {};
  else return *static_cast<const A*>(parameters);
}

// The kernel contains its loop, so that a small call needs no jump to it. noinline keeps it out of other
// kernels.
template <class Arch, class K, bool Streaming, class A, class R, class... P>
[[gnu::flatten, gnu::noinline]] R kernel(const void* parameters, std::size_t n, P... p) noexcept {
  return K::template run<Arch, Streaming>(parameters_at<Arch, A>(parameters), n, p...);
}

// Kernels that read a mask use only masked_gradient of an activation. Activations without it share kernels.
template <class K, class A, class T>
using shared_parameters =
    std::conditional_t<(std::is_same_v<K, detail::backward_mask_kernel> ||
                        std::is_same_v<K, detail::accumulate_mask_kernel>)&&!has_masked_gradient<A, T>,
                       detail::identity, A>;

template <class Arch, class K, class T, std::size_t Column, class A, class R, class... P, class Row>
constexpr void fill_column(Row& row, R (*)(P...)) noexcept {
  if constexpr (K::template takes<A, T>) {
    using B = shared_parameters<K, A, T>;
    row.kernel[Column][0] = kernel<Arch, K, false, B, R, P...>;
    row.kernel[Column][1] = kernel<Arch, K, K::template streams<Arch, A, T>, B, R, P...>;
  }
}

template <class Arch, class K, class T, class Row, class... A, std::size_t... Column>
constexpr void fill_row(Row& row, type_list<A...>, std::index_sequence<Column...>) noexcept {
  using signature = typename K::template signature<T>;
  (fill_column<Arch, K, T, Column, A>(row, static_cast<signature*>(nullptr)), ...);
}

template <class Arch, class T, std::size_t Parameters, class... K, std::size_t... I>
constexpr auto filled_table(type_list<K...>, std::index_sequence<I...>) noexcept {
  detail::kernel_table<T> table{};
  (fill_row<Arch, K, T>(static_cast<row<I, Parameters, typename K::template signature<T>>&>(table),
                        detail::parameter_list<T>{}, std::make_index_sequence<Parameters>{}),
   ...);
  return table;
}

template <class Arch, class T>
constexpr detail::kernel_table<T> filled =
    filled_table<Arch, T, detail::list_size<detail::parameter_list<T>>>(
        detail::kernel_list{}, std::make_index_sequence<detail::list_size<detail::kernel_list>>{});

} // namespace

template <class T, class Arch> const void* table_on() noexcept { return &filled<Arch, T>; }

template const void* table_on<RELU_KERNELS_OF, native>() noexcept;

} // namespace relu::RELU_KERNELS
