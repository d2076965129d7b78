// SPDX-License-Identifier: MIT
// From the arguments of a public function to a kernel: default arguments, types and ranges.
#pragma once

#include <relu/bitmask.hpp>
#include <relu/concepts.hpp>
#include <relu/detail/call.hpp>
#include <relu/detail/check.hpp>
#include <relu/prelu.hpp>

#include <cstddef>
#include <ranges>
#include <span>
#include <type_traits>

namespace relu::inline RELU_ABI::detail {

// A verb is the descriptor of one public function. It has the function's name, and a static function
//
//   call(on, act, arguments...)
//
// for each form of its arguments: it checks them and calls a kernel. `on` is where the call runs, this_thread
// or threads of an execution policy. A verb without an activation says so by `static constexpr bool
// has_activation = false`, and its forms are call(on, arguments...).

/// Where calls with an execution policy P run. relu/execution.hpp specializes it.
template <class P> struct executor_of;

template <class P> concept policy_argument = requires { typename executor_of<std::remove_cvref_t<P>>::type; };

/// A range, as opposed to an activation.
template <class V> concept operand_argument = std::ranges::range<V&>;

template <class M> inline constexpr bool is_bitmask = false;
template <class Bits> inline constexpr bool is_bitmask<basic_bitmask<Bits>> = true;
template <class M> concept mask_argument = is_bitmask<std::remove_const_t<M>>;

template <class Verb, class On, class First, class... Rest>
[[gnu::always_inline]] inline auto call_on(const On& on, First& head, Rest&... rest) {
  if constexpr (requires { Verb::has_activation; }) return Verb::call(on, head, rest...);
  else if constexpr (operand_argument<First>) return Verb::call(on, rectifier{}, head, rest...);
  else return Verb::call(on, head, rest...);
}

/// The one way from a public function into the library. Separates an execution policy from the arguments, and
/// adds the rectifier if there is no activation.
template <class Verb, class First, class... Rest>
[[gnu::always_inline]] inline auto call_verb(First& head, Rest&... rest) {
  if constexpr (policy_argument<First>)
    return call_on<Verb>(typename executor_of<std::remove_cvref_t<First>>::type{head}, rest...);
  else return call_on<Verb>(this_thread{}, head, rest...);
}

/// The first argument can be one of the verb. This keeps argument-dependent lookup from finding a function of
/// relu for a call of your own function.
template <class First, class Verb>
concept first_argument =
    policy_argument<First> || operand_argument<First> || !requires { Verb::has_activation; };

// --- Types ---

// These return whether a requirement holds; if not, compilation fails with the reason.

template <class In> constexpr bool is_input() {
  static_assert(
      input_range<In>,
      "relu: an input must be a contiguous sized range of elements, see relu::input_range and relu::element");
  return input_range<In>;
}

/// Outputs and inputs are ranges with the same element type.
template <class Out, class... In> constexpr bool are_ranges() {
  static_assert(output_range<Out>,
                "relu: an output must be a contiguous sized range of mutable elements, see "
                "relu::output_range and relu::element");
  if constexpr ((detail::is_input<In>() && ... && output_range<Out>)) {
    static_assert(same_element<Out, In...>,
                  "relu: all ranges must have the same element type, see relu::same_element");
    return same_element<Out, In...>;
  } else return false;
}

template <class A, class R> constexpr bool is_activation() {
  static_assert(activation_of<A, R>,
                "relu: the activation must have value(x) and slope(x) for these elements "
                "and for vectors of them, see relu::activation and "
                "relu::value_and_slope");
  return activation_of<A, R>;
}
template <class A, class R> constexpr bool is_output_activation() {
  static_assert(output_activation_of<A, R>,
                "relu: the output of this activation does not determine the slope, see "
                "relu::output_activation and relu::slope_in_output");
  return output_activation_of<A, R>;
}
template <class A, class R> constexpr bool is_maskable_activation() {
  static_assert(maskable_activation_of<A, R>,
                "relu: one bit does not determine the slope of this activation, see "
                "relu::maskable_activation and relu::slope_in_one_bit");
  return maskable_activation_of<A, R>;
}
template <class On> constexpr bool runs_on_one_thread() {
  static_assert(__is_same(On, this_thread), "relu: this call does not take an execution policy");
  return __is_same(On, this_thread);
}

template <class A> inline constexpr bool is_prelu = false;
template <class T> inline constexpr bool is_prelu<prelu<T>> = true;

/// An activation, or prelu, whose calls cannot be divided among threads.
template <class On, class A, class R> constexpr bool is_activation_or_prelu() {
  if constexpr (is_prelu<A>) {
    constexpr bool same = std::is_same_v<A, prelu<std::ranges::range_value_t<R>>>;
    static_assert(same, "relu: the weights of relu::prelu must have the element type of the ranges");
    return detail::runs_on_one_thread<On>() && same;
  } else return detail::is_activation<A, R>();
}

// --- Ranges ---

template <class R> using element_of = std::ranges::range_value_t<R>;

/// A range as a span, which is passed in registers.
template <class R> auto output(R& range) noexcept {
  return std::span(std::ranges::data(range), static_cast<std::size_t>(std::ranges::size(range)));
}
template <class R> std::span<const element_of<R>> input(R& range) noexcept { return detail::output(range); }

/// A range with the name that error messages use.
template <class T> operand<T> named(const char* name, std::span<T> range) noexcept {
  return {name, range.data(), range.size()};
}
inline operand<const std::byte> named(const char* name, bitmask_view mask) noexcept {
  return {name, mask.bytes().data(), mask.bytes().size()};
}

/// A mask has one bit for each element of the range and does not overlap it.
template <class T>
void check_mask(const char* call, bitmask_view mask, const char* name, std::span<T> range) {
  if (mask.size() != range.size()) fail_sizes(call, "mask", mask.size(), name, range.size());
  check_disjoint(call, named("mask", mask), named(name, range));
}

// --- Parameters ---

/// The parameters are valid; those of prelu also fit the output and do not overlap it.
template <class A, class T> void check_activation(const char* call, const A& act, operand<T> /*out*/) {
  check_parameters(call, act);
}
template <class T> void check_activation(const char* call, const prelu<T>& act, operand<T> out) {
  check_samples(call, out.name, out.size, act.weight.size(), act.plane);
  check_disjoint(call, out, named("weight", act.weight));
}

/// The parameters as a kernel takes them.
template <class A> const A& kernel_parameters(const A& act) noexcept { return act; }
template <class T> channel_weights<T> kernel_parameters(const prelu<T>& act) noexcept {
  return {act.weight.data(), act.weight.size(), act.plane};
}

} // namespace relu::inline RELU_ABI::detail
