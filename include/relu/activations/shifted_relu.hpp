// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The shifted rectified linear unit, max(0, x - shift). Elements: all. It gives the same bits on every
/// instruction set.
///
///     x                     value(x)       slope(x)
///     > shift               x - shift      1
///     <= shift, -inf        +0             0
///     NaN of either sign    NaN            1
///
/// shift may be any number but NaN: the calls throw std::invalid_argument then. It is rounded to the element
/// type (float16, bfloat16: to float). For integers it is rounded down, and a difference beyond the largest
/// integer is that integer.
///
/// Largest error for float, in ULP: value 0.5, slope 0.
/// Largest error for double, in ULP: value 0.5, slope 0.
/// Largest error for float16 and bfloat16, in ULP: value 0.51, slope 0. Their NaN become quiet.
/// Where the program flushes subnormals to zero (FTZ, DAZ, -ffast-math), subnormal differences become 0.
///
/// I. Mirzadeh et al., "ReLU strikes back: exploiting activation sparsity in large language models", ICLR
/// 2024.
struct shifted_relu {
  double shift = 1;

  template <numeric V> constexpr V value(V x) const noexcept { return math::positive_difference(x, shift); }

  template <numeric V> constexpr V slope(V x) const noexcept { return math::one_where<V>(active(x)); }

  /// x > shift, or NaN: where the slope is 1.
  template <numeric V> constexpr auto active(V x) const noexcept { return math::is_above_bound(x, shift); }

  /// Not y <= 0: what active(x) was, from y = value(x). (Where the program flushes subnormals to zero, a
  /// difference that became 0 counts as inactive.)
  template <numeric V> constexpr auto active_from_output(V y) const noexcept { return math::is_active(y); }

  /// Why no call accepts the parameters, or null.
  constexpr const char* invalid_reason() const noexcept {
    return math::is_nan(shift) ? "shifted_relu: shift must not be NaN" : nullptr;
  }
};

} // namespace relu::inline RELU_ABI
