// SPDX-License-Identifier: MIT
// biased and sum: what a layer adds before its activation.
#pragma once

#include <relu/concepts.hpp>
#include <relu/detail/matrices.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>

namespace relu::inline RELU_TYPES {

/// Stands for x[i] + bias[i / plane % bias.size()] where a function of relu reads x:
///
///     forward(act, biased{x, bias}, y)
///
/// x:     a contiguous range or a matrix (see relu::matrix_view) of n elements, numbered row by row.
/// bias:  a contiguous range of the same type of elements, one for each channel.
/// plane: how many elements in a row belong to a channel: 1 for the rows of a matrix with a column for each
///        channel, height * width for images of which each channel is a plane.
///
/// The sum is rounded once to the element type; integers wrap. A call throws std::invalid_argument and writes
/// nothing unless n is a multiple of bias.size() * plane, or if the output overlaps the bias. Neither x nor
/// bias is copied, so they must outlive the biased: a temporary container does not compile.
template <element T, parts::order Order = parts::order::any> class biased {
public:
  using element_type = T;

  template <detail::operand_range X, input_range B>
  requires detail::elements_are<T, X, B> && detail::outlives_call<X> && detail::outlives_call<B>
  RELU_MEMBER constexpr biased(X&& x, B&& bias, std::size_t plane = 1)
      : x_(detail::any_shape_of<const T>("biased", "x", x)),
        bias_(detail::input("biased", "bias", bias)),
        plane_(plane) {}
  template <class X, class B>
  requires(!detail::outlives_call<X> || !detail::outlives_call<B>)
  biased(X&&, B&& temporary_elements_are_not_copied, std::size_t = 1) = delete;

  RELU_MEMBER constexpr const parts::any_shape<const T>& x() const noexcept { return x_; }
  RELU_MEMBER constexpr std::span<const T> bias() const noexcept { return bias_; }
  RELU_MEMBER constexpr std::size_t plane() const noexcept { return plane_; }

private:
  parts::any_shape<const T> x_;
  std::span<const T> bias_;
  std::size_t plane_;
};
template <class X, class B, class... Plane>
biased(X&&, B&&, Plane...) -> biased<detail::element_of<X>, detail::common_order<X>()>;

/// Stands for x[i] + residual[i] where a function of relu reads x:
///
///     forward(act, sum{x, residual}, y)
///
/// x, residual: contiguous ranges or matrices (see relu::matrix_view) of as many elements of one type. The
///              output may be one of them.
///
/// The sum is rounded once to the element type; integers wrap. Neither is copied, so they must outlive the
/// sum: a temporary container does not compile.
template <element T, parts::order Order = parts::order::any> class sum {
public:
  using element_type = T;

  template <detail::operand_range X, detail::operand_range R>
  requires detail::elements_are<T, X, R> && detail::same_order<X, R> && detail::outlives_call<X> &&
               detail::outlives_call<R>
  RELU_MEMBER constexpr sum(X&& x, R&& residual)
      : x_(detail::any_shape_of<const T>("sum", "x", x)),
        residual_(detail::any_shape_of<const T>("sum", "residual", residual)) {}
  template <class X, class R>
  requires(!detail::outlives_call<X> || !detail::outlives_call<R>)
  sum(X&&, R&& temporary_elements_are_not_copied) = delete;
  template <class X, class R>
  requires(!detail::same_order<X, R>)
  sum(X&&, R&& matrices_must_have_the_same_storage_order) = delete;

  RELU_MEMBER constexpr const parts::any_shape<const T>& x() const noexcept { return x_; }
  RELU_MEMBER constexpr const parts::any_shape<const T>& residual() const noexcept { return residual_; }

private:
  parts::any_shape<const T> x_, residual_;
};
template <class X, class R> sum(X&&, R&&) -> sum<detail::element_of<X>, detail::common_order<X, R>()>;

} // namespace relu::inline RELU_TYPES

namespace relu::inline RELU_ABI::detail {

template <class T, order Order> inline constexpr order order_of<biased<T, Order>> = Order;
template <class T, order Order> inline constexpr order order_of<sum<T, Order>> = Order;

} // namespace relu::inline RELU_ABI::detail
