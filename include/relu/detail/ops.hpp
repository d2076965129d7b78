// SPDX-License-Identifier: MIT
// What happens to one group of lanes.
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI::detail {

/// y = f(x)
template <class A> struct forward_op {
  A act;

  template <class V> constexpr V operator()(V x) const { return act.value(x); }
};

/// dx = dy f'(x), and +0 wherever the slope is 0, even for an infinite dy or a NaN.
template <class A> struct backward_op {
  A act;

  template <class V> constexpr V operator()(V dy, V x) const {
    if constexpr (has_gradient<A, V>) return act.gradient(x, dy); // it selects: no product to round
    else {
      const V slope = act.slope(x);
      return math::select(math::is_zero(slope), V(0), detail::multiply(slope, dy));
    }
  }
};

/// dx = dy times what the slope was, of which the mask has a bit
template <class A> struct masked_backward_op {
  A act;

  template <class C, class V> constexpr V operator()(C active, V dy) const {
    return act.masked_gradient(active, dy);
  }
};

/// The same, added to dx. (Opaque: -ffast-math lets a compiler leave out the addition of +0, which makes +0
/// of -0.)
template <class A> struct masked_accumulate_op {
  A act;

  template <class C, class V> constexpr V operator()(C active, V dx, V dy) const {
    return detail::add(dx, detail::opaque(act.masked_gradient(active, dy)));
  }
};

/// y = f(x), and whether that is not zero
template <class A> struct compress_op {
  A act;

  template <class V> constexpr V value(V x) const { return act.value(x); }
  template <class V> constexpr auto active(V x) const { return !is_zero(act.value(x)); }
  template <class V> static constexpr auto is_zero(V y) { return math::is_zero(y); }
};

/// Whether f(x) is not zero
template <class A> struct is_nonzero_op {
  A act;

  template <class V> constexpr auto operator()(V x) const { return !math::is_zero(act.value(x)); }
};

/// Which lanes are zero, +0 or -0.
struct is_zero_op {
  template <class V> constexpr auto operator()(V x) const noexcept { return math::is_zero(x); }
};

} // namespace relu::inline RELU_ABI::detail
