// SPDX-License-Identifier: MIT
// Checks of matrices: their shapes, and which of their elements are in the same memory.
#pragma once

#include <relu/detail/check.hpp>
#include <relu/detail/matrices.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace relu::inline RELU_ABI::detail {

/// The place of a matrix in memory, in bytes. Where both strides matter, rows have the larger one.
struct layout {
  std::uintptr_t begin;
  std::size_t rows, columns, row_stride, column_stride, element;

  /// The bytes from the first element of a row to the end of the last one.
  std::size_t row_bytes() const noexcept { return (columns - 1) * column_stride + element; }
  std::uintptr_t row(std::size_t i) const noexcept { return begin + i * row_stride; }
  std::uintptr_t end() const noexcept { return row(rows - 1) + row_bytes(); }
};

template <class T> layout layout_of(const matrix_view<T>& m) noexcept {
  const matrix_view<T> by_rows = m.row_stride < m.column_stride && m.rows > 1 ? transposed(m) : m;
  const std::size_t column_stride = by_rows.columns == 1 ? 1 : by_rows.column_stride,
                    row_stride = by_rows.rows == 1 ? by_rows.columns * column_stride : by_rows.row_stride;
  return {reinterpret_cast<std::uintptr_t>(m.data),
          by_rows.rows,
          by_rows.columns,
          row_stride * sizeof(T),
          column_stride * sizeof(T),
          sizeof(T)};
}

/// Whether some elements of two matrices without equal places are in the same memory. It is exact if both
/// have the same strides, or if the elements of each row are next to each other. Otherwise the memory between
/// the elements of a row counts as part of the row.
inline bool overlap(const layout& a, const layout& b) noexcept {
  if (a.end() <= b.begin || b.end() <= a.begin) return false;
  const layout &first = a.begin < b.begin ? a : b, &second = a.begin < b.begin ? b : a;
  const std::uintptr_t distance = second.begin - first.begin;
  if (a.row_stride == b.row_stride && a.column_stride == b.column_stride && a.element == b.element &&
      distance % a.element == 0) {
    // The distance as rows and columns: the columns may count back from the next row.
    const std::size_t rows = distance / a.row_stride, rest = distance % a.row_stride;
    const auto reaches = [&](std::size_t r, std::size_t bytes, std::size_t columns) {
      return r < first.rows && bytes % a.column_stride == 0 && bytes / a.column_stride < columns;
    };
    return reaches(rows, rest, first.columns) || reaches(rows + 1, a.row_stride - rest, second.columns);
  }
  for (std::size_t i = 0, j = 0; i < a.rows && j < b.rows;) {
    const std::uintptr_t a_end = a.row(i) + a.row_bytes(), b_end = b.row(j) + b.row_bytes();
    if (a_end <= b.row(j)) ++i;
    else if (b_end <= a.row(i)) ++j;
    else return true;
  }
  return false;
}

template <class T> bool overlap(const matrix_view<T>& a, const auto& b) noexcept {
  return size_of(a) != 0 && size_of(b) != 0 && detail::overlap(detail::layout_of(a), detail::layout_of(b));
}

[[noreturn, gnu::cold, gnu::noinline]] inline void fail_layout(const char* call, const char* name,
                                                               std::size_t rows, std::size_t columns,
                                                               std::size_t row_stride,
                                                               std::size_t column_stride) {
  char message[256];
  std::snprintf(
      message, sizeof message,
      "relu::%s: elements of %s overlap: it has %zu rows and %zu columns, row stride %zu and column "
      "stride %zu",
      call, name, rows, columns, row_stride, column_stride);
  fail(message);
}
[[noreturn, gnu::cold, gnu::noinline]] inline void fail_shapes(const char* call, const char* a,
                                                               std::size_t rows_a, std::size_t columns_a,
                                                               const char* b, std::size_t rows_b,
                                                               std::size_t columns_b) {
  char message[256];
  std::snprintf(message, sizeof message, "relu::%s: %s has %zu rows and %zu columns, %s has %zu and %zu",
                call, a, rows_a, columns_a, b, rows_b, columns_b);
  fail(message);
}

/// A matrix or range with the name that error messages use.
template <class T> struct matrix_operand {
  const char* name;
  parts::any_shape<T> of;
};

template <class T> void check_memory(const matrix_view<T>& m) noexcept {
#ifdef RELU_ADDRESS_SANITIZER
  const matrix_view<T> by_rows = m.row_stride < m.column_stride ? transposed(m) : m;
  for (std::size_t r = 0; r < by_rows.rows && by_rows.columns != 0; ++r)
    for (std::size_t c = 0; c < by_rows.columns; ++c)
      detail::check_memory(by_rows.data + r * by_rows.row_stride + c * by_rows.column_stride, 1);
#else
  static_cast<void>(m);
#endif
}

/// No two elements of a matrix are in the same place.
template <class T> void check_layout(const char* call, matrix_operand<T> x) {
  const auto& m = x.of.matrix;
  const auto has_room = [](std::size_t stride, std::size_t n, std::size_t inner_stride) {
    return inner_stride != 0 && stride > (n - 1) * inner_stride;
  };
  const bool by_rows = m.rows <= 1      ? m.column_stride != 0 || m.columns <= 1
                       : m.columns <= 1 ? m.row_stride != 0
                                        : has_room(m.row_stride, m.columns, m.column_stride) ||
                                              has_room(m.column_stride, m.rows, m.row_stride);
  if (size_of(m) != 0 && !by_rows)
    fail_layout(call, x.name, m.rows, m.columns, m.row_stride, m.column_stride);
  detail::check_memory(m);
}

template <class A, class B>
void check_same_shape(const char* call, matrix_operand<A> a, matrix_operand<B> b) {
  const auto& of_a = a.of.matrix;
  const auto& of_b = b.of.matrix;
  if (a.of.is_range || b.of.is_range) {
    if (size_of(of_a) != size_of(of_b)) fail_sizes(call, b.name, size_of(of_b), a.name, size_of(of_a));
  } else if (of_a.rows != of_b.rows || of_a.columns != of_b.columns)
    fail_shapes(call, b.name, of_b.rows, of_b.columns, a.name, of_a.rows, of_a.columns);
}

/// x has the shape of the output, and is the output itself or does not overlap it.
template <class T, class U> void check_pair(const char* call, matrix_operand<T> out, matrix_operand<U> x) {
  check_layout(call, x);
  check_same_shape(call, out, x);
  const auto& to = out.of.matrix;
  const auto& from = x.of.matrix;
  const bool same = static_cast<const void*>(to.data) == from.data && sizeof(T) == sizeof(U) &&
                    ((to.row_stride == from.row_stride && to.column_stride == from.column_stride) ||
                     (is_contiguous(to) && is_contiguous(from)));
  if (!same && detail::overlap(to, from)) fail_disjoint(call, x.name, out.name);
}

template <class T, class U> void check_disjoint(const char* call, matrix_operand<T> a, matrix_operand<U> b) {
  if (detail::overlap(a.of.matrix, b.of.matrix)) fail_disjoint(call, a.name, b.name);
}

} // namespace relu::inline RELU_ABI::detail
