// SPDX-License-Identifier: MIT
// forward and backward: one output element for each input element.
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

// Calls among the verbs are qualified: the namespace of a user's activation or range may have a forward, too.
namespace relu::inline RELU_ABI {

namespace detail {

template <class R> auto as_operand(const char* name, R& range) noexcept {
  return operand<std::remove_reference_t<std::ranges::range_reference_t<R>>>{
      name, std::ranges::data(range), static_cast<std::size_t>(std::ranges::size(range))};
}

/// out[i] = Op<A>{act}(in[i]...). `kernel` is the member of the kernel table that does it.
template <template <class> class Op, class A, class Kernel, class T, class... In>
auto elementwise(const char* call, [[maybe_unused]] Kernel kernel, const A& act, stores how, operand<T> out,
                 operand<In>... in) {
  check_elementwise(call, out, in...);
  check_parameters(call, act);
  constexpr std::size_t arrays = 1 + sizeof...(In);
  const bool streaming = streams(how, out.size * sizeof(T) * arrays, ((in.data == out.data) || ...));
  const auto checked = [&](auto part) {
    return checked_call<T, decltype(part)>{out.data, out.size, arrays, part};
  };
  if constexpr (precompiled<A>) {
    const auto compute = dispatch_kernels<A, T>().*kernel;
    return checked([=, &act](std::size_t begin, std::size_t n) {
      compute(&act, streaming, n, out.data + begin, (in.data + begin)...);
    });
  } else
    return checked([=, &act](std::size_t begin, std::size_t n) {
      map<native>(Op<A>{act}, streaming, n, out.data + begin, static_cast<const T*>(in.data + begin)...);
    });
}

template <class A, class X, class Y> auto checked_forward(const A& act, X& x, Y& y, stores how) {
  using kernels = kernels::activation_kernels<std::ranges::range_value_t<Y>>;
  return elementwise<forward_op>("forward", &kernels::forward, act, how, as_operand("y", y),
                                 as_operand("x", x));
}

template <class A, class DY, class X, class DX>
auto checked_backward(const A& act, DY& dy, X& x, DX& dx, stores how) {
  using kernels = kernels::activation_kernels<std::ranges::range_value_t<DX>>;
  return elementwise<backward_op>("backward", &kernels::backward, act, how, as_operand("dx", dx),
                                  as_operand("dy", dy), as_operand("x", x));
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
  detail::run(detail::checked_forward(act, x, y, how));
}

/// x[i] = act.value(x[i]), in place.
template <class A, output_range X>
requires activation_of<A, X>
void forward(const A& act, X&& x) { relu::forward(act, x, x); }

/// y[i] = max(0, x[i]): forward(rectifier{}, x, y).
template <input_range X, output_range Y>
requires same_element<X, Y>
void forward(X&& x, Y&& y, stores how = stores::automatic) { relu::forward(rectifier{}, x, y, how); }

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
  detail::run(detail::checked_backward(act, dy, x, dx, how));
}

/// dx[i] = dy[i] where x[i] > 0 or x[i] is NaN, else +0: backward(rectifier{}, dy, x, dx).
template <input_range DY, input_range X, output_range DX>
requires same_element<DY, X, DX>
void backward(DY&& dy, X&& x, DX&& dx, stores how = stores::automatic) {
  relu::backward(rectifier{}, dy, x, dx, how);
}

} // namespace relu::inline RELU_ABI
