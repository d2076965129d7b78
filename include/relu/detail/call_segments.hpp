// SPDX-License-Identifier: MIT
// A call whose arguments are not all ranges: from matrices and fused inputs to calls of kernels.
#pragma once

#include <relu/detail/call.hpp>
#include <relu/detail/segments.hpp>
#include <relu/fused.hpp>

#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>

namespace relu::inline RELU_ABI::detail {

/// An argument that the call lacks.
struct none {};

// --- What an argument is ---

template <class P> inline constexpr bool is_matrix = false;
template <class T> inline constexpr bool is_matrix<matrix_view<T>> = true;
template <class P> inline constexpr bool is_fused = false;
template <class T, order O> inline constexpr bool is_fused<biased<T, O>> = true;
template <class T, order O> inline constexpr bool is_fused<sum<T, O>> = true;

template <class T> inline constexpr std::size_t element_bytes<matrix_view<T>> = sizeof(T);
template <class T, order O> inline constexpr std::size_t element_bytes<biased<T, O>> = sizeof(T);
template <class T, order O> inline constexpr std::size_t element_bytes<sum<T, O>> = 2 * sizeof(T);

/// Where the elements of an argument begin.
template <class P> const void* begin_of(const P& p) noexcept {
  if constexpr (std::is_pointer_v<P>) return p;
  else if constexpr (is_matrix<P>) return p.data;
  else return nullptr;
}
/// Whether an input begins where the output does.
template <class P> bool begins_at(const P& p, const void* out) noexcept {
  if constexpr (is_fused<P>) {
    if constexpr (requires { p.residual(); })
      if (p.residual().matrix.data == out) return true;
    return p.x().matrix.data == out;
  } else return begin_of(p) == out;
}

/// The number of columns that a matrix gives to the elements of the call, or 0.
template <class P> std::size_t columns_of(const P&) noexcept { return 0; }
template <class T> std::size_t columns_of(const matrix_view<T>& m) noexcept { return m.columns; }
template <class T> std::size_t columns_of(const parts::any_shape<T>& x) noexcept {
  return x.is_range ? 0 : x.matrix.columns;
}
template <class T, order O> std::size_t columns_of(const biased<T, O>& x) noexcept {
  return columns_of(x.x());
}
template <class T, order O> std::size_t columns_of(const sum<T, O>& x) noexcept {
  return columns_of(x.x()) != 0 ? columns_of(x.x()) : columns_of(x.residual());
}

// --- Fused inputs in two parts ---

template <class T> struct bias_of_channels {
  std::span<const T> bias;
  std::size_t plane;
};

template <class P> P without_addend(P p, std::size_t) noexcept { return p; }
template <class T, order O>
matrix_view<const T> without_addend(const biased<T, O>& x, std::size_t columns) noexcept {
  return with_columns(x.x(), columns);
}
template <class T, order O>
matrix_view<const T> without_addend(const sum<T, O>& x, std::size_t columns) noexcept {
  return with_columns(x.x(), columns);
}
template <class T, order O> bias_of_channels<T> addend_of(const biased<T, O>& x, std::size_t) noexcept {
  return {x.bias(), x.plane()};
}
template <class T, order O> matrix_view<const T> addend_of(const sum<T, O>& x, std::size_t columns) noexcept {
  return with_columns(x.residual(), columns);
}
template <class P, class... More>
auto find_addend(std::size_t columns, const P& p, const More&... more) noexcept {
  if constexpr (is_fused<P>) return detail::addend_of(p, columns);
  else return detail::find_addend(columns, more...);
}

/// An output as an input.
template <class T> const T* as_input(T* p) noexcept { return p; }
template <class T> matrix_view<const T> as_input(const matrix_view<T>& m) noexcept {
  return {m.data, m.rows, m.columns, m.row_stride, m.column_stride};
}

// --- The source of an argument ---

/// The source of an argument of a kernel for elements T, which reads it or not. If a fused input is left, its
/// source computes the sum.
template <class T, class P> auto source_of(const P& p, std::size_t columns, bool is_read) {
  if constexpr (is_mask<P>) return mask_source<std::remove_pointer_t<P>>(p);
  else if constexpr (std::is_pointer_v<P>) return range_source<std::remove_pointer_t<P>>(p);
  else if constexpr (is_matrix<P>) return matrix_source<std::remove_pointer_t<decltype(p.data)>>(p, is_read);
  else if constexpr (std::is_same_v<P, bias_of_channels<T>>)
    return bias_source<T>(p.bias.data(), p.bias.size(), p.plane);
  else if constexpr (is_fused<P>) {
    const auto add = find_kernel<sum_kernel, no_parameters, T>();
    const auto x = detail::source_of<T>(without_addend(p, columns), columns, true);
    const auto addend = detail::source_of<T>(addend_of(p, columns), columns, true);
    return sum_source<T, decltype(x), decltype(addend), decltype(add)>(x, addend, add);
  } else return no_source<T>{};
}

// --- The call ---

/// The fused kernel that computes K with an addend: K itself if it has one.
template <class K> struct fused_kernel_of {
  using type = K;
};
template <class K>
requires requires { typename K::fused; }
struct fused_kernel_of<K> {
  using type = typename K::fused;
};

/// An argument that is contiguous, as a range.
template <class T, class P> auto as_range(const P& p) noexcept {
  if constexpr (is_matrix<P>) return p.data;
  else if constexpr (std::is_same_v<P, none>) return no_pointer<T>;
  else return p;
}

template <class P> inline constexpr bool is_range = std::is_pointer_v<P>;

/// call, for arguments that may also be matrices, fused inputs and `none`.
template <class K, class T, class On, class A, class Out, class... P>
[[gnu::noinline]] auto call_in_segments(const On& on, const A& act, stores how, std::size_t n, Out out,
                                        P... p) {
  constexpr std::size_t bytes = (element_bytes<Out> + ... + element_bytes<P>);
  constexpr bool adds = (is_fused<Out> || ... || is_fused<P>);
  constexpr bool fuses = adds && K::fuses && real_element<T> && !is_channel_weights<A>;
  constexpr bool has_order = adds || is_channel_weights<A> || (is_mask<Out> || ... || is_mask<P>);
  const auto all = [&](auto test) { return test(out) && (test(p) && ...); };

  if constexpr (!adds) {
    if (all([](const auto& q) {
          if constexpr (is_matrix<std::remove_cvref_t<decltype(q)>>) return is_contiguous(q);
          else return true;
        }))
      return call<K, T>(on, act, how, n, as_range<T>(out), as_range<T>(p)...);
  }
  if constexpr (!has_order && !(is_range<Out> || ... || is_range<P>)) { // columns may be rows
    if (all([](const auto& q) {
          if constexpr (is_matrix<std::remove_cvref_t<decltype(q)>>) return q.row_stride < q.column_stride;
          else return true;
        }))
      return call_in_segments<K, T>(on, act, how, n, transposed(out), transposed(p)...);
  }

  std::size_t columns = columns_of(out);
  ((columns = columns != 0 ? columns : columns_of(p)), ...);
  if (columns == 0) columns = n;
  bool streaming = false;
  if constexpr (K::template streams<native, in_kernel_t<A, T>, T>)
    streaming = streams(how, n * bytes, (begins_at(p, begin_of(out)) || ...));

  const auto in_segments = [&](const auto& kernel, bool reads_output, std::size_t begin, std::size_t size,
                               const auto& to, const auto&... from) {
    const fence_at_end fence{streaming};
    return each_segment(
        begin, size, columns,
        [&](const segment& s, auto* y, auto... x) {
          const bool streams_here =
              streaming && s.size * sizeof(T) >= worth_streaming && can_stream(y, s.size);
          return kernel(detail::from(act, s.at), streams_here, s.size, y, x...);
        },
        detail::source_of<T>(to, columns, reads_output), detail::source_of<T>(from, columns, true)...);
  };
  return on.run(static_cast<const T*>(nullptr), n, bytes, [&](std::size_t begin, std::size_t size) {
    if constexpr (fuses) {
      const auto kernel = find_kernel<typename fused_kernel_of<K>::type, A, T>();
      K::as_fused([&](const auto&... args) { in_segments(kernel, false, begin, size, args...); }, none{},
                  detail::find_addend(columns, p...), detail::as_input(out), out,
                  without_addend(p, columns)...);
    } else return in_segments(find_kernel<K, A, T>(), K::reads_output, begin, size, out, p...);
  });
}

/// Calls kernel K on ranges, matrices, fused inputs, masks and `none`, with n elements.
template <class K, class T, class On, class A, class... P>
[[gnu::always_inline]] inline auto call_any(const On& on, const A& act, stores how, std::size_t n, P... p) {
  if constexpr (((std::is_pointer_v<P> || std::is_same_v<P, none>)&&...))
    return call<K, T>(on, act, how, n, as_range<T>(p)...);
  else return call_in_segments<K, T>(on, act, how, n, p...);
}

/// The backward call of a gated unit: two fused kernels, on parts that stay in the first-level cache.
template <class T, class On, class A, class DG, class DU, class DY, class G, class U>
[[gnu::noinline]] void call_gated_backward(const On& on, const A& act, std::size_t n, DG dgate, DU dup, DY dy,
                                           G gate, U up) {
  std::size_t columns = n;
  for (const std::size_t c :
       {columns_of(up), columns_of(gate), columns_of(dy), columns_of(dup), columns_of(dgate)})
    if (c != 0) columns = c;
  // The first kernel writes dup, and the second reads dy, gate and up again.
  const void* const out = begin_of(dup);
  const bool in_place = begins_at(dy, out) || begins_at(gate, out) || begins_at(up, out);
  constexpr std::size_t most = 1024;
  const auto value = find_kernel<fused_forward_kernel, A, T>();
  const auto gradient = find_kernel<fused_backward_kernel, A, T>();
  const auto addend = [&] {
    if constexpr (is_fused<G>) return detail::addend_of(gate, columns);
    else return none{};
  }();

  on.run(static_cast<const T*>(nullptr), n, 5 * sizeof(T), [&](std::size_t begin, std::size_t size) {
    T copy[most];
    each_segment(
        begin, size, columns,
        [&](const segment& s, std::nullptr_t, T* to_gate, T* to_up, const T* of_dy, const T* of_gate,
            const T* added, const T* of_up) {
          value(act, false, s.size, in_place ? copy : to_up, of_gate, added, of_dy);
          gradient(act, false, s.size, to_gate, of_dy, of_gate, added, of_up, no_pointer<T>);
          if (in_place) std::memcpy(static_cast<void*>(to_up), copy, s.size * sizeof(T));
        },
        limit_source(most), source_of<T>(dgate, columns, false), source_of<T>(dup, columns, false),
        source_of<T>(dy, columns, true), source_of<T>(without_addend(gate, columns), columns, true),
        source_of<T>(addend, columns, true), source_of<T>(up, columns, true));
  });
}

} // namespace relu::inline RELU_ABI::detail
