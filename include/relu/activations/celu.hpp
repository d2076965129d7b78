// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The continuously differentiable exponential linear unit: x where x > 0, alpha (exp(x / alpha) - 1)
/// elsewhere. Elements: float, double, float16, bfloat16.
///
///     x         value(x)                      slope(x)
///     > 0       x, same bits                  1
///     <= 0      alpha (exp(x / alpha) - 1)    exp(x / alpha)
///     -inf      -alpha; -inf if alpha < 0     0; inf if alpha < 0
///     +0, -0    x                             1
///     NaN       x, same bits                  x
///
/// alpha may be any number but 0, above or below it. It is rounded to the element type (float16, bfloat16: to
/// float). The calls throw std::invalid_argument if its magnitude is not a normal float.
///
/// relu::fast takes an alpha above 0 and at most 2^100.
///
/// Largest error for float, in ULP: value 0.51, slope 0.51.
/// Largest error for double, in ULP: value 4, slope 4.
/// Largest error for float16 and bfloat16, in ULP: value 0.5, slope 0.5. Their NaN become quiet.
///
/// J. T. Barron, "Continuously differentiable exponential linear units", 2017. A negative alpha gives what
/// PyTorch and ONNX define, max(0, x) + min(0, alpha (exp(x / alpha) - 1)).
struct celu {
  static constexpr bool compute_bound = true;

  double alpha = 1;

  template <floating V, class Tier = math::default_tier>
  constexpr V value(V x, Tier tier = {}) const noexcept {
    return math::evaluate_below_0(tier, x, [this](auto t, auto with) { return with.scaled_expm1(t, alpha); });
  }

  template <floating V, class Tier = math::default_tier>
  constexpr V slope(V x, Tier tier = {}) const noexcept {
    return math::evaluate(tier, x, [this](auto t, auto with) {
      using W = decltype(t);
      return math::select(t > W(0.0), W(1.0), with.exp_quotient(math::min(t, W(0.0)), alpha));
    });
  }

  /// The slope at the x with y = value(x): 1 where y > 0, y / alpha + 1 elsewhere.
  template <floating V, class Tier = math::default_tier>
  constexpr V slope_from_output(V y, Tier tier = {}) const noexcept {
    return math::evaluate(tier, y, [this](auto t, auto with) {
      using W = decltype(t);
      const auto a = math::constant<W>(with.parameter(alpha));
      return math::select(t > W(0.0), W(1.0),
                          math::divide(t + a, a)); // the sum is exact where y is close to -alpha
    });
  }

  /// Why relu::fast does not accept the parameters, or null.
  constexpr const char* invalid_reason_for_fast() const noexcept {
    return alpha > 0 && alpha <= math::fast_toolkit::largest
               ? nullptr
               : "fast{celu}: alpha must be above 0 and at most 2^100; celu itself takes others";
  }

  /// Why no call accepts the parameters, or null.
  constexpr const char* invalid_reason() const noexcept {
    return math::is_normal_float(alpha) ? nullptr : "celu: alpha must be a normal float, above or below 0";
  }
};

} // namespace relu::inline RELU_ABI
