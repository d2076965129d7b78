// SPDX-License-Identifier: MIT
// The entry points of all kernels. boundary.hpp declares `entry`; it is not included, because g++ does not
// define a variable template that was declared before. The build defines RELU_VISIBILITY, because for
// variable templates g++ ignores -fvisibility.
#include <relu/dispatch/kernels.hpp>

namespace relu::RELU_KERNELS {

template <class T, unsigned K, unsigned A, bool Streaming, class Signature, unsigned... Isa>
[[gnu::visibility(RELU_VISIBILITY)]] inline constinit const entry_point<Signature> entry[sizeof...(Isa)] = {
    kernel<detail::type_at<Isa, dispatch_archs>, T, K, A, Streaming, Signature>::run...};

// Nothing calls it. It makes the compiler emit all entry points.
[[gnu::used]] static void name_all() {
  for_each_kernel(detail::elements{}, []<class T, unsigned K, unsigned A, bool Streaming, class Signature>() {
    []<unsigned... Isa>(std::integer_sequence<unsigned, Isa...>) {
      asm("" : : "r"(entry<T, K, A, Streaming, Signature, Isa...>));
    }(isas{});
  });
}

} // namespace relu::RELU_KERNELS
