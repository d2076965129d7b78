// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// x where x > 0, negative_slope * x where x < 0. Elements: all; the same bits on every instruction set.
///
///     x                     value(x)             slope(x)
///     > 0, +inf             x                    1
///     < 0, -inf             negative_slope * x   negative_slope
///     +0, -0                x                    negative_slope
///     NaN of either sign    x, same bits         1
///
/// negative_slope is rounded to the element type. Largest error of the product: 0.5 ULP, one rounding; where
/// the program turned denormals off (FTZ, DAZ, -ffast-math), denormal ones become 0. Integers: math::scale
/// says how the product is rounded. Any slope is allowed: 0 makes it the rectifier, an infinite one gives
/// infinities below zero, and still 0 at 0. A. L. Maas, A. Y. Hannun and A. Y. Ng, "Rectifier nonlinearities
/// improve neural network acoustic models", ICML 2013.
struct leaky_relu {
  double negative_slope = 0.01;

  template <numeric V> constexpr V value(V x) const noexcept {
    return math::select(math::is_negative(x), scaled(x), x);
  }

  template <numeric V> constexpr V slope(V x) const noexcept { return gradient(x, V(1)); }

  /// dy times the slope at x: dy itself where x > 0 or x is NaN, else negative_slope * dy.
  template <numeric V> constexpr V gradient(V x, V dy) const noexcept {
    return masked_gradient(active(x), dy);
  }

  /// gradient, from y = value(x), which is above 0 only where x is. (A negative_slope that is 0 for the
  /// element type, but not for double, makes NaN of -inf, which lets dy pass.)
  template <numeric V> constexpr V gradient_from_output(V y, V dy) const noexcept { return gradient(y, dy); }

  /// Not x <= 0: where the slope is 1.
  template <numeric V> constexpr auto active(V x) const noexcept { return math::is_active(x); }

  /// dy where the unit was active, negative_slope * dy elsewhere.
  template <class Condition, numeric V> constexpr V masked_gradient(Condition active, V dy) const noexcept {
    return math::select(active, dy, scaled(dy));
  }

  /// Why an output does not say what the slope was, or null.
  constexpr const char* output_defect() const noexcept {
    const bool decides = math::is_at_least(negative_slope, 0.0) || math::is_zero(negative_slope);
    return decides
               ? nullptr
               : "leaky_relu: an output does not say where x is below 0: negative_slope must be at least 0";
  }

private:
  template <numeric V> constexpr V scaled(V v) const noexcept {
    return negative_slope == 0 ? V(0)
                               : math::scale(v, negative_slope); // a slope of 0 gives +0, of infinities too
  }
};

} // namespace relu::inline RELU_ABI
