// SPDX-License-Identifier: MIT
// PReLU: a learned slope below zero for each channel.
#pragma once

#include <relu/concepts.hpp>

#include <concepts>
#include <cstddef>
#include <span>

namespace relu::inline RELU_TYPES {

/// The parametric rectified linear unit, max(0, x) + weight min(0, x), with a weight for each channel.
/// Elements: float, double, float16, bfloat16. The results have the same bits on every instruction set.
///
/// Element i has weight[i / plane % weight.size()]: x consists of samples, each of weight.size() channels of
/// `plane` elements.
///
///     plane             x is
///     1                 rows x channels (channels last)
///     rows              channels x rows (channels first)
///     height * width    samples x channels x height x width (PyTorch)
///
/// A single weight applies to all elements, with any plane. prelu{0.25f} holds its weight. Other weights are
/// not copied: they must outlive the prelu.
///
///     forward(prelu{weight, plane}, x, y)
///     backward(prelu{weight, plane}, dy, x, dx)
///     backward(prelu{weight, plane}, dy, x, dx, dweight)
///
///     x                     y                 dx             term of dweight
///     > 0, +inf             x                 dy             +0
///     < 0, -inf             weight * x        weight * dy    dy * x
///     +0, -0                x                 weight * dy    +0
///     NaN of either sign    x, same bits      dy             NaN
///
/// x and dy pass with the same bits; a NaN of float16 or bfloat16 becomes quiet. Largest error: products are
/// rounded once (0.5 ULP); subnormal products become 0 if the program flushes subnormals (FTZ, DAZ,
/// -ffast-math). A weight of 0 results in +0, even for an infinity.
///
/// dweight[c] is the sum of the terms of channel c, and overwrites what was there. The sums are computed in
/// double, in an order that depends only on n, weight.size() and plane, so they have the same bits on every
/// instruction set. For k terms with a sum s of magnitudes, the error is below k 2^-53 s, plus one rounding
/// to the element type.
///
/// forward and backward throw std::invalid_argument and write nothing if n is not a multiple of plane *
/// weight.size(), an output overlaps the weights, dweight and the weights differ in size, or dweight overlaps
/// another range. They take an execution policy; dweight is then computed on one thread.
///
/// K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers: surpassing human-level
/// performance on ImageNet classification", ICCV 2015.
template <real T> class prelu {
public:
  /// No weights: for ranges of size 0 only.
  RELU_MEMBER constexpr prelu() = default;

  /// A weight for each channel, from a contiguous range, which must outlive the prelu.
  template <input_range W>
  requires std::same_as<detail::element_of<W>, T> && detail::outlives_call<W>
  RELU_MEMBER constexpr prelu(W&& weight, std::size_t plane = 1)
      : weight_(detail::input("prelu", "weight", weight)),
        plane_(plane) {}
  template <input_range W>
  requires(!detail::outlives_call<W>)
  prelu(W&& temporary_weights_are_not_copied, std::size_t = 1) = delete;

  /// One weight for all elements.
  RELU_MEMBER constexpr prelu(T weight) noexcept : single_(weight), is_single_(true) {}

  /// The weights, one for each channel.
  RELU_MEMBER constexpr std::span<const T> weight() const& noexcept {
    return is_single_ ? std::span(&single_, 1) : weight_;
  }
  void weight() const&& = delete;

  /// The number of elements of a channel in a sample.
  RELU_MEMBER constexpr std::size_t plane() const noexcept { return plane_; }

private:
  std::span<const T> weight_;
  std::size_t plane_ = 1;
  T single_{};
  bool is_single_ = false;
};
template <input_range W> prelu(W&&, std::size_t = 1) -> prelu<detail::element_of<W>>;

} // namespace relu::inline RELU_TYPES
