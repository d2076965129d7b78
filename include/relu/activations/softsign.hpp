// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The softsign function, x / (1 + |x|). Elements: float, double, float16, bfloat16.
///
///     x       value(x)     slope(x) = 1 / (1 + |x|)^2
///     +inf    1            0
///     -inf    -1           0
///     +0, -0  x            1
///     NaN     x            x
///
/// Largest error for float, in ULP: value 0.51, slope 0.51.
/// Largest error for double, in ULP: value 4, slope 4.
/// Largest error for float16 and bfloat16, in ULP: value 0.5, slope 0.5. Their NaN become quiet.
///
/// PyTorch: Softsign.
struct softsign {
  static constexpr bool compute_bound = true;

  template <floating V, class Tier = math::default_tier>
  constexpr V value(V x, Tier tier = {}) const noexcept {
    return math::evaluate_odd(tier, x, [](auto t, auto with) {
      using W = decltype(t);
      const W largest(with.largest), bounded = math::max(math::min(t, largest), -largest);
      return math::divide(bounded, W(1.0) + math::abs(bounded));
    });
  }

  template <floating V, class Tier = math::default_tier>
  constexpr V slope(V x, Tier tier = {}) const noexcept {
    return math::evaluate(tier, x, [](auto t, auto with) {
      using W = decltype(t);
      return with.reciprocal_square(with.sum(W(1.0), math::min(math::abs(t), W(with.largest))));
    });
  }

  /// The slope at the x with y = value(x): (1 - |y|)^2.
  template <floating V, class Tier = math::default_tier>
  constexpr V slope_from_output(V y, Tier tier = {}) const noexcept {
    return math::evaluate(tier, y, [](auto t, auto) {
      const auto r = decltype(t)(1.0) - math::abs(t);
      return r * r;
    });
  }
};

} // namespace relu::inline RELU_ABI
