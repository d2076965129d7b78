// SPDX-License-Identifier: MIT
// Fused ops: an activation with what a call adds to its input, and with what it multiplies its result by.
#pragma once

#include <relu/detail/float16_pairs.hpp>
#include <relu/detail/map.hpp>
#include <relu/detail/ops.hpp>

#include <cstddef>
#include <type_traits>

namespace relu::inline RELU_ABI::detail {

/// An input that a call may lack: p is null. The loop tests it for every vector. A processor predicts this
/// test, and one loop serves all calls.
template <class T> struct optional_input {
  const T* p;
  std::size_t i = 0;

  friend optional_input operator+(optional_input in, std::size_t n) noexcept { return {in.p, in.i + n}; }
};
template <class V> struct optional_value {
  V value;
  bool exists;

  /// Half of an optional pair of vectors.
  template <int I> constexpr auto half() const noexcept {
    using Half = decltype(value.first);
    return optional_value<Half>{I == 0 ? value.first : value.second, exists};
  }
};
template <class Arch, class T> auto input(optional_input<T> in, whole part) noexcept {
  const T* p = in.p;
  block_optimization(p); // not a loop for each combination of inputs that exist
  optional_value<typename vec<T, Arch>::type> v;
  v.exists = p != nullptr;
  if (v.exists) v.value = vec<T, Arch>::load(p + in.i, part);
  return v;
}
// Not inline, because loops are long and use it once for each input.
template <class Arch, class T> [[gnu::noinline]] auto input(optional_input<T> in, first part) noexcept {
  optional_value<typename vec<T, Arch>::type> v;
  v.exists = in.p != nullptr;
  if (v.exists) v.value = vec<T, Arch>::load(in.p + in.i, part);
  return v;
}
template <class T> inline constexpr bool is_optional<optional_input<T>> = true;

/// v as it would be read again if it were stored as T.
template <class T, class V> constexpr V as_if_stored(V v) noexcept {
  if constexpr (!float16_element<T> || !std::is_same_v<value_t<V>, float>) return v;
  else if constexpr (std::is_same_v<V, float>) return static_cast<float>(T(v));
  else return to_float<T>(from_float<T>(v));
}
template <class T, class V> constexpr V stored_sum(V a, V b) noexcept {
  return detail::as_if_stored<T>(barrier(detail::add(a, b)));
}
template <class T, class V> constexpr V stored_product(V a, V b) noexcept {
  return detail::as_if_stored<T>(barrier(detail::multiply(a, b)));
}

/// y = f(x + addend) factor
template <class A, class T> struct fused_forward_op {
  static constexpr bool compute_bound = relu::compute_bound<A>;
  forward_op<A> op;

  template <class V> constexpr V operator()(V x, optional_value<V> addend, optional_value<V> factor) const {
    if (addend.exists) x = detail::stored_sum<T>(x, addend.value);
    const V y = op(x);
    return factor.exists ? barrier(detail::multiply(detail::as_if_stored<T>(y), factor.value)) : y;
  }
};

/// y = f(x + addend), where f is not compute-bound: a loop that tests for inputs takes twice as long.
template <class A, class T> struct addend_forward_op {
  static constexpr bool compute_bound = false;
  forward_op<A> op;

  template <class V> constexpr V operator()(V x, V addend) const {
    return op(detail::stored_sum<T>(x, addend));
  }
};

/// dx = before + dy factor f'(x + addend)
template <class A, class T> struct fused_backward_op {
  static constexpr bool compute_bound = relu::compute_bound<A>;
  backward_op<A> op;

  template <class V>
  constexpr V operator()(V dy, V x, optional_value<V> addend, optional_value<V> factor,
                         optional_value<V> before) const {
    if (addend.exists) x = detail::stored_sum<T>(x, addend.value);
    if (factor.exists) dy = detail::stored_product<T>(dy, factor.value);
    const V dx = op(dy, x);
    return before.exists ? detail::add(before.value, barrier(dx)) : dx;
  }
};

} // namespace relu::inline RELU_ABI::detail
