// SPDX-License-Identifier: MIT
// Outputs without their zeros: values and positions, for one array or for each row of a matrix.
#pragma once

#include <relu/elementwise.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <ranges>
#include <span>

namespace relu::inline RELU_ABI {

/// A contiguous sized range of positions: std::uint32_t, or std::int32_t, which other libraries take.
template <class R>
concept index_range = std::ranges::contiguous_range<R> && std::ranges::sized_range<R> &&
                      detail::one_of<std::ranges::range_value_t<R>, std::uint32_t, std::int32_t>;

/// An index_range whose elements can be assigned to.
template <class R>
concept output_index_range =
    index_range<R> && std::is_same_v<std::ranges::range_reference_t<R>, std::ranges::range_value_t<R>&>;

namespace detail {

template <class A, class T> std::size_t compressed_size(const A& act, std::span<const T> x) {
  if constexpr (precompiled<A>)
    return activation_kernels_of<A, T>(dispatch_table()).compressed_size(&act, x.size(), x.data());
  else return count<native>(is_nonzero_op<A>{{act}}, x.size(), x.data());
}

/// f(x of a row, values, indices, capacity): what compresses, chosen once for many rows.
template <class A, class T> auto compressor(const A& act) {
  if constexpr (precompiled<A>) {
    const auto kernel = activation_kernels_of<A, T>(dispatch_table()).compress;
    return [=, &act](std::span<const T> x, T* values, std::uint32_t* indices, std::size_t capacity) {
      return kernel(&act, x.size(), x.data(), values, indices, capacity);
    };
  } else
    return [&act](std::span<const T> x, T* values, std::uint32_t* indices, std::size_t capacity) {
      return compress<native>(compress_op<A>{{act}}, x.size(), x.data(), values, indices, capacity);
    };
}

/// Positions as the kernels write them: a signed integer has the bits of an unsigned one.
template <class I> std::uint32_t* as_unsigned(I* indices) noexcept {
  return reinterpret_cast<std::uint32_t*>(indices);
}

/// The outputs are apart from each other and from x, the type of the indices has numbers up to `largest`, and
/// there is room for as many outputs as there will be, or for all.
template <class A, class T, class I>
void check_compress(const char* call, const A& act, std::span<const T> x, std::size_t largest,
                    std::span<T> values, std::span<I> indices) {
  check_disjoint(call, named("values", values), named("x", x));
  check_disjoint(call, named("indices", indices), named("x", x));
  check_disjoint(call, named("values", values), named("indices", indices));
  check_parameters(call, act);
  constexpr std::size_t most = std::numeric_limits<I>::max();
  if (largest > most) fail_capacity(call, "is the most that an index can be", most, largest);
  const std::size_t capacity = values.size() < indices.size() ? values.size() : indices.size();
  if (capacity >= x.size()) return;
  const std::size_t needed = compressed_size(act, x);
  if (values.size() < needed) fail_capacity(call, "values", values.size(), needed);
  if (indices.size() < needed) fail_capacity(call, "indices", indices.size(), needed);
}

} // namespace detail

/// How many of the act.value(x[i]) are not zero: how much room compress needs. Throws std::invalid_argument
/// if the activation's parameters cannot be used.
template <class A, input_range X>
requires activation_of<A, X>
std::size_t compressed_size(const A& act, X&& x) {
  detail::check_parameters("compressed_size", act);
  return detail::compressed_size(act, detail::input(x));
}

/// How many of the x[i] are above zero or NaN: compressed_size(rectifier{}, x).
template <input_range X> std::size_t compressed_size(X&& x) { return relu::compressed_size(rectifier{}, x); }

/// The act.value(x[i]) that are not zero, in their order, with the positions i of each; returns how many they
/// are. NaN is not zero, +0 and -0 are.
///
/// x: a contiguous range of n >= 0 elements. values: of the same element type; indices: std::uint32_t or
/// std::int32_t; both with room for what there is, which compressed_size tells; n is always enough, and
/// faster. What is behind the values and indices, in these ranges, may be overwritten. Throws
/// std::invalid_argument, with nothing written, if there is not enough room, a position cannot be told in the
/// type of the indices, two of the ranges overlap, or the activation's parameters cannot be used. Allocates
/// nothing.
template <class A, input_range X, output_range V, output_index_range I>
requires same_element<X, V> && activation_of<A, X>
std::size_t compress(const A& act, X&& x, V&& values, I&& indices) {
  using T = std::ranges::range_value_t<X>;
  const auto in = detail::input(x);
  const auto out = detail::output(values);
  const auto at = detail::output(indices);
  detail::check_compress("compress", act, in, in.empty() ? 0 : in.size() - 1, out, at);
  const std::size_t capacity = out.size() < at.size() ? out.size() : at.size();
  return detail::compressor<A, T>(act)(in, out.data(), detail::as_unsigned(at.data()), capacity);
}

/// The x[i] that are above zero or NaN, and where: compress(rectifier{}, x, values, indices).
template <input_range X, output_range V, output_index_range I>
requires same_element<X, V>
std::size_t compress(X&& x, V&& values, I&& indices) {
  return relu::compress(rectifier{}, x, values, indices);
}

/// The same for each row of a matrix: compressed sparse rows (CSR), as sparse libraries take them.
///
/// x: rows * columns elements, row by row. values, indices: as above, the column of each value. offsets: rows
/// + 1 of the type of the indices: the values of row r are [offsets[r], offsets[r + 1]). Returns how many
/// there are. Throws std::invalid_argument, with nothing written, as compress does, and if x is not made of
/// whole rows or has more elements than an index can tell, or offsets has another length.
template <class A, input_range X, output_range V, output_index_range I, output_index_range O>
requires same_element<X, V> && same_element<I, O> && activation_of<A, X>
std::size_t compress_rows(const A& act, X&& x, std::size_t columns, V&& values, I&& indices, O&& offsets) {
  using T = std::ranges::range_value_t<X>;
  const auto in = detail::input(x);
  const auto out = detail::output(values);
  const auto at = detail::output(indices);
  const auto begins = detail::output(offsets);
  const char* const call = "compress_rows";
  const std::size_t needed = detail::rows_of(call, "x", in.size(), columns) + 1;
  // A matrix without columns may have any number of rows.
  if (begins.empty() || (columns != 0 && begins.size() != needed))
    detail::fail_capacity(call, "offsets", begins.size(), needed);
  detail::check_disjoint(call, detail::named("offsets", begins), detail::named("x", in));
  detail::check_disjoint(call, detail::named("offsets", begins), detail::named("values", out));
  detail::check_disjoint(call, detail::named("offsets", begins), detail::named("indices", at));
  detail::check_compress(call, act, in, in.size(), out, at);

  const std::size_t capacity = out.size() < at.size() ? out.size() : at.size();
  const auto compress = detail::compressor<A, T>(act);
  std::size_t found = 0;
  begins[0] = 0;
  detail::each_row(begins.size() - 1, [&](std::size_t row) {
    found += compress(in.subspan(row * columns, columns), out.data() + found,
                      detail::as_unsigned(at.data()) + found, capacity - found);
    begins[row + 1] = static_cast<std::ranges::range_value_t<O>>(found);
  });
  return found;
}

/// compress_rows(rectifier{}, x, columns, values, indices, offsets).
template <input_range X, output_range V, output_index_range I, output_index_range O>
requires same_element<X, V> && same_element<I, O>
std::size_t compress_rows(X&& x, std::size_t columns, V&& values, I&& indices, O&& offsets) {
  return relu::compress_rows(rectifier{}, x, columns, values, indices, offsets);
}

/// The inverse of compress, but for -0: y[indices[i]] = values[i], every other y[j] = +0. Where two indices
/// are the same, the last value counts.
///
/// values, indices: of the same length. y: any number of elements of the type of the values. Throws
/// std::invalid_argument, with nothing written, if the lengths differ, an index is no position in y, or y
/// overlaps the values or the indices.
template <input_range V, index_range I, output_range Y>
requires same_element<V, Y>
void expand(V&& values, I&& indices, Y&& y) {
  const auto in = detail::input(values);
  const auto out = detail::output(y);
  const std::span at(std::ranges::data(indices), static_cast<std::size_t>(std::ranges::size(indices)));
  if (in.size() != at.size()) detail::fail_sizes("expand", "values", in.size(), "indices", at.size());
  detail::check_disjoint("expand", detail::named("y", out), detail::named("values", in));
  detail::check_disjoint("expand", detail::named("y", out), detail::named("indices", at));
  const std::size_t wrong = detail::find_not_below(out.size(), at.size(), at.data());
  if (wrong < at.size()) detail::fail_position("expand", "indices", wrong, at[wrong], out.size());
  if (!out.empty()) std::memset(out.data(), 0, out.size_bytes());
  detail::scatter(in.size(), in.data(), at.data(), out.data());
}

} // namespace relu::inline RELU_ABI
