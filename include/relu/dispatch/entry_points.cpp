// SPDX-License-Identifier: MIT
// The entry points of all kernels. Do not include boundary.hpp, which declares `entry`: g++ does not define a
// variable template that was declared before. RELU_VISIBILITY comes from the build, because g++ ignores
// -fvisibility for variable templates.
#include <relu/dispatch/kernels.hpp>

namespace relu::RELU_KERNELS {

/// The instruction set whose kernels instruction set number Isa uses for elements T.
template <unsigned Isa, class T>
using kernels_of =
    detail::type_at<Isa + (detail::float16_element<T> &&
                           detail::isa<detail::type_at<Isa, dispatch_archs>>::shares_float16_kernels),
                    dispatch_archs>;

template <class T, unsigned K, unsigned A, class Signature, unsigned... Isa>
[[gnu::visibility(RELU_VISIBILITY)]] inline constinit const entry_point<Signature> entry[2][sizeof...(Isa)] =
    {{kernel<kernels_of<Isa, T>, T, K, A, false, Signature>::run...},
     {kernel<kernels_of<Isa, T>, T, K, A, detail::kernel_streams<T, K, A>, Signature>::run...}};

// Nothing calls it. It makes the compiler emit all entry points.
[[gnu::used]] static void name_all() {
  for_each_kernel(detail::stored_elements{}, []<class T, unsigned K, unsigned A, class Signature>() {
    []<unsigned... Isa>(std::integer_sequence<unsigned, Isa...>) {
      asm("" : : "r"(entry<T, K, A, Signature, Isa...>));
    }(isas{});
  });
}

} // namespace relu::RELU_KERNELS
