// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The soft shrinkage function: x - lambda where x > lambda, x + lambda where x < -lambda, else 0. Elements:
/// all. It gives the same bits on every instruction set.
///
///     x                    value(x)       slope(x)
///     > lambda, +inf       x - lambda     1
///     < -lambda, -inf      x + lambda     1
///     |x| <= lambda        +0             0
///     NaN of either sign   NaN            1
///
/// lambda must be at least 0: the calls throw std::invalid_argument otherwise. It is rounded to the element
/// type (float16, bfloat16: to float). For integers it is rounded down.
///
/// Largest error for float, in ULP: value 0.5, slope 0.
/// Largest error for double, in ULP: value 0.5, slope 0.
/// Largest error for float16 and bfloat16, in ULP: value 0.51, slope 0. Their NaN become quiet.
/// Where the program flushes subnormals to zero (FTZ, DAZ, -ffast-math), subnormal values become 0.
///
/// PyTorch: Softshrink.
struct soft_shrink {
  double lambda = 0.5;

  template <numeric V> constexpr V value(V x) const noexcept {
    const auto limit = math::bound<value_t<V>>(lambda);
    const V above = math::subtract(x, limit);
    if constexpr (detail::unsigned_value<V>) return math::select(math::is_above(x, limit), above, V(0));
    else {
      const V below = math::select(math::is_below(x, math::opposite_bound<value_t<V>>(lambda)),
                                   math::add(x, limit), V(0));
      return math::select(math::is_above(x, limit), above, below);
    }
  }

  template <numeric V> constexpr V slope(V x) const noexcept { return math::one_where<V>(active(x)); }

  /// |x| > lambda, or NaN: where the slope is 1.
  template <numeric V> constexpr auto active(V x) const noexcept { return math::is_beyond_bound(x, lambda); }

  /// y is not 0: active(x), computed from y = value(x). (Where the program flushes subnormals to zero, a
  /// difference that became 0 counts as inactive.)
  template <numeric V> constexpr auto active_from_output(V y) const noexcept { return !math::is_zero(y); }

  /// Why no call accepts the parameters, or null.
  constexpr const char* invalid_reason() const noexcept {
    return math::is_nonnegative(lambda) ? nullptr : "soft_shrink: lambda must be at least 0";
  }
};

} // namespace relu::inline RELU_ABI
