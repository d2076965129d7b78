// SPDX-License-Identifier: MIT
// The kernels of one instruction set for the element types RELU_KERNELS_OF. The build compiles this file
// several times for each instruction set, with its flags. Every function that it instantiates has Arch in its
// type, or is always inlined.
#include <relu/dispatch/kernels.hpp>

namespace relu::RELU_KERNELS {

// The kernel contains its loop, so that a small call needs no jump to it. noinline keeps it out of other
// kernels.
template <class Arch, class T, unsigned K, unsigned A, bool Streaming, class R, class... P>
[[gnu::flatten, gnu::noinline]] R
kernel<Arch, T, K, A, Streaming, R(P...)>::run(const void* parameters, std::size_t n, P... p) noexcept {
  using loop = detail::type_at<K, detail::kernel_list>;
  using act = detail::type_at<A, detail::parameter_list<T>>;
  return detail::run_kernel<loop, Arch, Streaming, T>(*static_cast<const act*>(parameters), n, p...);
}

// Nothing calls it. It makes the compiler emit every kernel.
[[gnu::used]] static void name_all() {
  for_each_kernel(type_list<RELU_KERNELS_OF>{}, []<class T, unsigned K, unsigned A, class Signature>() {
    asm("" : : "r"(kernel<native, T, K, A, false, Signature>::run));
    asm("" : : "r"(kernel<native, T, K, A, detail::kernel_streams<T, K, A>, Signature>::run));
  });
}

} // namespace relu::RELU_KERNELS
