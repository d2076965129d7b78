// SPDX-License-Identifier: MIT
// Sparse outputs: the nonzero values and their positions, for an array or for each row of a matrix (CSR).
#pragma once

#include <relu/detail/verb.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <ranges>
#include <span>

namespace relu::inline RELU_ABI {

/// A contiguous sized range of positions: std::uint32_t, or std::int32_t for libraries that use signed
/// positions.
template <class R>
concept index_range = std::ranges::contiguous_range<R> && std::ranges::sized_range<R> &&
                      detail::contains<std::ranges::range_value_t<R>, type_list<std::uint32_t, std::int32_t>>;

/// An index_range of mutable elements.
template <class R>
concept output_index_range =
    index_range<R> && std::same_as<std::ranges::range_reference_t<R>, std::ranges::range_value_t<R>&>;

namespace detail {

template <class... R> constexpr bool are_index_ranges() {
  static_assert((output_index_range<R> && ...),
                "relu: positions must be a contiguous sized range of mutable "
                "std::uint32_t or std::int32_t, see relu::output_index_range");
  return (output_index_range<R> && ...);
}

/// Positions as the kernels write them. A signed integer has the bits of the unsigned one.
template <class I> std::uint32_t* as_unsigned(I* indices) noexcept {
  return reinterpret_cast<std::uint32_t*>(indices);
}

struct compressed_size_verb {
  static constexpr const char* name = "compressed_size";

  template <class On, class A, class X> static std::size_t call(const On& on, const A& act, X& x) {
    if constexpr (is_input<X>() && is_activation<A, X>()) {
      const auto in = detail::input(x);
      detail::check_parameters(name, act);
      return detail::call<compressed_size_kernel, element_of<X>>(on, act, stores::cached, in.size(),
                                                                 in.data());
    } else return 0;
  }
};

/// The ranges do not overlap, the type of the indices can hold `largest`, and there is room for the nonzero
/// values.
template <class A, class T, class I>
void check_compress(const char* call, const A& act, std::span<const T> x, std::size_t largest,
                    std::span<T> values, std::span<I> indices) {
  check_disjoint(call, named("values", values), named("x", x));
  check_disjoint(call, named("indices", indices), named("x", x));
  check_disjoint(call, named("values", values), named("indices", indices));
  detail::check_parameters(call, act);
  constexpr std::size_t limit = std::numeric_limits<I>::max();
  if (largest > limit) fail_capacity(call, "is the largest index that its type can hold", limit, largest);
  if (std::min(values.size(), indices.size()) >= x.size()) return;
  const std::size_t needed = compressed_size_verb::call(this_thread{}, act, x);
  if (values.size() < needed) fail_capacity(call, "values", values.size(), needed);
  if (indices.size() < needed) fail_capacity(call, "indices", indices.size(), needed);
}

struct compress_verb {
  static constexpr const char* name = "compress";

  template <class On, class A, class X, class V, class I>
  static std::size_t call(const On& on, const A& act, X& x, V& values, I& indices) {
    runs_on_one_thread<On>();
    if constexpr (are_ranges<V, X>() && are_index_ranges<I>() && is_activation<A, X>()) {
      const auto in = detail::input(x);
      const auto out = detail::output(values);
      const auto at = detail::output(indices);
      check_compress(name, act, in, in.empty() ? 0 : in.size() - 1, out, at);
      const std::size_t capacity = std::min(out.size(), at.size());
      return detail::call<compress_kernel, element_of<X>>(on, act, stores::cached, in.size(), out.data(),
                                                          as_unsigned(at.data()), capacity, in.data());
    } else return 0;
  }
};

struct compress_rows_verb {
  static constexpr const char* name = "compress_rows";

  template <class On, class A, class X, std::integral N, class V, class I, class O>
  static std::size_t call(const On&, const A& act, X& x, N row_length, V& values, I& indices, O& offsets) {
    runs_on_one_thread<On>();
    if constexpr (are_ranges<V, X>() && are_index_ranges<I, O>() && is_activation<A, X>()) {
      static_assert(same_element<I, O>, "relu: indices and offsets must have the same element type");
      const auto columns = static_cast<std::size_t>(row_length);
      const auto in = detail::input(x);
      const auto out = detail::output(values);
      const auto at = detail::output(indices);
      const auto begins = detail::output(offsets);
      const std::size_t needed = rows_of(name, "x", in.size(), columns) + 1;
      // A matrix without columns may have any number of rows.
      if (begins.empty() || (columns != 0 && begins.size() != needed))
        fail_capacity(name, "offsets", begins.size(), needed);
      check_disjoint(name, named("offsets", begins), named("x", in));
      check_disjoint(name, named("offsets", begins), named("values", out));
      check_disjoint(name, named("offsets", begins), named("indices", at));
      check_compress(name, act, in, in.size(), out, at);
      return compress_each_row(act, in, columns, out, at, begins);
    } else return 0;
  }

private:
  template <class A, class T, class I>
  static std::size_t compress_each_row(const A& act, std::span<const T> x, std::size_t columns,
                                       std::span<T> values, std::span<I> indices, std::span<I> offsets) {
    const std::size_t capacity = std::min(values.size(), indices.size());
    const auto kernel = find_kernel<compress_kernel, A, T>();
    std::size_t found = 0, row = 0;
    offsets[0] = 0;
    for (I& end : offsets.subspan(1)) {
      found += kernel(act, false, columns, values.data() + found, as_unsigned(indices.data()) + found,
                      capacity - found, x.data() + columns * row++);
      end = static_cast<I>(found);
    }
    return found;
  }
};

struct expand_verb {
  static constexpr const char* name = "expand";
  static constexpr bool has_activation = false;

  template <class On, class V, class I, class Y> static void call(const On&, V& values, I& indices, Y& y) {
    runs_on_one_thread<On>();
    static_assert(index_range<I>,
                  "relu: positions must be a contiguous sized range of std::uint32_t or std::int32_t, "
                  "see relu::index_range");
    if constexpr (are_ranges<Y, V>() && index_range<I>) {
      const auto in = detail::input(values);
      const auto out = detail::output(y);
      const std::span at = detail::output(indices);
      if (in.size() != at.size()) fail_sizes(name, "values", in.size(), "indices", at.size());
      check_disjoint(name, named("y", out), named("values", in));
      check_disjoint(name, named("y", out), named("indices", at));
      const std::size_t wrong = find_not_below(out.size(), at.size(), at.data());
      if (wrong < at.size()) fail_position(name, "indices", wrong, at[wrong], out.size());
      if (!out.empty()) std::memset(out.data(), 0, out.size_bytes());
      scatter(in.size(), out.data(), in.data(), at.data());
    }
  }
};

} // namespace detail

/// Returns how many f(x[i]) are not zero: the room that compress needs.
///
///     compressed_size(act, x)
///     compressed_size(x)                    act = rectifier{}
///     compressed_size(policy, act, x) ...   on several threads, with relu/execution.hpp
///
/// act: an activation. x: a contiguous range of n >= 0 elements. NaN is not zero; +0 and -0 are.
/// Throws std::invalid_argument if the activation's parameters are invalid. Allocates no memory on one
/// thread.
template <detail::first_argument<detail::compressed_size_verb> First, class... Rest>
[[gnu::always_inline]] inline std::size_t compressed_size(First&& first, Rest&&... rest) {
  return detail::call_verb<detail::compressed_size_verb>(first, rest...);
}

/// Writes the nonzero f(x[i]) to `values` and their positions i to `indices`, in ascending order, and returns
/// how many there are:
///
///     compress(act, x, values, indices)
///     compress(x, values, indices)        act = rectifier{}
///
/// act: an activation.
/// x: a contiguous range of n >= 0 elements. NaN is not zero; +0 and -0 are.
/// values: a range of the element type of x.
/// indices: a range of std::uint32_t or std::int32_t. values and indices need room for
///          compressed_size(act, x) elements; room for n is faster, because nothing is counted first.
///          Elements after the results may be overwritten.
///
/// Throws std::invalid_argument and writes nothing if there is not enough room, the type of the indices
/// cannot hold a position, two ranges overlap, or the activation's parameters are invalid. Allocates no
/// memory.
template <detail::first_argument<detail::compress_verb> First, class... Rest>
[[gnu::always_inline]] inline std::size_t compress(First&& first, Rest&&... rest) {
  return detail::call_verb<detail::compress_verb>(first, rest...);
}

/// Compresses each row of a matrix: compressed sparse rows (CSR). Returns the number of nonzero values.
///
///     compress_rows(act, x, columns, values, indices, offsets)
///     compress_rows(x, columns, values, indices, offsets)        act = rectifier{}
///
/// act: an activation.
/// x: a contiguous range of rows * columns elements, row by row. NaN is not zero; +0 and -0 are.
/// values: a range of the element type of x.
/// indices: a range of std::uint32_t or std::int32_t, the column of each value. values and indices need room
///          for compressed_size(act, x) elements. Elements after the results may be overwritten.
/// offsets: rows + 1 elements of the type of the indices. Row r has the values from offsets[r] up to, but not
///          including, offsets[r + 1].
///
/// Throws std::invalid_argument and writes nothing if x does not consist of whole rows, offsets has another
/// length, there is not enough room, the type of the indices cannot hold the number of elements of x, two
/// ranges overlap, or the activation's parameters are invalid. Allocates no memory.
template <detail::first_argument<detail::compress_rows_verb> First, class... Rest>
[[gnu::always_inline]] inline std::size_t compress_rows(First&& first, Rest&&... rest) {
  return detail::call_verb<detail::compress_rows_verb>(first, rest...);
}

/// Writes y[indices[i]] = values[i], and +0 to every other element of y: the inverse of compress, except that
/// -0 becomes +0.
///
///     expand(values, indices, y)
///
/// values: a contiguous range of elements.
/// indices: a range of as many std::uint32_t or std::int32_t. If two are equal, the later value counts.
/// y: a range of any number of elements of the type of the values.
///
/// Throws std::invalid_argument and writes nothing if the lengths differ, an index is out of range, or y
/// overlaps another range. Allocates no memory.
template <detail::first_argument<detail::expand_verb> First, class... Rest>
[[gnu::always_inline]] inline void expand(First&& first, Rest&&... rest) {
  detail::call_verb<detail::expand_verb>(first, rest...);
}

} // namespace relu::inline RELU_ABI
