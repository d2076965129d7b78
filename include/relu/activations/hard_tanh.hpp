// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// min(max(min_val, x), max_val). Elements: all; the same bits on every instruction set.
///
///     x                       value(x)       slope(x)
///     min_val < x < max_val   x, same bits   1
///     >= max_val, +inf        max_val        0
///     <= min_val, -inf        min_val        0
///     NaN of either sign      x, same bits   1
///
/// The verbs throw std::invalid_argument unless min_val < max_val. Both are rounded to the element type; for
/// integers down, and limited to the range of the type. (PyTorch's backward takes the slope at NaN for 0.)
struct hard_tanh {
  double min_val = -1;
  double max_val = 1;

  template <numeric V> constexpr V value(V x) const noexcept {
    const value_t<V> low = math::bound<value_t<V>>(min_val), high = math::bound<value_t<V>>(max_val);
    return math::select(math::is_above(x, low), math::select(math::is_below(x, high), x, V(high)), V(low));
  }

  template <numeric V> constexpr V slope(V x) const noexcept { return gradient(x, V(1)); }

  /// dy where min_val < x < max_val or x is NaN, +0 elsewhere: selected, not multiplied.
  template <numeric V> constexpr V gradient(V x, V dy) const noexcept {
    return math::select(active(x), dy, V(0));
  }

  /// min_val < x < max_val, or NaN: where the slope is 1.
  template <numeric V> constexpr auto active(V x) const noexcept {
    return math::is_above(x, math::bound<value_t<V>>(min_val)) &&
           math::is_below(x, math::bound<value_t<V>>(max_val));
  }

  /// Why the parameters cannot be used, or null.
  constexpr const char* defect() const noexcept {
    const bool usable = !math::is_nan(min_val) && !math::is_nan(max_val) && math::is_below(min_val, max_val);
    return usable ? nullptr : "hard_tanh: min_val must be below max_val";
  }
};

} // namespace relu::inline RELU_ABI
