// SPDX-License-Identifier: MIT
// forward and backward: one output element for each input element.
#pragma once

#include <relu/activations.hpp>
#include <relu/concepts.hpp>
#include <relu/detail/check.hpp>
#include <relu/detail/dispatch.hpp>
#include <relu/detail/ops.hpp>
#include <relu/detail/sweep.hpp>

#include <ranges>

// Calls among the verbs are qualified: the namespace of a user's activation or range may have a forward, too.
namespace relu::inline RELU_ABI {

namespace detail {

template <class R> auto as_operand(const char* name, R& range) noexcept {
  return operand<std::remove_reference_t<std::ranges::range_reference_t<R>>>{
      name, std::ranges::data(range), static_cast<std::size_t>(std::ranges::size(range))};
}

} // namespace detail

/// y[i] = act.value(x[i]).
///
/// x, y: contiguous ranges of the same length n >= 0 and element type; y may be x. The result of each element
/// depends on nothing but that element: not on n, the position, the alignment, or whether y is x.
/// Throws std::invalid_argument, with nothing written, if the lengths differ, the ranges overlap without
/// being the same, or the activation's parameters cannot be used. Allocates nothing.
template <class A, input_range X, output_range Y>
requires same_element<X, Y> && activation_of<A, X>
void forward(const A& act, X&& x, Y&& y) {
  const auto in = detail::as_operand("x", x);
  const auto out = detail::as_operand("y", y);
  detail::check_elementwise("forward", out, in);
  detail::check_parameters("forward", act);
  using T = std::ranges::range_value_t<X>;
  if constexpr (detail::precompiled<A>)
    detail::dispatch_kernels<A, T>().forward(&act, out.size, out.data, in.data);
  else detail::map<native>(detail::forward_op<A>{act}, out.size, out.data, static_cast<const T*>(in.data));
}

/// x[i] = act.value(x[i]), in place.
template <class A, output_range X>
requires activation_of<A, X>
void forward(const A& act, X&& x) { relu::forward(act, x, x); }

/// y[i] = max(0, x[i]): forward(rectifier{}, x, y).
template <input_range X, output_range Y>
requires same_element<X, Y>
void forward(X&& x, Y&& y) { relu::forward(rectifier{}, x, y); }

/// x[i] = max(0, x[i]), in place: forward(rectifier{}, x).
template <output_range X> void forward(X&& x) { relu::forward(rectifier{}, x, x); }

/// dx[i] = dy[i] * act.slope(x[i]), and +0 where that slope is 0, even for an infinite dy[i] or a NaN. An
/// activation with gradient(x, dy) says itself what dx[i] is: rectifier, leaky_relu and clipped_relu pass
/// dy[i], same bits, where their slope is 1.
///
/// dy: the gradient of the outputs. x: the inputs of forward. dx: the gradient of the inputs; it may be dy or
/// x. All three are contiguous ranges of the same length n >= 0 and element type. Throws
/// std::invalid_argument, with nothing written, if the lengths differ, dx overlaps dy or x without being the
/// same range, or the activation's parameters cannot be used. Allocates nothing.
template <class A, input_range DY, input_range X, output_range DX>
requires same_element<DY, X, DX> && activation_of<A, X>
void backward(const A& act, DY&& dy, X&& x, DX&& dx) {
  const auto gradient = detail::as_operand("dy", dy);
  const auto in = detail::as_operand("x", x);
  const auto out = detail::as_operand("dx", dx);
  detail::check_elementwise("backward", out, gradient, in);
  detail::check_parameters("backward", act);
  using T = std::ranges::range_value_t<X>;
  if constexpr (detail::precompiled<A>)
    detail::dispatch_kernels<A, T>().backward(&act, out.size, out.data, gradient.data, in.data);
  else
    detail::map<native>(detail::backward_op<A>{act}, out.size, out.data, static_cast<const T*>(gradient.data),
                        static_cast<const T*>(in.data));
}

/// dx[i] = dy[i] where x[i] > 0 or x[i] is NaN, else +0: backward(rectifier{}, dy, x, dx).
template <input_range DY, input_range X, output_range DX>
requires same_element<DY, X, DX>
void backward(DY&& dy, X&& x, DX&& dx) { relu::backward(rectifier{}, dy, x, dx); }

} // namespace relu::inline RELU_ABI
