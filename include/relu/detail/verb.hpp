// SPDX-License-Identifier: MIT
// From the arguments of a public function to a kernel: default arguments, types and ranges.
#pragma once

#include <relu/bitmask.hpp>
#include <relu/concepts.hpp>
#include <relu/detail/operands.hpp>
#include <relu/detail/requirements.hpp>
#include <relu/quantized.hpp>

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

/// Where a call with this execution policy runs. The policy must outlive the result.
template <policy_argument P> auto executor_for(const P& policy) noexcept {
  return typename executor_of<P>::type{policy};
}

/// A range, as opposed to an activation.
template <class R>
concept operand_argument = std::ranges::range<R> || contiguous<R> || matrix_argument<R> ||
                           fused_argument<R> || quantized_argument<R>;

template <class M> inline constexpr bool is_bitmask = false;
template <class Bits> inline constexpr bool is_bitmask<basic_bitmask<Bits>> = true;
template <class M> concept mask_argument = is_bitmask<std::remove_cvref_t<M>>;

template <class Verb, class... Args>
concept has_form = requires(Args&&... args) { Verb::call(static_cast<Args&&>(args)...); };

// --- Errors in a user's formula ---

/// What g++ prints with an error, as a template argument.
template <std::size_t N> struct advice {
  char text[N];
  consteval advice(const char (&from)[N]) noexcept {
    for (std::size_t i = 0; i < N; ++i) text[i] = from[i];
  }
};

/// The formula that a call uses on vectors.
enum class formula { value, slope };

template <class A, class V>
concept backward_uses_slope = has_slope<A, V> && !has_gradient<A, V> && !slope_in_one_bit<A, V>;

/// Instantiates a formula for vectors V. With an error in it g++ prints the advice, and clang the line of the
/// call.
// clang-format off
template <class A, class V, formula F, advice>
inline constexpr bool instantiates = (static_cast<void>([]([[maybe_unused]] const A& act, [[maybe_unused]] V x) {
  if constexpr (F == formula::value && has_value<A, V>)
    static_cast<void>(act.value(x)); // For conditions write relu::math::select(c, a, b), not c ? a : b.
  else if constexpr (F == formula::slope && backward_uses_slope<A, V>)
    static_cast<void>(act.slope(x)); // For conditions write relu::math::select(c, a, b), not c ? a : b.
}), true);
// clang-format on

/// The vectors on which a call tries a formula.
template <class A, class T>
using strict_vector = vector_for<A, T, typename arch_with_strict_conditions<native>::type>;

/// A is a user's own activation for elements of R.
template <class A, class R>
concept own_activation_of = input_range<R> && !contains<A, activations> && activation_of<A, R>;

/// An argument of a call whose first argument is A. Always true. If A is a user's own activation, this
/// instantiates the formula that the call uses, so that the context of an error in it is short.
template <class R, class A, formula F>
concept argument_after =
    !own_activation_of<std::remove_cvref_t<A>, R> ||
    instantiates<std::remove_cvref_t<A>, strict_vector<std::remove_cvref_t<A>, element_of<R>>, F,
                 "for conditions write relu::math::select(c, a, b), not c ? a : b">;

/// The one way from a public function into the library. Separates an execution policy from the arguments, and
/// adds the rectifier if there is no activation.
template <class Verb, class On, class First, class... Rest>
[[gnu::always_inline]] inline auto call_verb(const On& on, First&& head, Rest&&... rest) {
  constexpr bool adds_rectifier = operand_argument<First> && !requires { Verb::has_activation; };
  if constexpr (policy_argument<First> && std::is_same_v<On, this_thread>)
    return detail::call_verb<Verb>(detail::executor_for(head), static_cast<Rest&&>(rest)...);
  else if constexpr (adds_rectifier && has_form<Verb, const On&, rectifier, First, Rest...>)
    return Verb::call(on, rectifier{}, static_cast<First&&>(head), static_cast<Rest&&>(rest)...);
  else if constexpr (!adds_rectifier && has_form<Verb, const On&, First, Rest...>)
    return Verb::call(on, static_cast<First&&>(head), static_cast<Rest&&>(rest)...);
  else {
    static_assert(fails<Verb, First, Rest...>,
                  "relu: the function does not take these arguments, see its documentation");
    return std::size_t{0};
  }
}

/// The first argument can be one of the verb. This keeps argument-dependent lookup from finding a function of
/// relu for a call of your own function.
template <class First, class Verb>
concept first_argument =
    policy_argument<First> || operand_argument<First> || !requires { Verb::has_activation; };

// --- Parameters ---

/// The parameters are valid; those of prelu also fit the output and do not overlap it.
template <class A, class Out> void check_activation(const char* call, const A& act, Out /*out*/) {
  check_parameters(call, act);
}
template <class T, class Out> void check_activation(const char* call, const prelu<T>& act, Out out) {
  const auto& matrix = as_matrix(out).of.matrix;
  check_samples(call, out.name, size_of(matrix), act.weight().size(), act.plane());
  check_disjoint(call, out, named("weight", act.weight()));
  detail::check_memory(act.weight());
}

/// The parameters as a kernel takes them.
template <class A> const A& kernel_parameters(const A& act) noexcept { return act; }
template <class T> channel_weights<T> kernel_parameters(const prelu<T>& act) noexcept {
  return {act.weight().data(), act.weight().size(), act.plane(), 0};
}

/// The parameters as a kernel that reads a mask takes them.
template <class T, class A> decltype(auto) mask_parameters(const A& act) noexcept {
  if constexpr (has_masked_gradient<A, scalar_for<A, T>>) return (act);
  else return no_parameters{};
}

} // namespace relu::inline RELU_ABI::detail
