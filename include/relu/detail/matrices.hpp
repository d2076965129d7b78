// SPDX-License-Identifier: MIT
// What counts as a matrix, and its elements in memory.
#pragma once

#include <relu/concepts.hpp>
#include <relu/detail/ranges.hpp>
#include <relu/matrix_view.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>

namespace relu::inline RELU_TYPES {
namespace parts {
/// An operand of a call: a matrix, or a range, which has the shape of the other operands.
template <class T> struct any_shape {
  matrix_view<T> matrix;
  bool is_range;
};
} // namespace parts
} // namespace relu::inline RELU_TYPES

namespace relu::inline RELU_ABI::detail {

template <class R> inline constexpr bool is_matrix_view = false;
template <class T> inline constexpr bool is_matrix_view<matrix_view<T>> = true;

/// std::mdspan of rank 2, or another class with these members.
template <class M>
concept mdspan_like = requires(const M& m) {
  requires M::rank() == 2;
  { m.extent(0) } -> std::integral;
  { m.stride(0) } -> std::integral;
  requires std::is_pointer_v<std::remove_cvref_t<decltype(m.data_handle())>>;
};

/// A matrix of Eigen in the memory of another object, where it may have gaps: a map, a block, a row.
template <class M>
concept eigen_view = eigen_like<M> && !std::is_same_v<M, typename M::PlainObject> &&
                     !(M::IsVectorAtCompileTime && M::InnerStrideAtCompileTime == 1);

template <class R>
concept matrix_argument = is_matrix_view<std::remove_cvref_t<R>> || mdspan_like<std::remove_cvref_t<R>> ||
                          eigen_view<std::remove_cvref_t<R>>;

template <class M> concept own_matrix = is_matrix_view<M> || mdspan_like<M>;
template <own_matrix R> inline constexpr order order_of<R> = order::by_rows;
template <own_matrix R> inline constexpr bool is_view<R> = true;

/// The matrix of an argument, with canonical elements. Of Eigen, a row is what is next to each other in
/// memory.
template <matrix_argument R> constexpr auto matrix_of(R& m) noexcept {
  const auto as = [](auto* data, auto... n) {
    using U = std::remove_pointer_t<decltype(data)>;
    using T =
        std::conditional_t<std::is_const_v<U>, const canonical_t<std::remove_const_t<U>>, canonical_t<U>>;
    if constexpr (std::is_same_v<U, T>) return matrix_view<T>{data, static_cast<std::size_t>(n)...};
    else return matrix_view<T>{reinterpret_cast<T*>(data), static_cast<std::size_t>(n)...};
  };
  using M = std::remove_cvref_t<R>;
  if constexpr (is_matrix_view<M>) return as(m.data, m.rows, m.columns, m.row_stride, m.column_stride);
  else if constexpr (mdspan_like<M>)
    return as(m.data_handle(), m.extent(0), m.extent(1), m.stride(0), m.stride(1));
  else return as(m.data(), m.outerSize(), m.innerSize(), m.outerStride(), m.innerStride());
}

template <matrix_argument R>
requires(!contiguous<R>)
struct memory_of<R> {
  using type = std::remove_pointer_t<decltype(detail::matrix_of(std::declval<R&>()).data)>;
};

/// The matrix of an argument that is a matrix or a range, with elements T or const T.
template <class T, class R>
constexpr parts::any_shape<T> any_shape_of(const char* call, const char* name, R& x) {
  if constexpr (matrix_argument<R>) {
    const auto m = detail::matrix_of(x);
    return {{m.data, m.rows, m.columns, m.row_stride, m.column_stride}, false};
  } else {
    const auto range = detail::elements_of(call, name, x);
    return {{range.data(), std::size_t{1}, range.size()}, true};
  }
}
/// It has this shape.
template <class T>
constexpr matrix_view<T> with_columns(const parts::any_shape<T>& x, std::size_t columns) noexcept {
  if (!x.is_range) return x.matrix;
  return {x.matrix.data, columns == 0 ? 0 : x.matrix.columns / columns, columns};
}

template <class R> concept operand_range = input_range<R> || (matrix_argument<R> && element<element_of<R>>);
template <class T, class... R> concept elements_are = (std::same_as<T, element_of<R>> && ...);

template <class T> constexpr std::size_t size_of(const matrix_view<T>& m) noexcept {
  return m.rows * m.columns;
}
template <class P> constexpr P transposed(const P& p) noexcept { return p; }
template <class T> constexpr matrix_view<T> transposed(const matrix_view<T>& m) noexcept {
  return {m.data, m.columns, m.rows, m.column_stride, m.row_stride};
}
/// The elements are next to each other in memory, in the order of their numbers.
template <class T> constexpr bool is_contiguous(const matrix_view<T>& m) noexcept {
  return (m.column_stride == 1 || m.columns <= 1) && (m.row_stride == m.columns || m.rows <= 1);
}

} // namespace relu::inline RELU_ABI::detail
