// SPDX-License-Identifier: MIT
// The requirements on elements, ranges and activations.
#pragma once

#include <relu/arch.hpp>
#include <relu/detail/float16_vec.hpp>
#include <relu/detail/ranges.hpp>
#include <relu/detail/vec.hpp>

#include <concepts>
#include <type_traits>

namespace relu::inline RELU_ABI {

/// float or double.
template <class T> concept floating_element = detail::contains<T, detail::floating_elements>;

/// A floating-point type of elements: float, double, relu::float16, relu::bfloat16, or a type that is
/// processed as one of the latter two, see relu::same_layout_as.
template <class T>
concept real_element = floating_element<T> || detail::float16_element<detail::canonical_t<T>>;

/// An element type of this library: a real_element, or an integer of 1, 2, 4 or 8 bytes: signed char, short,
/// int, long, long long, or one of them unsigned. Not bool, and not char, wchar_t or char8_t.
template <class T>
concept element = real_element<T> || detail::contains<detail::canonical_t<T>, detail::elements>;

/// The element type of V: T of an element T, and T of an xsimd::batch<T, Arch>.
template <class V> using value_t = typename detail::value_of<V>::type;

/// The type that a formula with fractions computes on: float, double, or an xsimd::batch of one of them.
template <class V> concept floating = floating_element<value_t<V>>;

/// float, double, relu::float16, relu::bfloat16, or a vector of one of them.
template <class V> concept real = floating<V> || detail::float16_element<value_t<V>>;

/// The type that a formula computes on: one element or a vector of elements.
template <class V>
concept numeric = real<V> || detail::contains<detail::canonical_t<value_t<V>>, detail::elements>;

/// A contiguous sized range of elements: std::span, std::vector, std::array, a C array, an array of arrays,
/// or a vector, array, matrix or map of Eigen (see relu::enable_contiguous). A const container is an
/// input_range, too.
template <class R> concept input_range = detail::contiguous<R> && element<detail::element_of<R>>;

/// An input_range of mutable elements.
template <class R> concept output_range = input_range<R> && !std::is_const_v<detail::memory_t<R>>;

/// All ranges have the same element type. Integers with the same size and sign, such as long and long long,
/// count as the same type. The library makes no other conversion.
template <class R, class... Rs>
concept same_element = (std::same_as<detail::element_of<R>, detail::element_of<Rs>> && ...);

/// Every activation has `V value(V x) const`: the function.
template <class A, class V>
concept has_value = requires(const A act, V x) {
  { act.value(x) } -> std::same_as<V>;
};

/// For backward: `V slope(V x) const`, the derivative. It is not needed if the activation has active(x) or
/// gradient(dy, x).
template <class A, class V>
concept has_slope = requires(const A act, V x) {
  { act.slope(x) } -> std::same_as<V>;
};

// Three optional members, `const char* invalid_reason() const` and likewise invalid_reason_for_output() and
// invalid_reason_for_mask(), return why the parameters are invalid, or null if they are valid. Every call
// checks the first, backward_from_output also the second, and backward and backward_accumulate from a mask
// also the third. The call throws std::invalid_argument with this reason.

/// Optional: `V gradient(V dy, V x) const` returns dy times the slope at x. Define it to select where the
/// library would multiply. backward from x then uses it in place of active(x) and slope(x).
template <class A, class V>
concept has_gradient = requires(const A act, V x) {
  { act.gradient(x, x) } -> std::same_as<V>;
};

/// Optional: `active(x) const` returns the condition that the slope is 1. Elsewhere the slope must be 0,
/// unless masked_gradient defines two other values. The library then selects dy or +0 and does not call
/// slope(x), and `backward` works from one bit of a mask.
template <class A, class V>
concept has_active = requires(const A act, V x) {
  { detail::select(act.active(x), x, x) } -> std::same_as<V>;
};

/// Optional, for a slope with two values that are not 1 and 0: `V masked_gradient(V dy, condition active)
/// const` returns dy times the slope, where `active` is what active(x) returned.
template <class A, class V>
concept has_masked_gradient = requires(const A act, V x) {
  { act.masked_gradient(x, act.active(x)) } -> std::same_as<V>;
};

/// Optional, for a slope that the output y = value(x) determines: `active_from_output(y) const` returns the
/// condition active(x).
template <class A, class V>
concept has_active_from_output = has_active<A, V> && requires(const A act, V y) {
  { detail::select(act.active_from_output(y), y, y) } -> std::same_as<V>;
};

/// Optional, for a slope that the output y = value(x) determines: `V slope_from_output(V y) const` returns
/// the slope.
template <class A, class V>
concept has_slope_from_output = requires(const A act, V y) {
  { act.slope_from_output(y) } -> std::same_as<V>;
};

/// The output determines the slope.
template <class A, class V>
concept slope_in_output = has_active_from_output<A, V> || has_slope_from_output<A, V>;

namespace detail {
// A masked_gradient with another return type or the arguments swapped, or one that is not const: a mistake.
template <class A, class V>
concept has_wrong_masked_gradient =
    !has_masked_gradient<A, V> && (
                                      requires(A act, V x) { act.masked_gradient(x, act.active(x)); } ||
                                      requires(A act, V x) { act.masked_gradient(act.active(x), x); });
} // namespace detail

/// One bit for each element determines the slope.
template <class A, class V>
concept slope_in_one_bit = has_active<A, V> && !detail::has_wrong_masked_gradient<A, V>;

/// Optional, for a long formula: `static constexpr bool compute_bound = true`. Loops over it are not unrolled
/// and write through the cache, because unrolling and streaming stores would add code without adding speed.
template <class A> concept compute_bound = requires { requires A::compute_bound; };

/// Optional, for an activation whose results are inputs or constants: `static constexpr bool only_selects =
/// true`. Its members then take relu::float16, relu::bfloat16 and vectors of them, and keep every bit of a
/// NaN. Your other activations take 16-bit floats as float, and their results are rounded once. Those of this
/// library that have two tiers are rounded correctly.
template <class A> concept only_selects = requires { requires A::only_selects; };

namespace detail {

/// How parameters A store elements T.
template <class A, class T>
using storage_t = std::conditional_t<float16_element<T> && !only_selects<A>, widened<T>, T>;

/// The types that formulas of A compute on, for elements T: one element, and a vector of them.
template <class A, class T> using scalar_for = compute_t<storage_t<A, canonical_t<T>>>;
template <class A, class T, class Arch = native> using vector_for = vec_t<storage_t<A, canonical_t<T>>, Arch>;

} // namespace detail

/// An activation for elements T: a value type with value(x), for one element and for the vector of elements
/// that the program's instruction set processes at a time. This is enough for forward and compress.
///
/// A condition on a vector has a bit for each element. So formulas select with relu::math::select(c, a, b),
/// and not with c ? a : b or if. Compilers report such a condition.
template <class A, class T>
concept activation = std::copy_constructible<A> && has_value<A, detail::scalar_for<A, T>> &&
                     has_value<A, detail::vector_for<A, T>>;

/// The gradient of A can be computed from dy and x.
template <class A, class V>
concept has_backward = has_gradient<A, V> || slope_in_one_bit<A, V> || has_slope<A, V>;

/// An activation for `backward` from x on elements T.
template <class A, class T>
concept differentiable_activation = activation<A, T> && has_backward<A, detail::scalar_for<A, T>> &&
                                    has_backward<A, detail::vector_for<A, T>>;

/// An activation for `backward_from_output` on elements T.
template <class A, class T>
concept output_activation = activation<A, T> && slope_in_output<A, detail::scalar_for<A, T>> &&
                            slope_in_output<A, detail::vector_for<A, T>>;

/// An activation for masks of elements T.
template <class A, class T>
concept maskable_activation =
    activation<A, T> && slope_in_one_bit<A, detail::scalar_for<A, T>> &&
    slope_in_one_bit<A, detail::vector_for<A, T>> &&
    (has_masked_gradient<A, detail::scalar_for<A, T>> == has_masked_gradient<A, detail::vector_for<A, T>>);

/// An activation for the elements of the range R.
template <class A, class R> concept activation_of = activation<A, detail::element_of<R>>;
template <class A, class R>
concept differentiable_activation_of = differentiable_activation<A, detail::element_of<R>>;
template <class A, class R> concept output_activation_of = output_activation<A, detail::element_of<R>>;
template <class A, class R> concept maskable_activation_of = maskable_activation<A, detail::element_of<R>>;

} // namespace relu::inline RELU_ABI
