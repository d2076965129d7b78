// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The clipped rectified linear unit, min(max(0, x), max). Elements: all. It gives the same bits on every
/// instruction set.
///
///     x                     value(x)       slope(x)
///     0 < x < max           x              1
///     >= max, +inf          max            0
///     <= 0, -0, -inf        +0             0
///     NaN of either sign    x, same bits   1
///
/// max must be at least 0: the calls throw std::invalid_argument otherwise. It is rounded to the element
/// type. For integers it is rounded down, and a value beyond the largest integer is that integer.
///
/// Largest error: none, the results are exact.
struct clipped_relu {
  static constexpr bool only_selects = true;

  double max = 6;

  template <numeric V> constexpr V value(V x) const noexcept {
    using T = value_t<V>;
    if constexpr (real<V>) {
      const T top = limit<T>();
      return math::select(math::is_active_or_plus_zero(x), math::select(math::is_at_least(x, top), V(top), x),
                          V(0));
    } else return math::clamp(x, T(0), math::bound<T>(max));
  }

  template <numeric V> constexpr V slope(V x) const noexcept { return math::one_where<V>(active(x)); }

  /// 0 < x < max, or NaN: where the slope is 1.
  template <numeric V> constexpr auto active(V x) const noexcept {
    if constexpr (real<V>) return math::is_active(x) && !math::is_at_least(x, limit<value_t<V>>());
    else return math::is_active(x) && math::is_below_bound(x, max);
  }

  /// 0 < y < max, or NaN: what active(x) was, from y = value(x).
  template <numeric V> constexpr auto active_from_output(V y) const noexcept { return active(y); }

  /// Why no call accepts the parameters, or null.
  constexpr const char* invalid_reason() const noexcept {
    return math::is_nonnegative(max) ? nullptr : "clipped_relu: max must be at least 0";
  }

private:
  template <real T> constexpr T limit() const noexcept {
    return max > 0 ? static_cast<T>(max) : T(0); // never -0
  }
};

/// ReLU6, min(max(0, x), 6): clipped_relu with max = 6. Elements: all. It gives the same bits on every
/// instruction set.
///
/// Largest error: none, the results are exact.
struct relu6 : clipped_relu {
  constexpr relu6() noexcept : clipped_relu{6} {}
};

} // namespace relu::inline RELU_ABI
