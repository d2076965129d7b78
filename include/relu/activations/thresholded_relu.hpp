// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The thresholded rectified linear unit: x where x > threshold, else 0. It is also known as FATReLU.
/// Elements: all. It gives the same bits on every instruction set.
///
///     x                     value(x)       slope(x)
///     > threshold, +inf     x              1
///     <= threshold, -inf    +0             0
///     NaN of either sign    x, same bits   1
///
/// threshold may be any number but NaN: the calls throw std::invalid_argument then. It is rounded to the
/// element type. For integers it is rounded down. A threshold of 0 makes thresholded_relu the rectifier. A
/// threshold below 0 lets some negative numbers pass, and -0; all unsigned integers are above it.
///
/// Largest error: none, the results are exact.
///
/// M. Kurtz et al., "Inducing and exploiting activation sparsity for fast inference on deep neural networks",
/// ICML 2020.
struct thresholded_relu {
  static constexpr bool only_selects = true;

  double threshold = 1;

  template <numeric V> constexpr V value(V x) const noexcept { return math::select(active(x), x, V(0)); }

  template <numeric V> constexpr V slope(V x) const noexcept { return math::one_where<V>(active(x)); }

  /// x > threshold, or NaN: where the slope is 1.
  template <numeric V> constexpr auto active(V x) const noexcept {
    return math::is_above_bound(x, threshold);
  }

  /// Not y <= 0: what active(x) was, from y = value(x).
  template <numeric V> constexpr auto active_from_output(V y) const noexcept { return math::is_active(y); }

  /// Why an output does not determine the slope, or null.
  constexpr const char* invalid_reason_for_output() const noexcept {
    return math::is_nonnegative(threshold)
               ? nullptr
               : "thresholded_relu: with a negative threshold, an output of 0 has inputs of both slopes: "
                 "threshold must be at least 0";
  }

  /// Why no call accepts the parameters, or null.
  constexpr const char* invalid_reason() const noexcept {
    return math::is_nan(threshold) ? "thresholded_relu: threshold must not be NaN" : nullptr;
  }
};

} // namespace relu::inline RELU_ABI
