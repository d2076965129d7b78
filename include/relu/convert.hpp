// SPDX-License-Identifier: MIT
// convert: between float and the 16-bit floating-point types.
#pragma once

#include <relu/detail/float16_vec.hpp>
#include <relu/detail/verb.hpp>

#include <span>
#include <type_traits>

namespace relu::inline RELU_ABI {

namespace detail {

struct convert_verb {
  static constexpr const char* name = "convert";
  static constexpr bool has_activation = false;

  template <class On, class X, class Y>
  [[gnu::always_inline]] static void call(const On& on, X&& x, Y&& y, stores how = stores::automatic) {
    if constexpr (!contiguous<X> && !matrix_argument<X>)
      static_assert(fails<it_is_not_contiguous, X>,
                    "relu::convert: x must be a contiguous range of elements or a matrix");
    else if constexpr (!writable_argument<Y> && !written_argument<Y>)
      static_assert(fails<typename decltype(find_reason<Y, true>())::type, Y>,
                    "relu::convert: y must be a mutable contiguous range of elements or a matrix");
    else if constexpr (!converts<element_of<X>, element_of<Y>>)
      static_assert(fails<X, Y>, "relu::convert: one of x and y must have elements float, and the other "
                                 "relu::float16 or relu::bfloat16, or a type with the same layout");
    else if constexpr (!same_order<X, Y>)
      static_assert(fails<X, Y>, "relu::convert: matrices must have the same storage order");
    else run(on, how, detail::written_operand(name, "y", y), detail::read_operand(name, "x", x));
  }

private:
  template <class From, class To>
  static constexpr bool converts = (std::is_same_v<From, float> && float16_element<To>) ||
                                   (float16_element<From> && std::is_same_v<To, float>);

  template <class On, class X, class Y> static void run(const On& on, stores how, const Y& y, const X& x) {
    using From = operand_element<X>;
    using To = operand_element<Y>;
    if constexpr (!is_matrix<X> && !is_matrix<Y>) {
      if (x.size() != y.size()) fail_sizes(name, "x", x.size(), "y", y.size());
      check_disjoint(name, named("y", y), named("x", x));
      detail::check_memory(x);
      detail::check_memory(y);
    } else check_elementwise(name, named("y", y), named("x", x));
    if constexpr (float16_element<To>)
      detail::call_any<from_float_kernel, To>(on, no_parameters{}, how, size_of(y), kernel_argument(y),
                                              kernel_argument(x));
    else
      detail::call_any<to_float_kernel, From>(on, no_parameters{}, how, size_of(y), kernel_argument(y),
                                              kernel_argument(x));
  }
};

} // namespace detail

/// y[i] = x[i], rounded to the nearest number of the type of y, to even in a tie:
///
///     convert(x, y)        convert(x, y, how)
///     convert(policy, x, y) ...                  on several threads, with relu/execution.hpp
///
/// x, y: contiguous ranges of n >= 0 elements, or matrices, see relu::matrix_view, that do not overlap.
///       One is of float, the other of relu::float16 or relu::bfloat16, or of a type with their layout, see
///       relu::same_layout_as.
/// how:  how y is written, see relu::stores.
///
/// To float the result is exact. Back it has a largest error of 0.5 ULP, also of subnormal numbers:
///
///     x                                   float16(x)                bfloat16(x)
///     +inf, -inf, +0, -0                  the same                  the same
///     |x| >= 65520                        infinity, sign of x
///     |x| >= (2 - 2^-8) 2^127             infinity, sign of x       infinity, sign of x
///     |x| <= 2^-25                        0, sign of x
///     |x| <= 2^-134                       0, sign of x              0, sign of x
///     NaN                                 quiet NaN, sign and upper bits of the payload of x
///
/// The bits are the same on every instruction set, in every rounding mode, and if the processor flushes
/// subnormals to 0. Throws std::invalid_argument and writes nothing if lengths differ, the ranges overlap, or
/// a matrix has gaps. Allocates no memory on one thread.
template <detail::first_argument<detail::convert_verb> First, class... Rest>
[[gnu::always_inline]] inline void convert(First&& first, Rest&&... rest) {
  detail::call_verb<detail::convert_verb>(detail::this_thread{}, static_cast<First&&>(first),
                                          static_cast<Rest&&>(rest)...);
}

} // namespace relu::inline RELU_ABI
