// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The hard shrinkage function: x where |x| > lambda, else 0. Elements: all. It gives the same bits on every
/// instruction set.
///
///     x                    value(x)       slope(x)
///     |x| > lambda         x, same bits   1
///     |x| <= lambda        +0             0
///     NaN of either sign   x, same bits   1
///
/// lambda must be at least 0: the calls throw std::invalid_argument otherwise. It is rounded to the element
/// type. For integers it is rounded down.
///
/// Largest error: none, the results are exact.
///
/// PyTorch: Hardshrink.
struct hard_shrink {
  static constexpr bool only_selects = true;

  double lambda = 0.5;

  template <numeric V> constexpr V value(V x) const noexcept { return math::select(active(x), x, V(0)); }

  template <numeric V> constexpr V slope(V x) const noexcept { return math::one_where<V>(active(x)); }

  /// |x| > lambda, or NaN: where the slope is 1.
  template <numeric V> constexpr auto active(V x) const noexcept { return math::is_beyond_bound(x, lambda); }

  /// |y| > lambda, or NaN: active(x), computed from y = value(x).
  template <numeric V> constexpr auto active_from_output(V y) const noexcept { return active(y); }

  /// Why no call accepts the parameters, or null.
  constexpr const char* invalid_reason() const noexcept {
    return math::is_nonnegative(lambda) ? nullptr : "hard_shrink: lambda must be at least 0";
  }
};

} // namespace relu::inline RELU_ABI
