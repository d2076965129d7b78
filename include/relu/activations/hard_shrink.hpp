// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// x where |x| > lambda, else 0. Elements: all; the same bits on every instruction set.
///
///     x                    value(x)       slope(x)
///     |x| > lambda         x, same bits   1
///     |x| <= lambda        +0             0
///     NaN of either sign   x, same bits   1
///
/// lambda must be at least 0: the verbs throw std::invalid_argument otherwise. It is rounded to the element
/// type; for integers down, and limited to the range of the type.
struct hard_shrink {
  double lambda = 0.5;

  template <numeric V> constexpr V value(V x) const noexcept { return gradient(x, x); }

  template <numeric V> constexpr V slope(V x) const noexcept { return gradient(x, V(1)); }

  /// dy where |x| > lambda or x is NaN, +0 elsewhere: selected, not multiplied.
  template <numeric V> constexpr V gradient(V x, V dy) const noexcept {
    return math::select(active(x), dy, V(0));
  }

  /// |x| > lambda, or NaN: where the slope is 1.
  template <numeric V> constexpr auto active(V x) const noexcept {
    return math::is_beyond(x, math::bound<value_t<V>>(lambda));
  }

  /// Why the parameters cannot be used, or null.
  constexpr const char* defect() const noexcept {
    const bool usable = math::is_at_least(lambda, 0.0) || math::is_zero(lambda);
    return usable ? nullptr : "hard_shrink: lambda must be at least 0";
  }
};

} // namespace relu::inline RELU_ABI
