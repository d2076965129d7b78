// SPDX-License-Identifier: MIT
// Quantised 8-bit elements: ranges and matrices with a scale and a zero point, and the table of an activation
// on them.
#pragma once

#include <relu/detail/matrices.hpp>
#include <relu/detail/quantize.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace relu::inline RELU_TYPES {

/// How 8-bit integers stand for numbers: q stands for (q - zero_point) * scale. Calls throw
/// std::invalid_argument unless the scale is positive and finite, and the zero point in the range of the
/// elements.
struct quantization {
  double scale = 1;
  int zero_point = 0;
};

/// A range or matrix of quantised elements, with their quantization:
///
///     forward(act, quantized{x, qx}, quantized{y, qy})    act = rectifier{} if there is none
///     forward(act, quantized{x, q})                       in place
///     forward(policy, act, quantized{x, qx}, ...)         on several threads, with relu/execution.hpp
///
/// x, y: contiguous ranges or matrices (see relu::matrix_view) of std::int8_t or std::uint8_t, each; y may be
///       x. They are not copied, so a range must outlive its quantized: a temporary container does not
///       compile.
/// act:  an activation with value(double), of this library or your own, but not relu::prelu. fast{act} gives
///       the results of act.
///
/// With x[i] standing for v = (x[i] - qx.zero_point) * qx.scale, the call computes
///
///     y[i] = saturate(round(f(v) / qy.scale) + qy.zero_point)
///
/// where round returns the nearest integer, in a tie the even one, as ONNX's DequantizeLinear, f and
/// QuantizeLinear do with real numbers:
///
///     f(v)          y[i]
///     +0, -0        qy.zero_point
///     +inf, -inf    the largest, the smallest element
///     NaN           qy.zero_point
///
/// - rectifier, leaky_relu, clipped_relu, relu6, thresholded_relu, shifted_relu, squared_relu, hard_sigmoid,
///   hard_tanh, hard_shrink, soft_shrink: f(v) / qy.scale is rounded once. The result is that of real numbers
///   if the scales have at most 24 significant bits, as floats have. For other scales and parameters,
///   quotients are told apart from a tie unless they differ from it by less than 2^-90 of their value.
///   Results are the same in every rounding mode.
/// - Other activations compute v and f(v) in double. A quotient that differs from a tie by less than 2^-49 of
///   its value counts as the tie. So decimal scales do not miss ties, but a number so close to a tie may not
///   become the nearest integer.
///
/// The results hold under -ffast-math. Where the program flushes subnormals to zero, subnormal numbers v,
/// f(v) and scales count as 0. Where v overflows, it is infinite.
///
/// forward throws std::invalid_argument and writes nothing if lengths differ, ranges overlap without being
/// the same, parameters of the activation are invalid, a scale is not positive and finite, or a zero point is
/// not in the range of its elements. It allocates no memory on one thread. From 256 elements on it computes
/// the 256 results first and looks them up: to do that once for several calls, use relu::lookup_table.
///
/// ONNX operators QuantizeLinear and DequantizeLinear; B. Jacob et al., "Quantization and training of neural
/// networks for efficient integer-arithmetic-only inference", CVPR 2018.
template <class T, parts::order Order = parts::order::any> class quantized {
public:
  template <class R>
  requires(detail::contiguous<R> || detail::matrix_argument<R>) &&
              std::convertible_to<detail::memory_t<R>*, T*> && detail::outlives_call<R>
  RELU_MEMBER constexpr quantized(R&& x, relu::quantization by)
      : x_(detail::any_shape_of<T>("quantized", "x", x)),
        by_(by) {}
  template <detail::contiguous R>
  requires(!detail::outlives_call<R>)
  quantized(R&& temporary_elements_are_not_copied, relu::quantization) = delete;

  RELU_MEMBER constexpr const parts::any_shape<T>& x() const noexcept { return x_; }
  RELU_MEMBER constexpr relu::quantization quantization() const noexcept { return by_; }

private:
  parts::any_shape<T> x_;
  relu::quantization by_;
};
template <class R>
quantized(R&&, quantization)
    -> quantized<std::conditional_t<std::is_const_v<detail::memory_t<R>>, const detail::element_of<R>,
                                    detail::element_of<R>>,
                 detail::common_order<R>()>;

} // namespace relu::inline RELU_TYPES

namespace relu::inline RELU_ABI::detail {

template <class Q> inline constexpr bool is_quantized = false;
template <class T, order Order> inline constexpr bool is_quantized<quantized<T, Order>> = true;
template <class T, order Order> inline constexpr order order_of<quantized<T, Order>> = Order;
template <class Q> concept quantized_argument = is_quantized<std::remove_cvref_t<Q>>;

/// The quantization of elements T.
template <byte_element T> constexpr byte_quantization for_elements(const quantization& by) noexcept {
  return {by.scale, by.zero_point, std::numeric_limits<T>::min()};
}

/// An activation of quantised elements.
template <class A> concept quantized_activation = has_value<A, double>;

} // namespace relu::inline RELU_ABI::detail

namespace relu::inline RELU_TYPES {

/// The results of an activation for all 256 elements In, as elements Out, for use in several calls:
///
///     lookup_table<In, Out>{act, qx, qy}    act = rectifier{} if there is none
///
///     forward(table, x, y)                  y[i] = table(x[i])
///     forward(table, x)                     in place, if In and Out are the same
///     forward(table, x, y, how)             how y is written, see relu::stores
///     forward(policy, table, x, y) ...      on several threads, with relu/execution.hpp
///
/// In, Out: std::int8_t or std::uint8_t, each. x and y are contiguous ranges or matrices (see
///          relu::matrix_view) of them; y may be x.
///
/// table(x) is the result of forward(act, quantized{x, qx}, quantized{y, qy}), see relu::quantized.
///
/// The constructor throws std::invalid_argument if parameters of the activation are invalid, a scale is not
/// positive and finite, or a zero point is not in the range of its type. forward throws it and writes nothing
/// if shapes differ, or elements overlap without being the same. Nothing allocates memory on one thread.
template <class In, class Out> class lookup_table {
  static_assert(detail::byte_element<In> && detail::byte_element<Out>,
                "relu::lookup_table: In and Out must be std::int8_t or std::uint8_t");

public:
  template <class A> RELU_MEMBER lookup_table(const A& act, const quantization& qx, const quantization& qy) {
    static_assert(
        detail::quantized_activation<A>,
        "relu::lookup_table: act must have value(x) for double, see relu::activation; relu::prelu does "
        "not, because an element does not tell its channel");
    constexpr const char* name = "lookup_table";
    const auto of_x = detail::for_elements<In>(qx), of_y = detail::for_elements<Out>(qy);
    detail::check_parameters(name, act);
    detail::check_quantization(name, "qx", of_x);
    detail::check_quantization(name, "qy", of_y);
    detail::fill_table(entries_, act, of_x, of_y);
  }
  RELU_MEMBER lookup_table(const quantization& qx, const quantization& qy)
      : lookup_table(rectifier{}, qx, qy) {}

  /// The result for x.
  RELU_MEMBER constexpr Out operator()(In x) const noexcept { return entries_[static_cast<std::uint8_t>(x)]; }

  /// The results for the bit patterns 0 to 255: if In is std::int8_t, those for 0 to 127, then -128 to -1.
  RELU_MEMBER constexpr std::span<const Out, 256> entries() const noexcept { return entries_; }

private:
  Out entries_[256];
};

} // namespace relu::inline RELU_TYPES
