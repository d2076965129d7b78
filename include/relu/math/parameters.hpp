// SPDX-License-Identifier: MIT
// Parameters of activations: checked, and converted to the element type.
#pragma once

#include <relu/math/arithmetic.hpp>
#include <relu/math/conditions.hpp>

#include <limits>

namespace relu::inline RELU_ABI::math {

/// The bound c for elements T. For float and double it is c, rounded. For integers it is the largest integer
/// that is not above c, or the lowest integer of the type.
template <element T> constexpr T bound(double c) noexcept {
  if constexpr (floating_element<T>) return static_cast<T>(c);
  else {
    constexpr T lowest = std::numeric_limits<T>::min(), largest = std::numeric_limits<T>::max();
    if (c >= static_cast<double>(largest)) return largest;
    if (!(c > static_cast<double>(lowest))) return lowest;
    const T toward_zero = static_cast<T>(c);
    return static_cast<double>(toward_zero) > c ? static_cast<T>(toward_zero - 1) : toward_zero;
  }
}

/// p >= 0: false for NaN, also under -ffast-math.
constexpr bool is_nonnegative(double p) noexcept { return is_at_least(p, 0.0) || is_zero(p); }

/// |p| lies between the least and the largest normal float: false for 0, infinity and NaN, also under
/// -ffast-math.
constexpr bool is_normal_float(double p) noexcept {
  using limits = std::numeric_limits<float>;
  return is_at_least(abs(p), double(limits::min())) && !is_above(abs(p), double(limits::max()));
}

} // namespace relu::inline RELU_ABI::math
