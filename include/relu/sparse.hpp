// SPDX-License-Identifier: MIT
// Sparse outputs: the nonzero values and their positions, for an array or for each row of a matrix (CSR).
#pragma once

#include <relu/detail/positions.hpp>
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

/// A contiguous sized range of positions: integers of 4 or 8 bytes, signed or unsigned.
template <class R>
concept index_range =
    detail::contiguous<R> && detail::contains<detail::element_of<R>, detail::position_types>;

/// An index_range of mutable elements.
template <class R> concept output_index_range = index_range<R> && !std::is_const_v<detail::memory_t<R>>;

namespace detail {

template <class R> using index_reason = typename decltype(find_reason<R, index_range<R>>())::type;

template <class R> concept output_index_argument = output_index_range<R> && outlives_call<R>;

struct compressed_size_verb {
  static constexpr const char* name = "compressed_size";

  template <class On, class A, class X> static std::size_t call(const On& on, const A& act, X&& x) {
    if constexpr (!read_argument<X>) {
      static_assert(fails<reason<X>, X>,
                    "relu::compressed_size: x must be a contiguous range of elements or a matrix");
    } else if constexpr (!activation_of<A, X>) {
      static_assert(fails<A, X>, "relu::compressed_size: act must be an activation for these elements, see "
                                 "relu::activation");
    } else {
      const auto in = detail::read_operand(name, "x", x);
      detail::check_parameters(name, act);
      check_input_alone(name, named("x", in));
      return detail::call_any<compressed_size_kernel, element_of<X>>(on, act, stores::cached, size_of(in),
                                                                     kernel_argument(in));
    }
    return 0;
  }
};

/// The ranges do not overlap, and the type of the indices can hold `largest`.
template <class A, class X, class T, class I>
void check_compress(const char* call, const A& act, const X& x, std::size_t largest, std::span<T> values,
                    std::span<I> indices) {
  check_disjoint(call, named("values", values), named("x", x));
  check_disjoint(call, named("indices", indices), named("x", x));
  check_disjoint(call, named("values", values), named("indices", indices));
  detail::check_parameters(call, act);
  constexpr std::uint64_t limit = std::numeric_limits<I>::max();
  if (largest > limit) fail_capacity(call, "is the largest index that its type can hold", limit, largest);
  check_input_alone(call, named("x", x));
  detail::check_memory(values);
  detail::check_memory(indices);
}

/// Compresses n rows of x, of `columns` elements each: calls write(begin, size, from, to) for all rows, some
/// or all of them at a time. The values of the `size` rows from `begin` on have the places [from, to). Throws
/// and does not write if there is not enough room for all values. Returns how many there are.
template <class On, class A, class X, class T, class I, class Write>
std::size_t compress_in_order(const char* call, const On& on, const A& act, const X& x, std::size_t n,
                              std::size_t columns, std::span<T> values, std::span<I> indices,
                              const Write& write) {
  const auto kernel = find_kernel<compressed_size_kernel, A, T>();
  const auto count = [&](std::size_t begin, std::size_t size) -> std::size_t {
    std::size_t found = 0;
    each_range(x, begin * columns, size * columns, [&](std::size_t, std::span<const T> some) {
      found += kernel(act, false, some.size(), some.data());
    });
    return found;
  };
  const std::size_t room = std::min(values.size(), indices.size());
  const auto check = [&](const auto& count_all) {
    if (room >= size_of(x)) return;
    const std::size_t needed = count_all();
    if (values.size() < needed) fail_capacity(call, "values", values.size(), needed);
    if (indices.size() < needed) fail_capacity(call, "indices", indices.size(), needed);
  };
  return on.run_in_order(n, columns * sizeof(T), room, count, check, write);
}

struct compress_verb {
  static constexpr const char* name = "compress";

  template <class On, class A, class X, class V, class I>
  static std::size_t call(const On& on, const A& act, X&& x, V&& values, I&& indices) {
    if constexpr (check_types<A, X, V, I>()) {
      const auto in = detail::read_operand(name, "x", x);
      const auto out = detail::output(name, "values", values);
      const auto at = detail::output(name, "indices", indices);
      const std::size_t n = size_of(in);
      detail::check_compress(name, act, in, n == 0 ? 0 : n - 1, out, at);
      const auto kernel = find_kernel<compress_kernel, A, element_of<X>>();
      const auto write = [&](std::size_t begin, std::size_t size, std::size_t from, std::size_t to) {
        return detail::compress_row(kernel, act, begin, in, begin, size, out.subspan(from, to - from),
                                    at.subspan(from, to - from));
      };
      return detail::compress_in_order(name, on, act, in, n, 1, out, at, write);
    } else return 0;
  }

private:
  template <class A, class X, class V, class I> static constexpr bool check_types() {
    if constexpr (!read_argument<X>)
      static_assert(fails<reason<X>, X>,
                    "relu::compress: x must be a contiguous range of elements or a matrix");
    else if constexpr (!output_argument<V>)
      static_assert(fails<reason<V>, V>,
                    "relu::compress: values must be a mutable contiguous range of elements");
    else if constexpr (!alike<X, V>)
      static_assert(fails<X, V>, "relu::compress: x and values must have the same element type, and matrices "
                                 "the same storage order");
    else if constexpr (!output_index_argument<I>)
      static_assert(fails<index_reason<I>, I>,
                    "relu::compress: indices must be a mutable contiguous range of integers of 4 or 8 bytes");
    else if constexpr (!activation_of<A, X>)
      static_assert(fails<A, X>,
                    "relu::compress: act must be an activation for these elements, see relu::activation");
    else return true;
    return false;
  }
};

struct compress_rows_verb {
  static constexpr const char* name = "compress_rows";

  // The rows of a matrix.
  template <class On, class A, class X, class V, class I, class O>
  requires(!std::integral<std::remove_cvref_t<V>>)
  static std::size_t call(const On& on, const A& act, X&& x, V&& values, I&& indices, O&& offsets) {
    if constexpr (!matrix_argument<X>) {
      static_assert(fails<X>,
                    "relu::compress_rows: x must be a matrix, or the length of a row must follow it");
      return 0;
    } else
      return call(on, act, x, detail::matrix_of(x).columns, static_cast<V&&>(values),
                  static_cast<I&&>(indices), static_cast<O&&>(offsets));
  }

  template <class On, class A, class X, std::integral N, class V, class I, class O>
  static std::size_t call(const On& on, const A& act, X&& x, N row_length, V&& values, I&& indices,
                          O&& offsets) {
    if constexpr (check_types<A, X, V, I, O>()) {
      const auto columns = static_cast<std::size_t>(row_length);
      const auto in = detail::read_operand(name, "x", x);
      const auto out = detail::output(name, "values", values);
      const auto at = detail::output(name, "indices", indices);
      const auto begins = detail::output(name, "offsets", offsets);
      const std::size_t n = size_of(in), needed = rows_of(name, "x", n, columns) + 1;
      // A matrix without columns may have any number of rows.
      if (begins.empty() || (columns != 0 && begins.size() != needed))
        fail_capacity(name, "offsets", begins.size(), needed);
      check_disjoint(name, named("offsets", begins), named("x", in));
      check_disjoint(name, named("offsets", begins), named("values", out));
      check_disjoint(name, named("offsets", begins), named("indices", at));
      detail::check_memory(begins);
      detail::check_compress(name, act, in, n, out, at);
      const auto ends = begins.subspan(1);
      const auto kernel = find_kernel<compress_kernel, A, element_of<X>>();
      const auto write = [&](std::size_t begin, std::size_t size, std::size_t from, std::size_t to) {
        if (begin == 0) write_element(begins.data(), element_of<O>{0});
        return detail::compress_rows(kernel, act, in, begin * columns, columns, from, out.first(to),
                                     at.first(to), ends.subspan(begin, size));
      };
      return detail::compress_in_order(name, on, act, in, ends.size(), columns, out, at, write);
    } else return 0;
  }

private:
  template <class A, class X, class V, class I, class O> static constexpr bool check_types() {
    if constexpr (!read_argument<X>)
      static_assert(fails<reason<X>, X>,
                    "relu::compress_rows: x must be a contiguous range of elements or a matrix");
    else if constexpr (order_of<std::remove_cvref_t<X>> == order::by_columns)
      static_assert(fails<X>, "relu::compress_rows: x must be stored row by row");
    else if constexpr (!output_argument<V>)
      static_assert(fails<reason<V>, V>,
                    "relu::compress_rows: values must be a mutable contiguous range of elements");
    else if constexpr (!alike<X, V>)
      static_assert(fails<X, V>, "relu::compress_rows: x and values must have the same element type, and "
                                 "matrices the same storage order");
    else if constexpr (!output_index_argument<I>)
      static_assert(
          fails<index_reason<I>, I>,
          "relu::compress_rows: indices must be a mutable contiguous range of integers of 4 or 8 bytes");
    else if constexpr (!output_index_argument<O>)
      static_assert(
          fails<index_reason<O>, O>,
          "relu::compress_rows: offsets must be a mutable contiguous range of integers of 4 or 8 bytes");
    else if constexpr (!same_element<I, O>)
      static_assert(fails<I, O>, "relu::compress_rows: indices and offsets must have the same element type");
    else if constexpr (!activation_of<A, X>)
      static_assert(
          fails<A, X>,
          "relu::compress_rows: act must be an activation for these elements, see relu::activation");
    else return true;
    return false;
  }
};

struct expand_verb {
  static constexpr const char* name = "expand";
  static constexpr bool has_activation = false;

  template <class On, class V, class I, class Y> static void call(const On&, V&& values, I&& indices, Y&& y) {
    static_assert(std::is_same_v<On, this_thread>, "relu::expand does not take an execution policy");
    if constexpr (check_types<V, I, Y>()) {
      const auto in = detail::input(name, "values", values);
      const auto out = detail::output(name, "y", y);
      const auto at = detail::input(name, "indices", indices);
      if (in.size() != at.size()) fail_sizes(name, "values", in.size(), "indices", at.size());
      check_disjoint(name, named("y", out), named("values", in));
      check_disjoint(name, named("y", out), named("indices", at));
      detail::check_memory(in);
      detail::check_memory(at);
      detail::check_memory(out);
      const std::size_t wrong = find_not_below(out.size(), at.size(), at.data());
      if (wrong < at.size()) {
        using index = element_of<I>;
        using printed = std::conditional_t<std::is_signed_v<index>, long long, unsigned long long>;
        fail_position(name, "indices", wrong, printed{read_element(at.data() + wrong)}, out.size());
      }
      if (!out.empty()) std::memset(out.data(), 0, out.size_bytes());
      scatter(in.size(), out.data(), in.data(), at.data());
    }
  }

private:
  template <class V, class I, class Y> static constexpr bool check_types() {
    if constexpr (!input_range<V>)
      static_assert(fails<reason<V>, V>, "relu::expand: values must be a contiguous range of elements");
    else if constexpr (!index_range<I>)
      static_assert(fails<index_reason<I>, I>,
                    "relu::expand: indices must be a contiguous range of integers of 4 or 8 bytes");
    else if constexpr (!output_argument<Y>)
      static_assert(fails<reason<Y>, Y>, "relu::expand: y must be a mutable contiguous range of elements");
    else if constexpr (!alike<V, Y>)
      static_assert(
          fails<V, Y>,
          "relu::expand: values and y must have the same element type, and matrices the same storage order");
    else return true;
    return false;
  }
};

} // namespace detail

/// Returns how many f(x[i]) are not zero: the room that compress needs.
///
///     compressed_size(act, x)
///     compressed_size(x)                    act = rectifier{}
///     compressed_size(policy, act, x) ...   on several threads, with relu/execution.hpp
///
/// act: an activation. x: a contiguous range of n >= 0 elements, or a matrix, see relu::matrix_view. NaN is
/// not zero; +0 and -0 are. Throws std::invalid_argument if the activation's parameters are invalid.
/// Allocates no memory on one thread.
template <detail::first_argument<detail::compressed_size_verb> First,
          detail::argument_after<First, detail::formula::value>... Rest>
[[gnu::always_inline]] inline std::size_t compressed_size(First&& first, Rest&&... rest) {
  return detail::call_verb<detail::compressed_size_verb>(detail::this_thread{}, static_cast<First&&>(first),
                                                         static_cast<Rest&&>(rest)...);
}

/// Writes the nonzero f(x[i]) to `values` and their positions i to `indices`, in ascending order, and returns
/// how many there are:
///
///     compress(act, x, values, indices)
///     compress(x, values, indices)                    act = rectifier{}
///     compress(policy, act, x, values, indices) ...   on several threads, with relu/execution.hpp
///
/// act: an activation. It must compute the same result for the same x each time, because the call may compute
///      it twice.
/// x: a contiguous range of n >= 0 elements, or a matrix, see relu::matrix_view. NaN is not zero; +0 and -0
///    are.
/// values: a range of the element type of x.
/// indices: a range of integers of 4 or 8 bytes, signed or unsigned. values and indices need room for
///          compressed_size(act, x) elements; on one thread, room for n is faster, because nothing is
///          counted first. Elements after the results may be overwritten.
///
/// Several threads count the values of their parts of x first, and compute f(x) again to write them. Throws
/// std::invalid_argument and writes nothing if there is not enough room, the type of the indices cannot hold
/// a position, two ranges overlap, or the activation's parameters are invalid. Allocates no memory on one
/// thread.
template <detail::first_argument<detail::compress_verb> First,
          detail::argument_after<First, detail::formula::value> Next, class... Rest>
[[gnu::always_inline]] inline std::size_t compress(First&& first, Next&& next, Rest&&... rest) {
  return detail::call_verb<detail::compress_verb>(detail::this_thread{}, static_cast<First&&>(first),
                                                  static_cast<Next&&>(next), static_cast<Rest&&>(rest)...);
}

/// Compresses each row of a matrix: compressed sparse rows (CSR). Returns the number of nonzero values.
///
///     compress_rows(act, x, columns, values, indices, offsets)
///     compress_rows(x, columns, values, indices, offsets)        act = rectifier{}
///     compress_rows(act, matrix, values, indices, offsets) ...   the rows of a matrix, see relu::matrix_view
///     compress_rows(policy, act, x, columns, ...) ...            on several threads, with relu/execution.hpp
///
/// act: an activation. It must compute the same result for the same x each time, because the call may compute
///      it twice.
/// x: a contiguous range of rows * columns elements, row by row, or a matrix. NaN is not zero; +0 and -0 are.
/// values: a range of the element type of x.
/// indices: a range of integers of 4 or 8 bytes, signed or unsigned: the column of each value. values and
///          indices need room for compressed_size(act, x) elements. Elements after the results may be
///          overwritten.
/// offsets: rows + 1 elements of the type of the indices. Row r has the values from offsets[r] up to, but not
///          including, offsets[r + 1].
///
/// Throws std::invalid_argument and writes nothing if x does not consist of whole rows, offsets has another
/// length, there is not enough room, the type of the indices cannot hold the number of elements of x, two
/// ranges overlap, or the activation's parameters are invalid. Several threads divide x between rows.
/// Allocates no memory on one thread.
template <detail::first_argument<detail::compress_rows_verb> First,
          detail::argument_after<First, detail::formula::value> Next, class... Rest>
[[gnu::always_inline]] inline std::size_t compress_rows(First&& first, Next&& next, Rest&&... rest) {
  return detail::call_verb<detail::compress_rows_verb>(detail::this_thread{}, static_cast<First&&>(first),
                                                       static_cast<Next&&>(next),
                                                       static_cast<Rest&&>(rest)...);
}

/// Writes y[indices[i]] = values[i], and +0 to every other element of y: the inverse of compress, except that
/// -0 becomes +0.
///
///     expand(values, indices, y)
///
/// values: a contiguous range of elements.
/// indices: a range of integers of 4 or 8 bytes, signed or unsigned, one for each value. If two are
///          equal, the later value counts.
/// y: a range of any number of elements of the type of the values.
///
/// Throws std::invalid_argument and writes nothing if the lengths differ, an index is out of range, or y
/// overlaps another range. Allocates no memory.
template <detail::first_argument<detail::expand_verb> First, class... Rest>
[[gnu::always_inline]] inline void expand(First&& first, Rest&&... rest) {
  detail::call_verb<detail::expand_verb>(detail::this_thread{}, static_cast<First&&>(first),
                                         static_cast<Rest&&>(rest)...);
}

} // namespace relu::inline RELU_ABI
