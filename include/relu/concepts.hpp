// SPDX-License-Identifier: MIT
// What an element, a range and an activation must offer.
#pragma once

#include <relu/detail/lanes.hpp>

#include <concepts>
#include <cstdint>
#include <ranges>
#include <type_traits>

namespace relu::inline RELU_ABI {

namespace detail {
template <class T, class... Us> concept one_of = (std::same_as<T, Us> || ...);
} // namespace detail

/// float or double.
template <class T> concept floating_element = detail::one_of<T, float, double>;

/// An element type of this library: float, double, std::int8_t, std::int16_t, std::int32_t or std::int64_t.
template <class T>
concept element =
    floating_element<T> || detail::one_of<T, std::int8_t, std::int16_t, std::int32_t, std::int64_t>;

/// The element type of V: T of a scalar T, T of an xsimd::batch<T, Arch>.
template <class V> using value_t = typename detail::value_of<V>::type;

/// What a formula computes on: one element, or an xsimd::batch of them.
template <class V> concept numeric = element<value_t<V>>;

/// What a formula that needs fractions computes on: float, double, or an xsimd::batch of them.
template <class V> concept floating = floating_element<value_t<V>>;

/// A contiguous sized range of elements: std::span, std::vector, std::array, a C array.
template <class R>
concept input_range =
    std::ranges::contiguous_range<R> && std::ranges::sized_range<R> && element<std::ranges::range_value_t<R>>;

/// An input_range whose elements can be assigned to.
template <class R>
concept output_range =
    input_range<R> && std::same_as<std::ranges::range_reference_t<R>, std::ranges::range_value_t<R>&>;

/// All ranges have the same element type: nothing is converted.
template <class R, class... Rs>
concept same_element = (std::same_as<std::ranges::range_value_t<R>, std::ranges::range_value_t<Rs>> && ...);

/// V act.value(V x) and V act.slope(V x), both const.
template <class A, class V>
concept value_and_slope = requires(const A act, V x) {
  { act.value(x) } -> std::same_as<V>;
  { act.slope(x) } -> std::same_as<V>;
};

/// V act.gradient(V x, V dy), const: dy times the slope at x. Optional; piecewise linear activations have it,
/// to select what others multiply.
template <class A, class V>
concept has_gradient = requires(const A act, V x) {
  { act.gradient(x, x) } -> std::same_as<V>;
};

/// For activations whose slope follows from their value y alone: V act.gradient_from_output(V y, V dy), dy
/// times that slope, which selects, or V act.slope_from_output(V y), the slope itself; both const. Where
/// parameters decide whether it does, act.output_defect() says why it does not, or null.
template <class A, class V>
concept has_gradient_from_output = requires(const A act, V y) {
  { act.gradient_from_output(y, y) } -> std::same_as<V>;
};
template <class A, class V>
concept has_slope_from_output = requires(const A act, V y) {
  { act.slope_from_output(y) } -> std::same_as<V>;
};
template <class A, class V>
concept slope_in_output = has_gradient_from_output<A, V> || has_slope_from_output<A, V>;

/// For activations whose slope takes two values, so that one bit decides which: act.active(x), a condition,
/// is that bit. The slope is 1 where it holds and else 0, or V act.masked_gradient(condition, V dy) is what
/// follows from it; both const.
template <class A, class V>
concept has_masked_gradient = requires(const A act, V x) {
  { act.masked_gradient(act.active(x), x) } -> std::same_as<V>;
};
namespace detail {
template <class A, class V>
concept has_active = requires(const A act, V x) {
  { detail::select(act.active(x), x, x) } -> std::same_as<V>;
};
// of another type, or not const: that is a mistake
template <class A, class V>
concept has_another_masked_gradient =
    !has_masked_gradient<A, V> && requires(A act, V x) { act.masked_gradient(act.active(x), x); };
} // namespace detail
template <class A, class V>
concept slope_in_one_bit = detail::has_active<A, V> && !detail::has_another_masked_gradient<A, V>;

/// For activations whose formula is long: `static constexpr bool costly = true`. Loops over them are not
/// unrolled, and write through the caches: that would make much code, and nothing faster.
template <class A> concept costly = requires { requires A::costly; };

/// An activation for elements T: a value type whose value(x) and slope(x) take one T, and the group of T that
/// this program's instruction set processes at a time.
template <class A, class T>
concept activation =
    std::copy_constructible<A> && value_and_slope<A, T> && value_and_slope<A, detail::lanes_t<T, native>>;

/// An activation for elements T that can do with its outputs.
template <class A, class T>
concept output_activation =
    activation<A, T> && slope_in_output<A, T> && slope_in_output<A, detail::lanes_t<T, native>>;

/// An activation for elements T that can do with a mask.
template <class A, class T>
concept maskable_activation =
    activation<A, T> && slope_in_one_bit<A, T> && slope_in_one_bit<A, detail::lanes_t<T, native>> &&
    (has_masked_gradient<A, T> == has_masked_gradient<A, detail::lanes_t<T, native>>);

/// An activation for the elements of a range.
template <class A, class R> concept activation_of = activation<A, std::ranges::range_value_t<R>>;
template <class A, class R>
concept output_activation_of = output_activation<A, std::ranges::range_value_t<R>>;
template <class A, class R>
concept maskable_activation_of = maskable_activation<A, std::ranges::range_value_t<R>>;

} // namespace relu::inline RELU_ABI
