// SPDX-License-Identifier: MIT
// forward, backward and backward_from_output: one output element for each input element.
#pragma once

#include <relu/activations.hpp>
#include <relu/concepts.hpp>
#include <relu/detail/call.hpp>
#include <relu/detail/check.hpp>
#include <relu/detail/dispatch.hpp>
#include <relu/detail/ops.hpp>
#include <relu/detail/sweep.hpp>
#include <relu/streaming.hpp>

#include <cstddef>
#include <ranges>
#include <span>

// Calls among the verbs are qualified: the namespace of a user's activation or range may have a forward, too.
namespace relu::inline RELU_ABI {

namespace detail {

/// Ranges as they are handed on: a pointer and a size, in registers.
template <class R> auto output(R& range) noexcept {
  return std::span(std::ranges::data(range), static_cast<std::size_t>(std::ranges::size(range)));
}
template <class R> std::span<const std::ranges::range_value_t<R>> input(R& range) noexcept {
  return output(range);
}

template <class T> operand<T> named(const char* name, std::span<T> range) noexcept {
  return {name, range.data(), range.size()};
}

/// What tells one verb from another: what happens to a group of lanes, the kernels, the names of the ranges.
template <class A, class T> struct forward_verb {
  using op = forward_op<A>;
  static constexpr auto kernels = &relu::kernels::activation_kernels<T>::forward;

  static void check(const A& act, std::span<T> y, std::span<const T> x) {
    check_elementwise("forward", named("y", y), named("x", x));
    check_parameters("forward", act);
  }
};
template <class A, class T> struct backward_verb {
  using op = backward_op<A>;
  static constexpr auto kernels = &relu::kernels::activation_kernels<T>::backward;

  static void check(const A& act, std::span<T> dx, std::span<const T> dy, std::span<const T> x) {
    check_elementwise("backward", named("dx", dx), named("dy", dy), named("x", x));
    check_parameters("backward", act);
  }
};
template <class A, class T> struct backward_from_output_verb {
  using op = backward_from_output_op<A>;
  static constexpr auto kernels = &relu::kernels::activation_kernels<T>::backward_from_output;

  static void check(const A& act, std::span<T> dx, std::span<const T> dy, std::span<const T> y) {
    check_elementwise("backward_from_output", named("dx", dx), named("dy", dy), named("y", y));
    check_parameters("backward_from_output", act);
    check_output_decides("backward_from_output", act);
  }
};

/// The work of a call that was checked.
template <class Verb, class A, class T, class... In>
auto work(const A& act, stores how, std::span<T> out, std::span<In>... in) {
  constexpr std::size_t arrays = 1 + sizeof...(In);
  const bool streaming = lanes<T, native>::streams &&
                         streams(how, out.size_bytes() * arrays, ((in.data() == out.data()) || ...));
  const auto in_parts = [&](auto part) {
    return checked_call<T, decltype(part)>{out.data(), out.size(), arrays, part};
  };
  if constexpr (precompiled<A>) {
    const auto kernel = (activation_kernels_of<A, T>(dispatch_table()).*Verb::kernels)[streaming];
    return in_parts([=, &act](std::size_t begin, std::size_t n) {
      kernel(&act, n, out.data() + begin, (in.data() + begin)...);
    });
  } else
    return in_parts([=, &act](std::size_t begin, std::size_t n) {
      map<native>(typename Verb::op{act}, streaming, n, out.data() + begin, (in.data() + begin)...);
    });
}

// Of a small call nanoseconds count, and functions that it hardly ever calls cost some: registers have to be
// saved for them. So once the kernels are chosen and the threshold is known it goes straight to its kernel.
// False: nothing was done, because it is none of these.
template <class Verb, class A, class T, class... In>
bool done_at_once(const A& act, stores how, std::span<T> out, std::span<In>... in) {
  if constexpr (lanes<T, native>::streams) {
    const std::size_t bytes = out.size_bytes() * (1 + sizeof...(In));
    const std::size_t threshold = process::streaming_threshold.load(std::memory_order_relaxed);
    if (how == stores::streaming || bytes >= threshold) return false; // 0: not known
  }
  if constexpr (precompiled<A>) {
    const kernels::table* const table = kernels::chosen.load(std::memory_order_relaxed);
    if (!table) return false;
    (activation_kernels_of<A, T>(*table).*Verb::kernels)[0](&act, out.size(), out.data(), in.data()...);
  } else map_cached<native>(typename Verb::op{act}, out.size(), out.data(), in.data()...);
  return true;
}

template <class Verb, class A, class T, class... In>
[[gnu::noinline]] void do_any(const A& act, stores how, std::span<T> out, std::span<In>... in) {
  detail::run(work<Verb>(act, how, out, in...));
}

template <class Verb, class A, class T, class... In>
void call(const A& act, stores how, std::span<T> out, std::span<In>... in) {
  Verb::check(act, out, in...);
  if (!done_at_once<Verb>(act, how, out, in...)) do_any<Verb>(act, how, out, in...);
}

} // namespace detail

/// y[i] = act.value(x[i]).
///
/// x, y: contiguous ranges of the same length n >= 0 and element type; y may be x. The result of each element
/// depends on nothing but that element: not on n, the position, the alignment, or whether y is x. `how` is
/// how y is written if it is not x. Throws std::invalid_argument, with nothing written, if the lengths
/// differ, the ranges overlap without being the same, or the activation's parameters cannot be used.
/// Allocates nothing.
template <class A, input_range X, output_range Y>
requires same_element<X, Y> && activation_of<A, X>
void forward(const A& act, X&& x, Y&& y, stores how = stores::automatic) {
  using verb = detail::forward_verb<A, std::ranges::range_value_t<Y>>;
  detail::call<verb>(act, how, detail::output(y), detail::input(x));
}

/// x[i] = act.value(x[i]), in place.
template <class A, output_range X>
requires activation_of<A, X>
void forward(const A& act, X&& x) {
  relu::forward(act, x, x);
}

/// y[i] = max(0, x[i]): forward(rectifier{}, x, y).
template <input_range X, output_range Y>
requires same_element<X, Y>
void forward(X&& x, Y&& y, stores how = stores::automatic) {
  relu::forward(rectifier{}, x, y, how);
}

/// x[i] = max(0, x[i]), in place: forward(rectifier{}, x).
template <output_range X> void forward(X&& x) { relu::forward(rectifier{}, x, x); }

/// dx[i] = dy[i] * act.slope(x[i]), and +0 where that slope is 0, even for an infinite dy[i] or a NaN. An
/// activation with gradient(x, dy) says itself what dx[i] is: rectifier, leaky_relu and clipped_relu pass
/// dy[i], same bits, where their slope is 1.
///
/// dy: the gradient of the outputs. x: the inputs of forward. dx: the gradient of the inputs; it may be dy or
/// x. All three are contiguous ranges of the same length n >= 0 and element type. `how` is how dx is written
/// if it is neither. Throws std::invalid_argument, with nothing written, if the lengths differ, dx overlaps
/// dy or x without being the same range, or the activation's parameters cannot be used. Allocates nothing.
template <class A, input_range DY, input_range X, output_range DX>
requires same_element<DY, X, DX> && activation_of<A, X>
void backward(const A& act, DY&& dy, X&& x, DX&& dx, stores how = stores::automatic) {
  using verb = detail::backward_verb<A, std::ranges::range_value_t<DX>>;
  detail::call<verb>(act, how, detail::output(dx), detail::input(dy), detail::input(x));
}

/// dx[i] = dy[i] where x[i] > 0 or x[i] is NaN, else +0: backward(rectifier{}, dy, x, dx).
template <input_range DY, input_range X, output_range DX>
requires same_element<DY, X, DX>
void backward(DY&& dy, X&& x, DX&& dx, stores how = stores::automatic) {
  relu::backward(rectifier{}, dy, x, dx, how);
}

/// What backward gives from x, from y = act.value(x): with forward in place x is not kept. For activations
/// whose slope follows from their value (output_activation).
///
/// Piecewise linear ones, whose gradient is selected, give the bits of backward. Of smooth ones it is the
/// slope for y as it is given, which forward has rounded: where y comes close to a limit, as that of sigmoid
/// to 1, the slope is only as good as y, and 0 where y is the limit. +0 where the slope is 0, even for an
/// infinite dy[i] or a NaN.
///
/// dy: the gradient of the outputs. y: the outputs of forward, with the same activation; what others give is
/// not specified. dx: the gradient of the inputs; it may be dy or y. Lengths, element types and `how` are as
/// for backward. Throws std::invalid_argument, with nothing written, if the lengths differ, dx overlaps dy or
/// y without being the same range, or the activation's parameters cannot be used, or not with outputs (a
/// slope_at_zero, a negative_slope below 0). Allocates nothing.
template <class A, input_range DY, input_range Y, output_range DX>
requires same_element<DY, Y, DX> && output_activation_of<A, Y>
void backward_from_output(const A& act, DY&& dy, Y&& y, DX&& dx, stores how = stores::automatic) {
  using verb = detail::backward_from_output_verb<A, std::ranges::range_value_t<DX>>;
  detail::call<verb>(act, how, detail::output(dx), detail::input(dy), detail::input(y));
}

/// dx[i] = dy[i] where y[i] > 0 or y[i] is NaN, else +0: backward_from_output(rectifier{}, dy, y, dx).
template <input_range DY, input_range Y, output_range DX>
requires same_element<DY, Y, DX>
void backward_from_output(DY&& dy, Y&& y, DX&& dx, stores how = stores::automatic) {
  relu::backward_from_output(rectifier{}, dy, y, dx, how);
}

} // namespace relu::inline RELU_ABI
