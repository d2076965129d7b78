// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The rectified linear unit, max(0, x). Elements: all. It gives the same bits on every instruction set.
///
///     x                     value(x)       slope(x)
///     > 0, +inf             x              1
///     < 0, -inf             +0             0
///     +0, -0                +0             slope_at_zero
///     NaN of either sign    x, same bits   1
///
/// Subnormals count as the numbers that they are, also under -ffast-math and where the program flushes them
/// to zero (FTZ, DAZ). Only the product slope_at_zero * dy, for a slope_at_zero other than 0, loses them
/// there.
///
/// Largest error: none, the results are exact.
///
/// V. Nair and G. E. Hinton, "Rectified linear units improve restricted Boltzmann machines", ICML 2010.
struct rectifier {
  static constexpr bool only_selects = true;

  /// max(0, x) has no derivative at 0. By convention the slope there is 0. Any number is allowed.
  double slope_at_zero = 0;

  template <numeric V> constexpr V value(V x) const noexcept {
    return math::select(math::is_active_or_plus_zero(x), x, V(0));
  }

  template <numeric V> constexpr V slope(V x) const noexcept { return gradient(V(1), x); }

  /// dy times the slope at x. It selects and does not multiply: +0 where the slope is 0, dy where it is 1.
  /// For integers, math::scale describes how slope_at_zero * dy is rounded and saturated.
  template <numeric V> constexpr V gradient(V dy, V x) const noexcept {
    const V at_zero = math::is_zero(slope_at_zero) ? V(0) : math::scale(dy, slope_at_zero);
    return math::select(math::is_zero(x), at_zero, math::select(math::is_active_or_plus_zero(x), dy, V(0)));
  }

  /// Not x <= 0: where the slope is 1.
  template <numeric V> constexpr auto active(V x) const noexcept { return math::is_active(x); }

  /// Not y <= 0: what active(x) was, from y = value(x).
  template <numeric V> constexpr auto active_from_output(V y) const noexcept { return active(y); }

  /// Why an output does not determine the slope, or null.
  constexpr const char* invalid_reason_for_output() const noexcept {
    return math::is_zero(slope_at_zero)
               ? nullptr
               : "rectifier: an output of 0 does not tell whether x is 0: slope_at_zero must be 0";
  }

  /// Why a mask does not determine the slope, or null.
  constexpr const char* invalid_reason_for_mask() const noexcept {
    return math::is_zero(slope_at_zero)
               ? nullptr
               : "rectifier: a mask does not tell whether x is 0: slope_at_zero must be 0";
  }
};

/// max(0, v) of one number or of one xsimd::batch: rectifier{}.value(v).
template <numeric V> constexpr V relu(V v) noexcept { return rectifier{}.value(v); }

/// The derivative of max(0, v), 0 at zero, of one number or of one xsimd::batch: rectifier{}.slope(v).
template <numeric V> constexpr V relu_grad(V v) noexcept { return rectifier{}.slope(v); }

} // namespace relu::inline RELU_ABI
