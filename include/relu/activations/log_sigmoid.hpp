// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The logarithm of the logistic function, log(1 / (1 + exp(-x))). Elements: float, double, float16,
/// bfloat16.
///
///     x       value(x)     slope(x) = 1 / (1 + exp(x))
///     +inf    -0           0
///     -inf    -inf         1
///     0       -log(2)      1/2
///     NaN     x            x
///
/// Largest error for float, in ULP: value 0.51, slope 0.51.
/// Largest error for double, in ULP: value 4, slope 4.
/// Largest error for float16 and bfloat16, in ULP: value 0.5, slope 0.5. Their NaN become quiet.
///
/// PyTorch: LogSigmoid.
struct log_sigmoid {
  static constexpr bool compute_bound = true;

  // -(max(-x, 0) + log(1 + exp(-|x|)))
  template <floating V, class Tier = math::default_tier>
  constexpr V value(V x, Tier tier = {}) const noexcept {
    return math::evaluate(tier, x, [](auto t, auto with) {
      using W = decltype(t);
      const auto e = with.exp(math::max(with.negative_abs(t), W(-with.far)));
      return with.negate(math::max(-t, W(0.0)) + with.log1p(e));
    });
  }

  template <floating V, class Tier = math::default_tier>
  constexpr V slope(V x, Tier tier = {}) const noexcept {
    return math::evaluate_limited(tier, x, [](auto t, auto with) { return with.logistic(-t); });
  }

  /// The slope at the x with y = value(x): 1 - exp(y).
  template <floating V, class Tier = math::default_tier>
  constexpr V slope_from_output(V y, Tier tier = {}) const noexcept {
    return math::evaluate_limited(tier, y, [](auto t, auto with) { return -with.expm1(t); });
  }
};

} // namespace relu::inline RELU_ABI
