// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// max(0, x - shift). Elements: all; the same bits on every instruction set.
///
///     x                     value(x)       slope(x)
///     > shift               x - shift      1
///     <= shift, -inf        +0             0
///     NaN of either sign    NaN            1
///
/// shift may be any number; the verbs throw std::invalid_argument if it is NaN. It is rounded to the element
/// type; for integers down, and limited to the range of the type, as the difference is. Largest error of the
/// value: 0.5 ULP, one rounding; where the program turned denormals off (FTZ, DAZ, -ffast-math), denormal
/// ones become 0. I. Mirzadeh et al., "ReLU strikes back: exploiting activation sparsity in large language
/// models", ICLR 2024.
struct shifted_relu {
  double shift = 1;

  template <numeric V> constexpr V value(V x) const noexcept {
    const value_t<V> least = math::bound<value_t<V>>(shift);
    return math::select(active(x), math::excess(x, least), V(0));
  }

  template <numeric V> constexpr V slope(V x) const noexcept { return gradient(x, V(1)); }

  /// dy where x > shift or x is NaN, +0 elsewhere: selected, not multiplied.
  template <numeric V> constexpr V gradient(V x, V dy) const noexcept {
    return math::select(active(x), dy, V(0));
  }

  /// dy where y > 0 or y is NaN, +0 elsewhere: gradient, from y = value(x). (With denormals turned off, a
  /// difference that became 0 is one.)
  template <numeric V> constexpr V gradient_from_output(V y, V dy) const noexcept {
    return math::select(math::is_active(y), dy, V(0));
  }

  /// x > shift, or NaN: where the unit is active.
  template <numeric V> constexpr auto active(V x) const noexcept {
    return math::is_above(x, math::bound<value_t<V>>(shift));
  }

  /// Why the parameters cannot be used, or null.
  constexpr const char* defect() const noexcept {
    return math::is_nan(shift) ? "shifted_relu: shift is NaN" : nullptr;
  }
};

} // namespace relu::inline RELU_ABI
