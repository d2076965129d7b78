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

/// Which lanes are zero, +0 or -0.
struct is_zero_op {
  template <class V> constexpr auto operator()(V x) const noexcept { return math::is_zero(x); }
};

} // namespace relu::inline RELU_ABI::detail
