// SPDX-License-Identifier: MIT
// What happens to one group of lanes.
#pragma once

#include <relu/math.hpp>

#include <type_traits>

namespace relu::inline RELU_ABI::detail {

/// y = f(x)
template <class A> struct forward_op {
  static constexpr bool costly = relu::costly<A>;
  A act;

  template <class V> constexpr V operator()(V x) const { return act.value(x); }
};

/// dy times a slope, and +0 wherever that is 0, even for an infinite dy or a NaN.
template <class V> constexpr V times_slope(V dy, V slope) {
  return math::select(math::is_zero(slope), V(0), detail::multiply(slope, dy));
}

/// dx = dy f'(x)
template <class A> struct backward_op {
  static constexpr bool costly = relu::costly<A>;
  A act;

  template <class V> constexpr V operator()(V dy, V x) const {
    if constexpr (has_gradient<A, V>) return act.gradient(x, dy); // it selects: no product to round
    else return detail::times_slope(dy, act.slope(x));
  }
};

/// The same from y = f(x).
template <class A> struct backward_from_output_op {
  static constexpr bool costly = relu::costly<A>;
  A act;

  template <class V> constexpr V operator()(V dy, V y) const {
    if constexpr (has_gradient_from_output<A, V>) return act.gradient_from_output(y, dy);
    else return detail::times_slope(dy, act.slope_from_output(y));
  }
};

/// The gradient from a mask, of activations that do not say another: dy where the unit was active, else +0.
struct pass_active {
  template <class C, class V> static constexpr V masked_gradient(C active, V dy) {
    return math::select(active, dy, V(0));
  }
};

/// What has act's masked_gradient, for elements T.
template <class A, class T> using masked = std::conditional_t<has_masked_gradient<A, T>, A, pass_active>;
template <class T, class A> constexpr masked<A, T> masked_of(const A& act) {
  if constexpr (has_masked_gradient<A, T>) return act;
  else return {};
}

/// dx = dy times what the slope was, of which the mask has a bit
template <class A> struct masked_backward_op {
  static constexpr bool costly = relu::costly<A>;
  A act;

  template <class C, class V> constexpr V operator()(C active, V dy) const {
    return act.masked_gradient(active, dy);
  }
};

/// The same, added to dx. (Opaque: -ffast-math lets a compiler leave out the addition of +0, which makes +0
/// of -0.)
template <class A> struct masked_accumulate_op {
  static constexpr bool costly = relu::costly<A>;
  A act;

  template <class C, class V> constexpr V operator()(C active, V dx, V dy) const {
    return detail::add(dx, detail::opaque(act.masked_gradient(active, dy)));
  }
};

/// The values themselves, once they are computed.
struct as_they_are {
  template <class V> constexpr V value(V y) const { return y; }
};

/// y = f(x), and whether that is not zero
template <class A> struct compress_op {
  static constexpr bool costly = relu::costly<A>;
  using of_values = compress_op<as_they_are>;
  forward_op<A> value;

  template <class V> constexpr auto active(V x) const { return !is_zero(value(x)); }
  template <class V> static constexpr auto is_zero(V y) { return math::is_zero(y); }
};

/// Whether f(x) is not zero
template <class A> struct is_nonzero_op {
  static constexpr bool costly = relu::costly<A>;
  using of_values = is_nonzero_op<as_they_are>;
  forward_op<A> value;

  template <class V> constexpr auto operator()(V x) const { return !math::is_zero(value(x)); }
};

/// y = x, or weight x below zero. A weight of 0 gives +0, of infinities too.
struct prelu_forward_op {
  static constexpr bool costly = false;

  template <class V> static constexpr V scaled(V weight, V v) {
    return math::select(math::is_zero(weight), V(0), detail::opaque(detail::multiply(weight, v)));
  }
  template <class V> constexpr V operator()(V weight, V x) const {
    return math::select(math::is_negative(x), scaled(weight, x), x);
  }
};

/// dx = dy, or weight dy where x <= 0
struct prelu_backward_op {
  static constexpr bool costly = false;

  template <class V> constexpr V operator()(V weight, V dy, V x) const {
    return math::select(math::is_active(x), dy, prelu_forward_op::scaled(weight, dy));
  }
};

/// Whether dy x belongs to the gradient of the weight: where min(0, x) is not 0.
struct prelu_weight_op {
  template <class V> constexpr auto operator()(V x) const { return math::is_negative(x) || math::is_nan(x); }
};

/// Which lanes are zero, +0 or -0.
struct is_zero_op {
  static constexpr bool costly = false;
  template <class V> constexpr auto operator()(V x) const noexcept { return math::is_zero(x); }
};

} // namespace relu::inline RELU_ABI::detail
