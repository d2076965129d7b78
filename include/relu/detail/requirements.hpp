// SPDX-License-Identifier: MIT
// The requirements of the public functions on the types of their arguments, and the compiler's messages.
#pragma once

#include <relu/bitmask.hpp>
#include <relu/concepts.hpp>
#include <relu/detail/matrices.hpp>
#include <relu/prelu.hpp>

#include <type_traits>

namespace relu::inline RELU_ABI::detail {

// A function tests a requirement only if those before it hold, so that the compiler reports the first one
// alone. The message is in the static_assert of the function, because it must be a literal.

/// static_assert(fails<Reason, R>, message) fails, and the error shows why and for which type.
template <class...> inline constexpr bool fails = false;

struct it_is_not_contiguous;
struct its_elements_are_of_another_type;
struct it_is_const;
struct it_is_a_temporary_container;

/// Why a call does not accept R. RightElements: whether its element type is right.
template <class R, bool RightElements> constexpr auto find_reason() {
  if constexpr (!contiguous<R> && !matrix_argument<R>) return std::type_identity<it_is_not_contiguous>{};
  else if constexpr (!RightElements) return std::type_identity<its_elements_are_of_another_type>{};
  else if constexpr (std::is_const_v<memory_t<R>>) return std::type_identity<it_is_const>{};
  else return std::type_identity<it_is_a_temporary_container>{};
}
template <class R> using reason = typename decltype(find_reason<R, operand_range<R>>())::type;

/// The ranges have the same element type, and matrices the same order.
template <class R, class... Rs> concept alike = same_element<R, Rs...> && same_order<R, Rs...>;

/// Memory for results that are not lost.
template <class R>
concept writable_argument = contiguous<R> && !std::is_const_v<memory_t<R>> && outlives_call<R>;

/// An output whose results are not lost.
template <class R> concept output_argument = input_range<R> && writable_argument<R>;

/// A mask to write that is neither const nor lost.
template <class M>
concept output_mask_argument =
    std::is_constructible_v<bitmask_span, std::remove_reference_t<M>&> &&
    (std::is_lvalue_reference_v<M> || std::is_same_v<std::remove_cv_t<M>, bitmask_span>);

template <class A> inline constexpr bool is_prelu = false;
template <class T> inline constexpr bool is_prelu<prelu<T>> = true;

/// prelu with weights of the element type of R.
template <class A, class R> inline constexpr bool is_prelu_of = false;
template <class T, class R> inline constexpr bool is_prelu_of<prelu<T>, R> = std::is_same_v<T, element_of<R>>;

} // namespace relu::inline RELU_ABI::detail
