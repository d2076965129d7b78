// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The rectified linear unit, max(0, x). Elements: all; the same bits on every instruction set.
///
///     x                     value(x)       slope(x)
///     > 0, +inf             x              1
///     < 0, -inf             +0             0
///     +0, -0                +0             slope_at_zero
///     NaN of either sign    x, same bits   1
///
/// Denormals count as the numbers that they are, also under -ffast-math and with FTZ or DAZ switched on (only
/// the product slope_at_zero * dy, for a slope other than 0, loses them there). V. Nair and G. E. Hinton,
/// "Rectified linear units improve restricted Boltzmann machines", ICML 2010.
struct rectifier {
  /// f is not differentiable at zero. By convention its slope there is 0; any number is allowed.
  double slope_at_zero = 0;

  template <numeric V> constexpr V value(V x) const noexcept {
    return math::select(math::is_active_or_plus_zero(x), x, V(0));
  }

  template <numeric V> constexpr V slope(V x) const noexcept { return gradient(x, V(1)); }

  /// dy times the slope at x, selected, not multiplied: +0 where the slope is 0, dy where it is 1. For
  /// integers, slope_at_zero * dy is rounded as math::scale says.
  template <numeric V> constexpr V gradient(V x, V dy) const noexcept {
    const V at_zero = slope_at_zero == 0 ? V(0) : math::scale(dy, slope_at_zero);
    return math::select(math::is_zero(x), at_zero, math::select(math::is_active_or_plus_zero(x), dy, V(0)));
  }

  /// dy where y > 0 or y is NaN, +0 elsewhere: gradient, from y = value(x).
  template <numeric V> constexpr V gradient_from_output(V y, V dy) const noexcept {
    return math::select(active(y), dy, V(0));
  }

  /// Not x <= 0: where the unit is active.
  template <numeric V> constexpr auto active(V x) const noexcept { return math::is_active(x); }

  /// Why an output does not say what the slope was, or null.
  constexpr const char* output_defect() const noexcept {
    return math::is_zero(slope_at_zero)
               ? nullptr
               : "rectifier: an output does not say where x is 0: slope_at_zero must be 0";
  }

  /// Why a mask does not say what the slope was, or null.
  constexpr const char* mask_defect() const noexcept {
    return math::is_zero(slope_at_zero)
               ? nullptr
               : "rectifier: a mask does not say where x is 0: slope_at_zero must be 0";
  }
};

/// max(0, v) of one number or of one xsimd::batch: rectifier{}.value(v).
template <numeric V> constexpr V relu(V v) noexcept { return rectifier{}.value(v); }

/// The derivative of max(0, v), 0 at zero, of one number or of one xsimd::batch: rectifier{}.slope(v).
template <numeric V> constexpr V relu_grad(V v) noexcept { return rectifier{}.slope(v); }

} // namespace relu::inline RELU_ABI
