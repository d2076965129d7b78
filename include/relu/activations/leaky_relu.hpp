// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The leaky rectified linear unit: x where x > 0, negative_slope * x where x < 0. Elements: all. It gives
/// the same bits on every instruction set.
///
///     x                     value(x)             slope(x)
///     > 0, +inf             x                    1
///     < 0, -inf             negative_slope * x   negative_slope
///     +0, -0                x                    negative_slope
///     NaN of either sign    x, same bits         1
///
/// negative_slope may be any number. It is rounded to the element type (float16, bfloat16: to float). A
/// negative_slope of 0 makes leaky_relu the rectifier. An infinite one gives infinities below 0, and still 0
/// at 0. For integers, math::scale describes how the product is rounded. No unsigned integer is below 0, so
/// value(x) is x, and slope(0) is negative_slope.
///
/// Largest error for float, in ULP: value 0.5, slope 0.
/// Largest error for double, in ULP: value 0.5, slope 0.
/// Largest error for float16 and bfloat16, in ULP: value 0.51, slope 0. Their NaN become quiet.
/// Where the program flushes subnormals to zero (FTZ, DAZ, -ffast-math), subnormal products become 0.
///
/// A. L. Maas, A. Y. Hannun and A. Y. Ng, "Rectifier nonlinearities improve neural network acoustic models",
/// ICML 2013.
struct leaky_relu {
  double negative_slope = 0.01;

  template <numeric V> constexpr V value(V x) const noexcept {
    if constexpr (detail::unsigned_value<V>) return x;
    else return math::select(math::is_negative(x), scaled(x), x);
  }

  template <numeric V> constexpr V slope(V x) const noexcept { return masked_gradient(V(1), active(x)); }

  /// Not x <= 0: where the slope is 1.
  template <numeric V> constexpr auto active(V x) const noexcept { return math::is_active(x); }

  /// Not y <= 0: what active(x) was, from y = value(x). (A negative_slope so small that it is 0 as an element
  /// makes NaN of -inf, so there the unit counts as active.)
  template <numeric V> constexpr auto active_from_output(V y) const noexcept { return active(y); }

  /// dy where the unit was active, negative_slope * dy elsewhere.
  template <numeric V, class Condition> constexpr V masked_gradient(V dy, Condition active) const noexcept {
    return math::select(active, dy, scaled(dy));
  }

  /// Why an output does not determine the slope, or null.
  constexpr const char* invalid_reason_for_output() const noexcept {
    return math::is_nonnegative(negative_slope)
               ? nullptr
               : "leaky_relu: with a negative negative_slope, an output above 0 has two inputs: "
                 "negative_slope must be at least 0";
  }

private:
  // A slope of 0 gives +0, also for infinities.
  template <numeric V> constexpr V scaled(V v) const noexcept {
    return math::is_zero(negative_slope) ? V(0) : math::scale(v, negative_slope);
  }
};

} // namespace relu::inline RELU_ABI
