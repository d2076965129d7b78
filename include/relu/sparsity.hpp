// SPDX-License-Identifier: MIT
// count_zeros and sparsity: how many outputs are zero.
#pragma once

#include <relu/detail/verb.hpp>

namespace relu::inline RELU_ABI {

namespace detail {

struct count_zeros_verb {
  static constexpr bool has_activation = false;

  template <class On, class Y> static std::size_t call(const On& on, Y&& y) {
    if constexpr (!operand_range<Y>)
      static_assert(fails<reason<Y>, Y>,
                    "relu::count_zeros: y must be a contiguous range of elements or a matrix");
    else return count("count_zeros", on, detail::read_operand("count_zeros", "y", y));
    return 0;
  }

  template <class On, class Y> static std::size_t count(const char* name, const On& on, const Y& y) {
    check_input_alone(name, named("y", y));
    return detail::call_any<count_zeros_kernel, operand_element<Y>>(on, no_parameters{}, stores::cached,
                                                                    size_of(y), kernel_argument(y));
  }
};

struct sparsity_verb {
  static constexpr bool has_activation = false;

  template <class On, class Y> static double call(const On& on, Y&& y) {
    if constexpr (!operand_range<Y>)
      static_assert(fails<reason<Y>, Y>,
                    "relu::sparsity: y must be a contiguous range of elements or a matrix");
    else {
      const auto in = detail::read_operand("sparsity", "y", y);
      const std::size_t zeros = count_zeros_verb::count("sparsity", on, in), n = size_of(in);
      return n == 0 ? 0.0 : static_cast<double>(zeros) / static_cast<double>(n);
    }
    return 0;
  }
};

} // namespace detail

/// Returns how many elements equal zero. +0 and -0 do; NaN and subnormals do not.
///
///     count_zeros(y)
///     count_zeros(policy, y)   on several threads, with relu/execution.hpp
///
/// y: a contiguous range of n >= 0 elements, or a matrix, see relu::matrix_view. Allocates no memory on one
/// thread.
template <detail::first_argument<detail::count_zeros_verb> First, class... Rest>
[[gnu::always_inline]] inline std::size_t count_zeros(First&& first, Rest&&... rest) {
  return detail::call_verb<detail::count_zeros_verb>(detail::this_thread{}, static_cast<First&&>(first),
                                                     static_cast<Rest&&>(rest)...);
}

/// Returns the fraction of the elements that equals zero, in [0, 1], and 0 for an empty range. +0 and -0
/// equal zero; NaN and subnormals do not.
///
///     sparsity(y)
///     sparsity(policy, y)   on several threads, with relu/execution.hpp
///
/// y: a contiguous range of n >= 0 elements, or a matrix, see relu::matrix_view. Allocates no memory on one
/// thread.
template <detail::first_argument<detail::sparsity_verb> First, class... Rest>
[[gnu::always_inline]] inline double sparsity(First&& first, Rest&&... rest) {
  return detail::call_verb<detail::sparsity_verb>(detail::this_thread{}, static_cast<First&&>(first),
                                                  static_cast<Rest&&>(rest)...);
}

} // namespace relu::inline RELU_ABI
