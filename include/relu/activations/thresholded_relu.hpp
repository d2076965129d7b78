// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// x where x > threshold, else 0. Elements: all; the same bits on every instruction set.
///
///     x                     value(x)       slope(x)
///     > threshold, +inf     x              1
///     <= threshold, -inf    +0             0
///     NaN of either sign    x, same bits   1
///
/// threshold may be any number: below 0 it lets negative numbers pass, and -0; the verbs throw
/// std::invalid_argument if it is NaN. It is rounded to the element type; for integers down, and limited to
/// the range of the type. 0 makes it the rectifier. Also known as FATReLU: M. Kurtz et al., "Inducing and
/// exploiting activation sparsity for fast inference on deep neural networks", ICML 2020.
struct thresholded_relu {
  double threshold = 1;

  template <numeric V> constexpr V value(V x) const noexcept { return gradient(x, x); }

  template <numeric V> constexpr V slope(V x) const noexcept { return gradient(x, V(1)); }

  /// dy where x > threshold or x is NaN, +0 elsewhere: selected, not multiplied.
  template <numeric V> constexpr V gradient(V x, V dy) const noexcept {
    return math::select(active(x), dy, V(0));
  }

  /// dy where y > 0 or y is NaN, +0 elsewhere: gradient, from y = value(x).
  template <numeric V> constexpr V gradient_from_output(V y, V dy) const noexcept {
    return math::select(math::is_active(y), dy, V(0));
  }

  /// x > threshold, or NaN: where the unit is active.
  template <numeric V> constexpr auto active(V x) const noexcept {
    return math::is_above(x, math::bound<value_t<V>>(threshold));
  }

  /// Why an output does not say what the slope was, or null.
  constexpr const char* output_defect() const noexcept {
    const bool decides = math::is_at_least(threshold, 0.0) || math::is_zero(threshold);
    return decides ? nullptr
                   : "thresholded_relu: an output of 0 does not say where x is: threshold must be at least 0";
  }

  /// Why the parameters cannot be used, or null.
  constexpr const char* defect() const noexcept {
    return math::is_nan(threshold) ? "thresholded_relu: threshold is NaN" : nullptr;
  }
};

} // namespace relu::inline RELU_ABI
