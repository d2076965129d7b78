// SPDX-License-Identifier: MIT
// What counts as a contiguous range, and the span of its elements.
#pragma once

#include <relu/detail/check.hpp>
#include <relu/detail/elements.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>

namespace relu::inline RELU_TYPES::parts {

/// The storage order of a matrix. Other ranges have order::any, which matches both.
enum class order { any, by_rows, by_columns };

} // namespace relu::inline RELU_TYPES::parts

namespace relu::inline RELU_ABI {

namespace detail {

/// Eigen 3.4 and later: vectors, arrays, matrices, maps and blocks. Their iterators are not contiguous.
template <class R>
concept eigen_like = requires(const R& r) {
  R::IsVectorAtCompileTime;
  r.outerStride();
  r.outerSize();
  r.innerSize();
  r.innerStride();
  requires std::is_pointer_v<decltype(r.data())>;
};

} // namespace detail

/// Whether R, a type with data() and size(), keeps its elements next to each other although it is not a
/// std::ranges::contiguous_range. It is true for Eigen's dense types, but not for expressions, which have no
/// data(). Elements are processed in the order of memory. Specialize it for a type of your own; if that is a
/// view whose const object has const elements, also specialize std::ranges::enable_borrowed_range, so that a
/// temporary view can be an output.
template <class R> inline constexpr bool enable_contiguous = false;
template <detail::eigen_like R> inline constexpr bool enable_contiguous<R> = R::InnerStrideAtCompileTime == 1;

namespace detail {

/// The elements of a T, which may be an array of arrays, and how many a T has.
template <class T> struct flattened {
  using type = T;
  static constexpr std::size_t size = 1;
};
template <class T, std::size_t N> struct flattened<T[N]> {
  using type = typename flattened<T>::type;
  static constexpr std::size_t size = N * flattened<T>::size;
};
template <class T, std::size_t N> struct flattened<std::array<T, N>> {
  using type = typename flattened<T>::type;
  static constexpr std::size_t size = N * flattened<T>::size;
};
template <class T, std::size_t N>
struct flattened<const std::array<T, N>> : flattened<std::array<const T, N>> {};

template <class R>
concept standard_contiguous = std::ranges::contiguous_range<R> && std::ranges::sized_range<R>;
template <class R>
concept declared_contiguous =
    !standard_contiguous<R> && enable_contiguous<std::remove_cvref_t<R>> && requires(R& r) {
      requires std::is_pointer_v<decltype(r.data())>;
      { r.size() } -> std::integral;
    };

/// A range of elements next to each other. The elements of an array of arrays are those of the inner arrays.
template <class R> concept contiguous = standard_contiguous<R> || declared_contiguous<R>;

template <class R> struct memory_of {};
template <declared_contiguous R> struct memory_of<R> {
  using type = std::remove_pointer_t<decltype(std::declval<R&>().data())>;
};
template <standard_contiguous R> struct memory_of<R> {
  using type = typename flattened<std::remove_reference_t<std::ranges::range_reference_t<R>>>::type;
};
/// The type of an element in the memory of a range: T or const T.
template <class R> using memory_t = typename memory_of<R>::type;

/// The type as which the elements of a range are processed: canonical, without const.
template <class R> using element_of = canonical_t<std::remove_const_t<memory_t<R>>>;

using parts::order;
template <class R> inline constexpr order order_of = order::any;
template <eigen_like R>
requires(!R::IsVectorAtCompileTime)
inline constexpr order order_of<R> = R::IsRowMajor ? order::by_rows : order::by_columns;

/// The order of the matrices among the ranges, which have the same order.
template <class R, class... More> constexpr order common_order() {
  if constexpr (order_of<std::remove_cvref_t<R>> != order::any || sizeof...(More) == 0)
    return order_of<std::remove_cvref_t<R>>;
  else return detail::common_order<More...>();
}
/// No two ranges are matrices with different orders.
template <class... R>
inline constexpr bool same_order = !((order_of<std::remove_cvref_t<R>> == order::by_rows) || ...) ||
                                   !((order_of<std::remove_cvref_t<R>> == order::by_columns) || ...);

/// Whether R refers to memory that it does not own: a borrowed range, or a type whose elements are mutable
/// although it is const.
template <class R> inline constexpr bool is_view = std::ranges::enable_borrowed_range<R>;
template <class R>
requires(contiguous<const R> && !std::is_const_v<memory_t<const R>>)
inline constexpr bool is_view<R> = true;
template <eigen_like R> inline constexpr bool is_view<R> = !std::is_same_v<R, typename R::PlainObject>;

/// The memory of an argument R&& exists after the call: R is not a temporary container.
template <class R> concept outlives_call = std::is_lvalue_reference_v<R> || is_view<std::remove_cvref_t<R>>;

/// The number of elements.
template <contiguous R> constexpr std::size_t size_of(R& range) noexcept {
  if constexpr (standard_contiguous<R>)
    return static_cast<std::size_t>(std::ranges::size(range)) *
           flattened<std::ranges::range_value_t<R>>::size;
  else return static_cast<std::size_t>(range.size());
}

/// The memory of a range as the type that it is processed as: see read_element.
template <contiguous R> constexpr auto* data_of(R& range) noexcept {
  using T = std::conditional_t<std::is_const_v<memory_t<R>>, const element_of<R>, element_of<R>>;
  auto* const first = [&] {
    if constexpr (standard_contiguous<R>) return std::ranges::data(range);
    else return range.data();
  }();
  if constexpr (std::is_same_v<decltype(first), T* const>) return first;
  else return reinterpret_cast<T*>(first);
}

/// A range as a span, which is passed in registers. Throws std::invalid_argument if it is a part of a matrix
/// with other elements between its columns.
template <class R>
[[gnu::always_inline]] constexpr auto elements_of([[maybe_unused]] const char* call,
                                                  [[maybe_unused]] const char* name, R& range) {
  if constexpr (eigen_like<std::remove_const_t<R>>) {
    const bool has_gaps =
        range.outerStride() != range.innerSize() && range.outerSize() > 1 && range.size() != 0;
    if (!R::IsVectorAtCompileTime && has_gaps)
      fail_stride(call, name, static_cast<std::size_t>(range.innerSize()), range.outerStride());
  }
  return std::span(detail::data_of(range), detail::size_of(range));
}
template <class R>
[[gnu::always_inline]] constexpr std::span<const element_of<R>> input(const char* call, const char* name,
                                                                      R& range) {
  return detail::elements_of(call, name, range);
}
template <class R>
[[gnu::always_inline]] constexpr std::span<element_of<R>> output(const char* call, const char* name,
                                                                 R& range) {
  return detail::elements_of(call, name, range);
}

} // namespace detail
} // namespace relu::inline RELU_ABI
