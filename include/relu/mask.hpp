// SPDX-License-Identifier: MIT
// mask_of: the mask that forward writes, without the outputs.
#pragma once

#include <relu/detail/verb.hpp>

namespace relu::inline RELU_ABI {

namespace detail {

struct mask_of_verb {
  static constexpr const char* name = "mask_of";

  template <class On, class A, class X, mask_argument M>
  static std::size_t call(const On& on, const A& act, X&& x, M&& mask) {
    if constexpr (!read_argument<X>) {
      static_assert(fails<reason<X>, X>,
                    "relu::mask_of: x must be a contiguous range of elements or a matrix");
    } else if constexpr (!maskable_activation_of<A, X>) {
      static_assert(fails<A, X>, "relu::mask_of: act must be an activation whose slope takes two values, see "
                                 "relu::maskable_activation");
    } else if constexpr (!output_mask_argument<M>) {
      static_assert(fails<M>, "relu::mask_of: mask must be a mutable relu::bitmask or a relu::bitmask_span; "
                              "a temporary relu::bitmask would be lost");
    } else {
      const auto in = detail::read_operand(name, "x", x);
      const bitmask_span bits = mask;
      detail::check_mask(name, bits, "x", in);
      detail::check_parameters(name, act);
      return detail::call_any<mask_of_kernel, element_of<X>>(on, act, stores::cached, size_of(in),
                                                             bits.bytes().data(), kernel_argument(in));
    }
    return 0;
  }
};

} // namespace detail

/// Writes the mask that forward(act, x, y, mask) writes, without the outputs, and returns the number of set
/// bits:
///
///     mask_of(act, x, mask)
///     mask_of(x, mask)                    act = rectifier{}
///     mask_of(policy, act, x, mask) ...   on several threads, with relu/execution.hpp
///
/// act:  an activation whose slope takes two values (see relu::maskable_activation).
/// x:    a contiguous range of n >= 0 elements, or a matrix, see relu::matrix_view, also with a bias or a
///       residual. The rectifier's outputs have the same mask as its inputs.
/// mask: relu::bitmask or relu::bitmask_span of n bits. Bit i becomes act.active(x[i]).
///
/// Throws std::invalid_argument and writes nothing if the sizes differ, the mask overlaps x, or the
/// activation's parameters are invalid. Allocates no memory on one thread.
template <detail::first_argument<detail::mask_of_verb> First, class... Rest>
[[gnu::always_inline]] inline std::size_t mask_of(First&& first, Rest&&... rest) {
  return detail::call_verb<detail::mask_of_verb>(detail::this_thread{}, static_cast<First&&>(first),
                                                 static_cast<Rest&&>(rest)...);
}

} // namespace relu::inline RELU_ABI
