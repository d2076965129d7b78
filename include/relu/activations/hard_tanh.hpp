// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The hard hyperbolic tangent, min(max(min_val, x), max_val). Elements: all. It gives the same bits on every
/// instruction set.
///
///     x                       value(x)       slope(x)
///     min_val < x < max_val   x, same bits   1
///     >= max_val, +inf        max_val        0
///     <= min_val, -inf        min_val        0
///     NaN of either sign      x, same bits   1
///
/// min_val must be below max_val: the calls throw std::invalid_argument otherwise. Both are rounded to the
/// element type. For integers they are rounded down, and a value beyond the range of the type is limited to
/// it: on unsigned integers hard_tanh{} is min(x, 1), with slope 1 at 0. (In PyTorch's backward the slope at
/// NaN is 0.)
///
/// Largest error: none, the results are exact.
///
/// PyTorch: Hardtanh.
struct hard_tanh {
  static constexpr bool only_selects = true;

  double min_val = -1;
  double max_val = 1;

  template <numeric V> constexpr V value(V x) const noexcept {
    return math::clamp(x, math::bound<value_t<V>>(min_val), math::bound<value_t<V>>(max_val));
  }

  template <numeric V> constexpr V slope(V x) const noexcept { return math::one_where<V>(active(x)); }

  /// min_val < x < max_val, or NaN: where the slope is 1.
  template <numeric V> constexpr auto active(V x) const noexcept {
    return math::is_above_bound(x, min_val) && math::is_below_bound(x, max_val);
  }

  /// min_val < y < max_val, or NaN: active(x), computed from y = value(x).
  template <numeric V> constexpr auto active_from_output(V y) const noexcept { return active(y); }

  /// Why no call accepts the parameters, or null.
  constexpr const char* invalid_reason() const noexcept {
    const bool valid = !math::is_nan(min_val) && !math::is_nan(max_val) && math::is_below(min_val, max_val);
    return valid ? nullptr : "hard_tanh: min_val must be below max_val";
  }
};

} // namespace relu::inline RELU_ABI
