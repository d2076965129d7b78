// SPDX-License-Identifier: MIT
// The kernels of the instruction set that this file is compiled for: once per instruction set of
// relu::dispatch. Every function that is instantiated here has the architecture in its type.
#include <relu/detail/dispatch.hpp>
#include <relu/detail/ops.hpp>
#include <relu/detail/sweep.hpp>

#include <type_traits>

namespace relu::kernels {
namespace {

using relu::detail::backward_from_output_op;
using relu::detail::backward_op;
using relu::detail::compress_op;
using relu::detail::forward_op;
using relu::detail::is_nonzero_op;
using relu::detail::masked;
using relu::detail::masked_accumulate_op;
using relu::detail::masked_backward_op;
using relu::detail::prelu_backward_op;
using relu::detail::prelu_forward_op;
using relu::detail::prelu_weight_op;

// The activation that the table's caller hands on. One without parameters is made here: it may stand for
// others, whose kernels are the same.
template <class Arch, class A> A activation_at(const void* act) noexcept {
  if constexpr (std::is_empty_v<A>) return {};
  else return *static_cast<const A*>(act);
}

// flatten: the kernel is its loop, without a jump to it, which small calls would feel; only what is much code
// is called. noinline: not a part of another kernel. It decides as map does, which would have both loops in
// each.
template <class Arch, class Op, bool Streaming, class A, class T, class... In>
[[gnu::flatten, gnu::noinline]] void kernel(const void* act, std::size_t n, T* out,
                                            const In*... in) noexcept {
  const Op op{activation_at<Arch, A>(act)};
  if constexpr (!Streaming) relu::detail::map_cached<Arch>(op, n, out, in...);
  else if (relu::detail::streamable(out, n)) relu::detail::map_streaming<Arch>(op, n, out, in...);
  else kernel<Arch, Op, false, A>(act, n, out, in...);
}

template <class Arch, bool Streaming, class A, class T>
[[gnu::flatten]] std::size_t forward_mask(const void* act, std::size_t n, T* y, std::byte* mask,
                                          const T* x) noexcept {
  return relu::detail::map_to_mask<Arch, true, Streaming>(activation_at<Arch, A>(act), n, y, mask, x);
}

template <class Arch, class A, class T>
[[gnu::flatten]] std::size_t mask_of(const void* act, std::size_t n, std::byte* mask, const T* x) noexcept {
  T* const none = nullptr;
  return relu::detail::map_to_mask<Arch, false, false>(activation_at<Arch, A>(act), n, none, mask, x);
}

template <class Arch, bool Streaming, class A, class T>
[[gnu::flatten]] void backward_mask(const void* act, std::size_t n, T* dx, const std::byte* mask,
                                    const T* dy) noexcept {
  const masked_backward_op<A> op{activation_at<Arch, A>(act)};
  relu::detail::map_from_mask<Arch, Streaming>(op, n, dx, mask, dy);
}

template <class Arch, class A, class T>
[[gnu::flatten]] void accumulate(const void* act, std::size_t n, T* dx, const std::byte* mask,
                                 const T* dy) noexcept {
  const masked_accumulate_op<A> op{activation_at<Arch, A>(act)};
  relu::detail::map_from_mask<Arch, false>(op, n, dx, mask, const_cast<const T*>(dx), dy);
}

template <class Arch, class A, class T>
std::size_t compressed_size(const void* act, std::size_t n, const T* x) noexcept {
  return relu::detail::count<Arch>(is_nonzero_op<A>{{activation_at<Arch, A>(act)}}, n, x);
}

template <class Arch, class A, class T>
[[gnu::flatten]] std::size_t compress(const void* act, std::size_t n, const T* x, T* values,
                                      std::uint32_t* indices, std::size_t capacity) noexcept {
  const compress_op<A> op{{activation_at<Arch, A>(act)}};
  return relu::detail::compress<Arch>(op, n, x, values, indices, capacity);
}

template <class Arch, class T> std::size_t count_zeros(std::size_t n, const T* x) noexcept {
  return relu::detail::count<Arch>(relu::detail::is_zero_op{}, n, x);
}

template <class Arch, class Op, class T, class... In>
void by_channel(const T* weight, std::size_t channels, std::size_t plane, bool streaming, std::size_t n,
                T* out, const In*... in) noexcept {
  relu::detail::map_by_channel<Arch>(Op{}, streaming, weight, channels, plane, n, out, in...);
}

template <class Arch, class T>
void weight_gradient(std::size_t channels, std::size_t plane, std::size_t n, T* dweight, const T* dy,
                     const T* x) noexcept {
  relu::detail::sum_by_channel<Arch>(prelu_weight_op{}, channels, plane, n, dweight, dy, x);
}

template <class Arch, class A, class T> constexpr activation_kernels<T> kernels_of() noexcept {
  activation_kernels<T> all{};
  constexpr bool past_caches [[maybe_unused]] = relu::detail::lanes<T, Arch>::streams && !costly<A>;
  if constexpr (activation<A, T>) {
    all.forward[0] = kernel<Arch, forward_op<A>, false, A, T, T>;
    all.forward[1] = kernel<Arch, forward_op<A>, past_caches, A, T, T>;
    all.backward[0] = kernel<Arch, backward_op<A>, false, A, T, T, T>;
    all.backward[1] = kernel<Arch, backward_op<A>, past_caches, A, T, T, T>;
    all.compressed_size = compressed_size<Arch, A, T>;
    all.compress = compress<Arch, A, T>;
  }
  if constexpr (output_activation<A, T>) {
    all.backward_from_output[0] = kernel<Arch, backward_from_output_op<A>, false, A, T, T, T>;
    all.backward_from_output[1] = kernel<Arch, backward_from_output_op<A>, past_caches, A, T, T, T>;
  }
  if constexpr (maskable_activation<A, T>) {
    all.forward_mask[0] = forward_mask<Arch, false, A, T>;
    all.forward_mask[1] = forward_mask<Arch, past_caches, A, T>;
    all.mask_of = mask_of<Arch, A, T>;
    all.backward_mask[0] = backward_mask<Arch, false, masked<A, T>, T>;
    all.backward_mask[1] = backward_mask<Arch, past_caches, masked<A, T>, T>;
    all.accumulate = accumulate<Arch, masked<A, T>, T>;
  }
  return all;
}

template <class Arch, class T> constexpr prelu_kernels<T> prelu_kernels_of() noexcept {
  if constexpr (floating_element<T>)
    return {by_channel<Arch, prelu_forward_op, T, T>, by_channel<Arch, prelu_backward_op, T, T, T>,
            weight_gradient<Arch, T>};
  else return {};
}

template <class Arch, class T, class... A>
constexpr element_kernels<T, sizeof...(A)> kernels_of(type_list<A...>) noexcept {
  return {{kernels_of<Arch, A, T>()...}, count_zeros<Arch, T>, prelu_kernels_of<Arch, T>()};
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
