// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// min(max(0, x), max). Elements: all; the same bits on every instruction set.
///
///     x                     value(x)       slope(x)
///     0 < x < max           x              1
///     >= max, +inf          max            0
///     <= 0, -0, -inf        +0             0
///     NaN of either sign    x, same bits   1
///
/// max must be at least 0: the verbs throw std::invalid_argument otherwise. It is rounded to the element
/// type; for integers toward zero, and limited to the range of the type.
struct clipped_relu {
  double max = 6;

  template <numeric V> constexpr V value(V x) const noexcept {
    const value_t<V> top = limit<value_t<V>>();
    return math::select(math::is_active_or_plus_zero(x), math::select(math::is_at_least(x, top), V(top), x),
                        V(0));
  }

  template <numeric V> constexpr V slope(V x) const noexcept { return gradient(x, V(1)); }

  /// dy where 0 < x < max or x is NaN, +0 elsewhere: selected, not multiplied.
  template <numeric V> constexpr V gradient(V x, V dy) const noexcept {
    return math::select(active(x), dy, V(0));
  }

  /// dy where 0 < y < max or y is NaN, +0 elsewhere: gradient, from y = value(x).
  template <numeric V> constexpr V gradient_from_output(V y, V dy) const noexcept { return gradient(y, dy); }

  /// 0 < x < max, or NaN: where the slope is 1.
  template <numeric V> constexpr auto active(V x) const noexcept {
    return math::is_active(x) && !math::is_at_least(x, limit<value_t<V>>());
  }

  /// Why the parameters cannot be used, or null.
  constexpr const char* defect() const noexcept {
    const bool usable = math::is_at_least(max, 0.0) || math::is_zero(max); // not NaN, also under -ffast-math
    return usable ? nullptr : "clipped_relu: max must be at least 0";
  }

private:
  template <element T> constexpr T limit() const noexcept {
    constexpr T largest = std::numeric_limits<T>::max();
    if (!(max > 0)) return T(0); // not -0
    if (!floating<T> && max >= static_cast<double>(largest)) return largest;
    return static_cast<T>(max);
  }
};

/// min(max(0, x), 6): clipped_relu with max = 6.
struct relu6 : clipped_relu {
  constexpr relu6() noexcept : clipped_relu{6} {}
};

} // namespace relu::inline RELU_ABI
