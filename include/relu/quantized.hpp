// SPDX-License-Identifier: MIT
// Quantised 8-bit elements: ranges with a scale and a zero point, and the table of an activation on them.
#pragma once

#include <relu/detail/quantize.hpp>
#include <relu/detail/ranges.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace relu::inline RELU_TYPES {

/// How 8-bit integers stand for numbers: q stands for (q - zero_point) * scale.
///
/// The scale must be positive and finite, and the zero point in the range of the elements: the calls throw
/// std::invalid_argument otherwise. A scale that was a float is that float exactly.
struct quantization {
  double scale = 1;
  int zero_point = 0;
};

/// A range of quantised elements: quantized{x, {.scale = 0.1, .zero_point = 3}}.
///
/// x: a contiguous range of std::int8_t or std::uint8_t. The elements of a matrix are processed in the order
///    of memory. They are not copied, so the range must outlive this object: a temporary container does not
///    compile.
///
/// relu::forward(act, quantized{x, qx}, quantized{y, qy}) applies an activation.
template <class T> class quantized {
  static_assert(detail::byte_element<std::remove_const_t<T>>,
                "relu::quantized: x must be a contiguous range of std::int8_t or std::uint8_t");

public:
  template <detail::contiguous R>
  requires std::convertible_to<detail::memory_t<R>*, T*> && detail::outlives_call<R>
  RELU_MEMBER constexpr quantized(R&& x, relu::quantization by)
      : elements_(detail::elements_of("quantized", "x", x)),
        by_(by) {}
  template <detail::contiguous R>
  requires(!detail::outlives_call<R>)
  quantized(R&& temporary_elements_are_not_copied, relu::quantization) = delete;

  RELU_MEMBER constexpr std::span<T> elements() const noexcept { return elements_; }
  RELU_MEMBER constexpr relu::quantization quantization() const noexcept { return by_; }

private:
  std::span<T> elements_;
  relu::quantization by_;
};
template <detail::contiguous R>
quantized(R&&, quantization)
    -> quantized<std::conditional_t<std::is_const_v<detail::memory_t<R>>, const detail::element_of<R>,
                                    detail::element_of<R>>>;

} // namespace relu::inline RELU_TYPES

namespace relu::inline RELU_ABI::detail {

template <class Q> inline constexpr bool is_quantized = false;
template <class T> inline constexpr bool is_quantized<quantized<T>> = true;
template <class Q> concept quantized_argument = is_quantized<std::remove_cvref_t<Q>>;

/// The quantization of elements T.
template <byte_element T> constexpr byte_quantization for_elements(const quantization& by) noexcept {
  return {by.scale, by.zero_point, std::numeric_limits<T>::min()};
}

/// An activation of quantised elements.
template <class A> concept quantised_activation = has_value<A, double>;

} // namespace relu::inline RELU_ABI::detail

namespace relu::inline RELU_TYPES {

/// The results of an activation for each of the 256 elements In, as elements Out, for several calls:
///
///     lookup_table<In, Out>{act, qx, qy}    as forward(act, quantized{x, qx}, quantized{y, qy}) computes
///     them lookup_table<In, Out>{qx, qy}         act = rectifier{}
///
///     forward(table, x, y)                  y[i] = table(x[i])
///     forward(table, x)                     in place, if In and Out are the same
///
/// In, Out: std::int8_t or std::uint8_t, each.
///
/// The constructor throws std::invalid_argument if the parameters of the activation are invalid, a scale is
/// not positive and finite, or a zero point is not in the range of its type. Nothing else allocates or
/// throws.
template <class In, class Out> class lookup_table {
  static_assert(detail::byte_element<In> && detail::byte_element<Out>,
                "relu::lookup_table: In and Out must be std::int8_t or std::uint8_t");

public:
  template <class A> RELU_MEMBER lookup_table(const A& act, const quantization& qx, const quantization& qy) {
    static_assert(
        detail::quantised_activation<A>,
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
