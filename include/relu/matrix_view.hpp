// SPDX-License-Identifier: MIT
// matrix_view: a matrix whose rows are not next to each other.
#pragma once

#include <relu/detail/abi.hpp>

#include <cstddef>

namespace relu::inline RELU_TYPES {

/// A matrix in the memory of the caller, wherever a function of relu takes a range: element (r, c) is
/// data[r * row_stride + c * column_stride].
///
///     matrix_view{data, rows, columns, row_stride}
///
/// Strides are numbers of elements. The default is a matrix without gaps. Every argument of a call that is a
/// matrix must have the same number of rows and of columns; a range of rows * columns elements counts as a
/// matrix without gaps. Elements are numbered row by row, which is the order of the bits of a mask and of
/// channels. Memory between the elements is neither read nor written.
///
/// A call throws std::invalid_argument if two elements of a matrix are in one place (for example if
/// row_stride is smaller than a row), or if matrices overlap that must not. Two halves of the rows of one
/// buffer do not overlap. Rows and columns may be exchanged in all arguments: with row_stride 1 and
/// column_stride rows this is a matrix that is stored column by column. Other column strides than 1 are
/// slower: such elements are copied to a buffer and back.
///
/// Also accepted are a std::mdspan, or another class with its members, of rank 2, and maps and blocks of
/// Eigen.
template <class T> struct matrix_view {
  T* data;
  std::size_t rows, columns;
  std::size_t row_stride = columns;
  std::size_t column_stride = 1;
};
template <class T, class... Size> matrix_view(T*, Size...) -> matrix_view<T>;

} // namespace relu::inline RELU_TYPES
