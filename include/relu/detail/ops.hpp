// SPDX-License-Identifier: MIT
// The operation of each verb on one vector of elements, or on one element.
#pragma once

#include <relu/detail/channels.hpp>
#include <relu/math.hpp>

#include <type_traits>

namespace relu::inline RELU_ABI::detail {

// Operands have the order of the public functions: dy, then x, y or the mask.

/// y = f(x)
template <class A> struct forward_op {
  static constexpr bool compute_bound = relu::compute_bound<A>;
  A act;

  template <class V> constexpr V operator()(V x) const { return act.value(x); }
};

/// dy times the slope. It is +0 where the slope is 0, even if dy is infinite or NaN.
template <class V> constexpr V times_slope(V dy, V slope) {
  return math::select(math::is_zero(slope), V(0), detail::multiply(slope, dy));
}

/// dy times the slope that `active` determines.
template <class A, class C, class V> constexpr V gradient_of(const A& act, V dy, C active) {
  if constexpr (has_masked_gradient<A, V>) return act.masked_gradient(dy, active);
  else return math::select(active, dy, V(0));
}

/// dx = dy f'(x)
template <class A> struct backward_op {
  static constexpr bool compute_bound = relu::compute_bound<A>;
  A act;

  template <class V> constexpr V operator()(V dy, V x) const {
    if constexpr (has_gradient<A, V>) return act.gradient(dy, x);
    else if constexpr (slope_in_one_bit<A, V>) return detail::gradient_of(act, dy, act.active(x));
    else return detail::times_slope(dy, act.slope(x));
  }
};

/// dx = dy f'(x), from y = f(x)
template <class A> struct backward_from_output_op {
  static constexpr bool compute_bound = relu::compute_bound<A>;
  A act;

  template <class V> constexpr V operator()(V dy, V y) const {
    if constexpr (has_active_from_output<A, V>)
      return detail::gradient_of(act, dy, act.active_from_output(y));
    else return detail::times_slope(dy, act.slope_from_output(y));
  }
};

/// dx = dy f'(x), from active(x)
template <class A> struct masked_backward_op {
  static constexpr bool compute_bound = relu::compute_bound<A>;
  A act;

  template <class C, class V> constexpr V operator()(V dy, C active) const {
    return detail::gradient_of(act, dy, active);
  }
};

/// dx += the result of Op. The barrier keeps the rounding of that result, and under -ffast-math the addition
/// of +0, which turns -0 into +0.
template <class Op> struct adding_op : Op {
  template <class V, class... In> constexpr V operator()(V dx, In... in) const {
    return detail::add(dx, barrier(Op::operator()(in...)));
  }
};

/// dx += dy f'(x)
template <class A> using accumulate_op = adding_op<backward_op<A>>;

/// dx += dy f'(x), from active(x)
template <class A> using masked_accumulate_op = adding_op<masked_backward_op<A>>;

/// The activation of values that are already computed.
struct identity {
  template <class V> constexpr V value(V y) const { return y; }
};

/// y = f(x), and whether y is not zero
template <class A> struct compress_op {
  static constexpr bool compute_bound = relu::compute_bound<A>;
  using of_values = compress_op<identity>;
  forward_op<A> value;

  template <class V> constexpr auto active(V x) const { return !is_zero(value(x)); }
  template <class V> static constexpr auto is_zero(V y) { return math::is_zero(y); }
};

/// Whether f(x) is not zero
template <class A> struct is_nonzero_op {
  static constexpr bool compute_bound = relu::compute_bound<A>;
  using of_values = is_nonzero_op<identity>;
  forward_op<A> value;

  template <class V> constexpr auto operator()(V x) const { return !math::is_zero(value(x)); }
};

/// y = x + addend
struct sum_op {
  static constexpr bool compute_bound = false;
  template <class V> constexpr V operator()(V x, V addend) const noexcept { return detail::add(x, addend); }
};

/// Whether y is +0 or -0
struct is_zero_op {
  static constexpr bool compute_bound = false;
  template <class V> constexpr auto operator()(V y) const noexcept { return math::is_zero(y); }
};

// prelu: these ops take the weight of the channel after the other operands.

/// weight v, and +0 for a weight of 0, even if v is infinite or NaN
template <class V> constexpr V times_weight(V v, V weight) {
  return math::select(math::is_zero(weight), V(0), barrier(detail::multiply(weight, v)));
}

template <class T> struct forward_op<channel_weights<T>> {
  static constexpr bool compute_bound = false;
  template <class V> constexpr V operator()(V x, V weight) const {
    return math::select(math::is_negative(x), detail::times_weight(x, weight), x);
  }
};

template <class T> struct backward_op<channel_weights<T>> {
  static constexpr bool compute_bound = false;
  template <class V> constexpr V operator()(V dy, V x, V weight) const {
    return math::select(math::is_active(x), dy, detail::times_weight(dy, weight));
  }
};

} // namespace relu::inline RELU_ABI::detail
