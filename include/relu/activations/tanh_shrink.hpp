// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The hyperbolic tangent shrinkage function, x - tanh(x). Elements: float, double, float16, bfloat16.
///
///     x               value(x)     slope(x) = tanh(x)^2
///     +inf, -inf      x            1
///     +0, -0          x            0
///     NaN             x            x
///
/// Largest error for float, in ULP: value 0.51, slope 0.51.
/// Largest error for double, in ULP: value 4, slope 4.
/// Largest error for float16 and bfloat16, in ULP: value 0.5, slope 0.5. Their NaN become quiet.
///
/// PyTorch: Tanhshrink.
struct tanh_shrink {
  static constexpr bool compute_bound = true;

  template <floating V, class Tier = math::default_tier>
  constexpr V value(V x, Tier tier = {}) const noexcept {
    return math::evaluate_odd(tier, x, [](auto t, auto with) { return with.tanh_shrink(t); });
  }

  template <floating V, class Tier = math::default_tier>
  constexpr V slope(V x, Tier tier = {}) const noexcept {
    return math::evaluate(tier, x, [](auto t, auto with) { return with.tanh_squared(math::abs(t)); });
  }
};

} // namespace relu::inline RELU_ABI
