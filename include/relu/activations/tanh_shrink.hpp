// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// x - tanh(x). Elements: float, double.
///
///     x               value(x)     slope(x) = tanh(x)^2
///     +inf, -inf      x            1
///     +0, -0          x            0
///     NaN             x            x
///
/// Largest error in ULP: README.md.
struct tanh_shrink {
  static constexpr bool costly = true;

  template <floating V> constexpr V value(V x) const noexcept {
    return math::odd_in_double(x, [](auto t, auto with) { return with.tanh_shrink(t); });
  }

  template <floating V> constexpr V slope(V x) const noexcept {
    return math::in_double(x, [](auto t, auto with) { return with.tanh_squared(detail::abs(t)); });
  }
};

} // namespace relu::inline RELU_ABI
