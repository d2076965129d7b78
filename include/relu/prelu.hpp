// SPDX-License-Identifier: MIT
// PReLU: forward and backward with a slope below zero for each channel, which is learned.
#pragma once

#include <relu/elementwise.hpp>

#include <cstddef>
#include <ranges>
#include <span>

namespace relu::inline RELU_ABI {

/// max(0, x) + weight * min(0, x), where weight[i / plane % weight.size()] is the weight of element i: of
/// samples, one after another, of weight.size() channels of `plane` elements each. Elements: float, double;
/// the same bits on every instruction set.
///
///     plane             x is
///     1                 rows x channels (channels last)
///     rows              channels x rows (channels first)
///     height * width    samples x channels x height x width (PyTorch's)
///
/// One weight is that of all elements, with a plane of 1, too. For `forward` and `backward`:
///
///     x                     y                 dx             to dweight
///     > 0, +inf             x                 dy             +0
///     < 0, -inf             weight * x        weight * dy    dy * x
///     +0, -0                x                 weight * dy    +0
///     NaN of either sign    x, same bits      dy             NaN
///
/// x and dy pass with every bit, as with leaky_relu. Products are rounded once; where the program turned
/// denormals off (FTZ, DAZ, -ffast-math), denormal ones become 0. A weight of 0 gives +0, of infinities too.
/// The weights are the caller's, and are not copied. K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into
/// rectifiers: surpassing human-level performance on ImageNet classification", ICCV 2015.
template <floating_element T> struct prelu {
  std::span<const T> weight;
  std::size_t plane = 1;
};
template <input_range W> prelu(W&&, std::size_t = 1) -> prelu<std::ranges::range_value_t<W>>;

namespace detail {

/// The inputs fit the output, and the weights both. They are apart from the output.
template <class T, class... In>
void check_prelu(const char* call, const prelu<T>& act, operand<T> out, operand<In>... in) {
  check_elementwise(call, out, in...);
  check_samples(call, out.name, out.size, act.weight.size(), act.plane);
  check_disjoint(call, out, named("weight", act.weight));
}

template <class Op, class T, class... In>
void map_prelu(const prelu<T>& act, stores how, std::span<T> out, std::span<In>... in) {
  const bool streaming = lanes<T, native>::streams && streams(how, out.size_bytes() * (1 + sizeof...(In)),
                                                              ((in.data() == out.data()) || ...));
  const T* const weight = act.weight.data();
  const std::size_t channels = act.weight.size(), n = out.size();
  if constexpr (dispatched) {
    const kernels::prelu_kernels<T>& kernel = kernels_of<T>(dispatch_table()).prelu;
    if constexpr (sizeof...(In) == 1)
      kernel.forward(weight, channels, act.plane, streaming, n, out.data(), in.data()...);
    else kernel.backward(weight, channels, act.plane, streaming, n, out.data(), in.data()...);
  } else map_by_channel<native>(Op{}, streaming, weight, channels, act.plane, n, out.data(), in.data()...);
}

template <class T>
void weight_gradient(const prelu<T>& act, std::span<T> dweight, std::span<const T> dy, std::span<const T> x) {
  const std::size_t channels = dweight.size(), n = x.size();
  if constexpr (dispatched)
    kernels_of<T>(dispatch_table())
        .prelu.weight_gradient(channels, act.plane, n, dweight.data(), dy.data(), x.data());
  else sum_by_channel<native>(prelu_weight_op{}, channels, act.plane, n, dweight.data(), dy.data(), x.data());
}

template <class T>
void check_backward(const prelu<T>& act, std::span<T> dx, std::span<const T> dy, std::span<const T> x) {
  check_prelu("backward", act, named("dx", dx), named("dy", dy), named("x", x));
}

} // namespace detail

/// y[i] = x[i], or x[i] times its weight where x[i] < 0.
///
/// x, y: contiguous ranges of the same length and of the weights' type; y may be x. The length is a multiple
/// of weight.size() * plane, or 0. `how` is how y is written if it is not x. Throws std::invalid_argument,
/// with nothing written, if the lengths differ or are no such multiple, y overlaps x without being the same
/// range, or overlaps the weights. Allocates nothing.
template <floating_element T, input_range X, output_range Y>
requires same_element<X, Y, std::span<T>>
void forward(const prelu<T>& act, X&& x, Y&& y, stores how = stores::automatic) {
  const auto out = detail::output(y);
  const auto in = detail::input(x);
  detail::check_prelu("forward", act, detail::named("y", out), detail::named("x", in));
  detail::map_prelu<detail::prelu_forward_op>(act, how, out, in);
}

/// The same in place.
template <floating_element T, output_range X>
requires same_element<X, std::span<T>>
void forward(const prelu<T>& act, X&& x) {
  relu::forward(act, x, x);
}

/// dx[i] = dy[i] where x[i] > 0 or x[i] is NaN, elsewhere dy[i] times its weight.
///
/// dy: the gradient of the outputs. x: the inputs of forward. dx: the gradient of the inputs; it may be dy or
/// x. All three are contiguous ranges of the same length and of the weights' type, of a length as for
/// forward. `how` is how dx is written if it is neither. Throws std::invalid_argument, with nothing written,
/// as forward does. Allocates nothing.
template <floating_element T, input_range DY, input_range X, output_range DX>
requires same_element<DY, X, DX, std::span<T>>
void backward(const prelu<T>& act, DY&& dy, X&& x, DX&& dx, stores how = stores::automatic) {
  const auto out = detail::output(dx);
  const auto gradient = detail::input(dy), in = detail::input(x);
  detail::check_backward(act, out, gradient, in);
  detail::map_prelu<detail::prelu_backward_op>(act, how, out, gradient, in);
}

/// The same, and the gradient of the weights: dweight[c] = the sum of dy[i] * x[i] over the elements of
/// channel c with x[i] < 0, and NaN if an x[i] of the channel is. What dweight was is overwritten.
///
/// dweight: as many elements as weights, apart from all other ranges, else std::invalid_argument is thrown,
/// with nothing written. The sums are the same bits on every instruction set: their order is always the same.
/// They are computed in double. Of k terms dy[i] * x[i], with a sum s of their magnitudes, the error is below
/// k 2^-53 s, and for float that of rounding the result once.
template <floating_element T, input_range DY, input_range X, output_range DX, output_range DW>
requires same_element<DY, X, DX, DW, std::span<T>>
void backward(const prelu<T>& act, DY&& dy, X&& x, DX&& dx, DW&& dweight, stores how = stores::automatic) {
  const auto out = detail::output(dx), sums = detail::output(dweight);
  const auto gradient = detail::input(dy), in = detail::input(x);
  detail::check_backward(act, out, gradient, in);
  const char* const call = "backward";
  const auto apart = detail::named("dweight", sums);
  if (sums.size() != act.weight.size())
    detail::fail_sizes(call, apart.name, sums.size(), "weight", act.weight.size());
  detail::check_disjoint(call, apart, detail::named("dx", out));
  detail::check_disjoint(call, apart, detail::named("dy", gradient));
  detail::check_disjoint(call, apart, detail::named("x", in));
  detail::check_disjoint(call, apart, detail::named("weight", act.weight));
  detail::weight_gradient(act, sums, gradient, in);
  detail::map_prelu<detail::prelu_backward_op>(act, how, out, gradient, in);
}

} // namespace relu::inline RELU_ABI
