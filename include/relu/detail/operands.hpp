// SPDX-License-Identifier: MIT
// The operands of elementwise calls: ranges, matrices and fused inputs, and the checks of them.
#pragma once

#include <relu/bitmask.hpp>
#include <relu/detail/call_segments.hpp>
#include <relu/detail/check_matrices.hpp>
#include <relu/detail/requirements.hpp>
#include <relu/fused.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

namespace relu::inline RELU_ABI::detail {

template <class R> concept fused_argument = is_fused<std::remove_cvref_t<R>>;
template <fused_argument R> struct memory_of<R> {
  using type = typename std::remove_cvref_t<R>::element_type;
};

/// An operand that a call reads, and one that it writes.
template <class R> concept read_argument = operand_range<R> || fused_argument<R>;
template <class R>
concept written_argument = output_argument<R> || (matrix_argument<R> && element<element_of<R>> &&
                                                  !std::is_const_v<memory_t<R>> && outlives_call<R>);

/// An operand as a call passes it on: a span, a matrix_view, or a fused input.
template <class R>
[[gnu::always_inline]] constexpr auto read_operand(const char* call, const char* name, R& x) {
  if constexpr (fused_argument<R>) return x;
  else if constexpr (matrix_argument<R>) return detail::as_input(detail::matrix_of(x));
  else return detail::input(call, name, x);
}
template <class R>
[[gnu::always_inline]] constexpr auto written_operand(const char* call, const char* name, R& y) {
  if constexpr (matrix_argument<R>) return detail::matrix_of(y);
  else return detail::output(call, name, y);
}

template <class T> constexpr std::size_t size_of(std::span<T> x) noexcept { return x.size(); }
template <class X>
requires is_fused<X>
constexpr std::size_t size_of(const X& x) noexcept {
  return size_of(x.x().matrix);
}

/// The type of the elements of an operand, without const.
template <class X> struct operand_element_of {
  using type = typename X::element_type;
};
template <class T> struct operand_element_of<std::span<T>> {
  using type = std::remove_const_t<T>;
};
template <class T> struct operand_element_of<matrix_view<T>> {
  using type = std::remove_const_t<T>;
};
template <class X> using operand_element = typename operand_element_of<X>::type;

/// An operand as `call_any` takes it.
template <class T> constexpr T* kernel_argument(std::span<T> x) noexcept { return x.data(); }
template <class X> constexpr X kernel_argument(const X& x) noexcept { return x; }

/// An operand with elements of one byte, as one with elements B.
template <class B, class T> auto bytes_of(std::span<T> x) noexcept {
  using U = std::conditional_t<std::is_const_v<T>, const B, B>;
  return std::span<U>(reinterpret_cast<U*>(x.data()), x.size());
}
template <class B, class T> auto bytes_of(const matrix_view<T>& m) noexcept {
  using U = std::conditional_t<std::is_const_v<T>, const B, B>;
  return matrix_view<U>{reinterpret_cast<U*>(m.data), m.rows, m.columns, m.row_stride, m.column_stride};
}

/// Where the elements of an operand are.
template <class X> auto data_of_operand(const X& x) noexcept {
  if constexpr (is_matrix<X>) return x.data;
  else return x.data();
}
template <class X> input_strides strides_of(const X& x) noexcept {
  if constexpr (is_matrix<X>) return {x.columns, x.row_stride, x.column_stride};
  else return {x.size(), x.size(), 1};
}

/// Calls f(at, range) for the elements [begin, begin + n) of an operand, where `range` has those from `at`
/// on.
template <class X, class F> void each_range(const X& x, std::size_t begin, std::size_t n, F f) {
  if constexpr (requires { x.subspan(begin, n); }) f(begin, x.subspan(begin, n));
  else {
    using T = operand_element<X>;
    const std::size_t columns = columns_of(x) != 0 ? columns_of(x) : size_of(x);
    each_segment(
        begin, n, columns, [&](const segment& s, const T* p) { f(s.at, std::span(p, s.size)); },
        detail::source_of<T>(x, columns, true));
  }
}

/// Writes a mask of the elements [begin, begin + n) of an operand. `kernel` is find_kernel<mask_of_kernel, A,
/// T>().
template <class Kernel, class A, class X>
void mask_of_part(const Kernel& kernel, const A& act, const X& x, std::size_t begin, std::size_t n,
                  std::byte* mask) {
  if constexpr (requires { x.data() + begin; }) kernel(act, false, n, mask, x.data() + begin);
  else {
    using T = operand_element<X>;
    const std::size_t columns = columns_of(x) != 0 ? columns_of(x) : size_of(x);
    each_segment(
        begin, n, columns,
        [&](const segment& s, std::byte* bits, const T* p) { kernel(act, false, s.size, bits, p); },
        mask_source<std::byte>(mask, begin), detail::source_of<T>(x, columns, true));
  }
}

// --- Checks ---

/// A range, matrix or fused input with the name that error messages use.
template <class T> operand<T> named(const char* name, std::span<T> range) noexcept {
  return {name, range.data(), range.size()};
}
inline operand<const std::byte> named(const char* name, bitmask_view mask) noexcept {
  return {name, mask.bytes().data(), mask.bytes().size()};
}
template <class T> matrix_operand<T> named(const char* name, const matrix_view<T>& m) noexcept {
  return {name, {m, false}};
}
template <class X> struct fused_operand {
  const char* name;
  const X& of;
};
template <class X>
requires is_fused<X>
fused_operand<X> named(const char* name, const X& x) noexcept {
  return {name, x};
}

template <class X> inline constexpr bool is_range_operand = false;
template <class T> inline constexpr bool is_range_operand<operand<T>> = true;

template <class T> matrix_operand<T> as_matrix(operand<T> x) noexcept {
  return {x.name, {matrix_view{x.data, std::size_t{1}, x.size}, true}};
}
template <class T> matrix_operand<T> as_matrix(matrix_operand<T> x) noexcept { return x; }

/// Calls f for x and for what is added to it.
template <class X, class F> void each_part(fused_operand<X> x, F f) {
  using T = const typename X::element_type;
  f(matrix_operand<T>{x.name, x.of.x()});
  if constexpr (requires { x.of.bias(); }) f(as_matrix(named("bias", x.of.bias())));
  else f(matrix_operand<T>{"residual", x.of.residual()});
}
/// What is added to x fits it.
template <class X> void check_fused(const char* call, fused_operand<X> x) {
  using T = const typename X::element_type;
  each_part(x, [&](auto part) { check_layout(call, part); });
  if constexpr (requires { x.of.bias(); })
    check_samples(call, x.name, size_of(x.of), x.of.bias().size(), x.of.plane());
  else
    check_same_shape(call, matrix_operand<T>{x.name, x.of.x()},
                     matrix_operand<T>{"residual", x.of.residual()});
}

template <class T, class X> void check_input(const char* call, matrix_operand<T> out, X x) {
  if constexpr (requires { as_matrix(x); }) check_pair(call, out, as_matrix(x));
  else {
    check_fused(call, x);
    if constexpr (requires { x.of.bias(); }) {
      check_pair(call, out, matrix_operand<const T>{x.name, x.of.x()});
      check_disjoint(call, out, as_matrix(named("bias", x.of.bias())));
    } else each_part(x, [&](auto part) { check_pair(call, out, part); });
  }
}

/// All matrices have one shape, those of fused inputs too. Comparing them with the output is not enough,
/// because it may be a range.
template <class... X> void check_one_shape(const char* call, X... x) {
  const char* name = nullptr;
  std::size_t rows = 0, columns = 0;
  const auto compare = [&](const auto& part) {
    if (part.of.is_range) return;
    const auto& m = part.of.matrix;
    if (!name) name = part.name, rows = m.rows, columns = m.columns;
    else if (m.rows != rows || m.columns != columns)
      fail_shapes(call, part.name, m.rows, m.columns, name, rows, columns);
  };
  const auto compare_parts = [&](const auto& one) {
    if constexpr (requires { as_matrix(one); }) compare(as_matrix(one));
    else each_part(one, compare);
  };
  (compare_parts(x), ...);
}

/// Every input has the shape of the output, and is the output itself or does not overlap it.
template <class Out, class... In>
requires(!(is_range_operand<Out> && ... && is_range_operand<In>))
void check_elementwise(const char* call, Out out, In... in) {
  check_layout(call, as_matrix(out));
  (detail::check_input(call, as_matrix(out), in), ...);
  detail::check_one_shape(call, out, in...);
}

/// An input without others.
template <class X> void check_input_alone(const char* call, X x) {
  if constexpr (requires { as_matrix(x); }) check_layout(call, as_matrix(x));
  else check_fused(call, x);
}

template <class A, class B>
requires(!(is_range_operand<A> && is_range_operand<B>))
void check_disjoint(const char* call, A a, B b) {
  if constexpr (requires { as_matrix(b); }) check_disjoint(call, as_matrix(a), as_matrix(b));
  else each_part(b, [&](auto part) { check_disjoint(call, as_matrix(a), part); });
}

/// A mask has one bit for each element of the operand and does not overlap it.
template <class X> void check_mask(const char* call, bitmask_view mask, const char* name, const X& x) {
  if (mask.size() != size_of(x)) fail_sizes(call, "mask", mask.size(), name, size_of(x));
  check_disjoint(call, named("mask", mask), named(name, x));
  detail::check_memory(mask.bytes());
  check_input_alone(call, named(name, x));
}

} // namespace relu::inline RELU_ABI::detail
