// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

#include <limits>

namespace relu::inline RELU_ABI {

/// The softplus function: log(1 + exp(beta x)) / beta, and x where beta x > threshold. Elements: float,
/// double, float16, bfloat16.
///
///     x                     value(x)        slope(x) = 1 / (1 + exp(-beta x))
///     beta x > threshold    x               1
///     +inf, for beta > 0    +inf            1
///     -inf, for beta > 0    0               0
///     0                     log(2) / beta   1/2, if threshold >= 0
///     NaN                   x               x
///
/// Parameters and defaults are those of PyTorch. They are rounded to the element type (float16, bfloat16: to
/// float). beta may be above or below 0. The calls throw std::invalid_argument if the magnitude of beta is
/// not a normal float, or if threshold is NaN. relu::fast takes a beta of at least 1/128, or at most -1/128.
///
/// Largest error for float, in ULP: value 0.51, slope 0.51.
/// Largest error for double, in ULP: value 4, slope 4.
/// Largest error for float16 and bfloat16, in ULP: value 0.5, slope 0.5. Their NaN become quiet.
///
/// PyTorch: Softplus.
struct softplus {
  static constexpr bool compute_bound = true;

  double beta = 1;
  double threshold = 20;

  // (max(beta x, 0) + log(1 + exp(-|beta x|))) / beta
  template <floating V, class Tier = math::default_tier>
  constexpr V value(V x, Tier tier = {}) const noexcept {
    return math::evaluate(tier, x, [this](auto t, auto with) {
      using W = decltype(t);
      const auto b = math::constant<W>(with.parameter(beta));
      const auto scaled = product(t, b, with);
      const W beyond = with.log1p(with.exp(with.negative_abs(scaled)), b);
      const W sum = math::select(with.rounded(scaled) > W(0.0), t + beyond, beyond);
      return math::select(is_beyond(t, b, with), t, sum);
    });
  }

  template <floating V, class Tier = math::default_tier>
  constexpr V slope(V x, Tier tier = {}) const noexcept {
    return math::evaluate(tier, x, [this](auto t, auto with) {
      using W = decltype(t);
      const auto b = math::constant<W>(with.parameter(beta));
      const auto scaled = product(t, b, with);
      return math::select(is_beyond(t, b, with), W(1.0), with.logistic(scaled));
    });
  }

  /// The slope at the x with y = value(x): 1 - exp(-beta y), and 1 where beta y > threshold. For beta y from
  /// threshold to log(1 + exp(threshold)) there are two such x; the result is the slope at the larger one.
  template <floating V, class Tier = math::default_tier>
  constexpr V slope_from_output(V y, Tier tier = {}) const noexcept {
    return math::evaluate(tier, y, [this](auto t, auto with) {
      using W = decltype(t);
      const auto b = math::constant<W>(with.parameter(beta));
      const auto scaled = product(t, b, with);
      return math::select(is_beyond(t, b, with), W(1.0), -with.expm1(-with.rounded(scaled)));
    });
  }

  /// Why relu::fast does not accept the parameters, or null.
  constexpr const char* invalid_reason_for_fast() const noexcept {
    return math::abs(beta) * math::fast_toolkit::largest_factor >= 1
               ? nullptr
               : "fast{softplus}: beta must not be between -1/128 and 1/128; softplus itself takes such a "
                 "beta";
  }

  /// Why an output does not determine the slope, or null.
  constexpr const char* invalid_reason_for_output() const noexcept {
    return math::is_nonnegative(threshold)
               ? nullptr
               : "softplus: every output is above a negative threshold: threshold must be at least 0";
  }

  /// Why no call accepts the parameters, or null.
  constexpr const char* invalid_reason() const noexcept {
    if (!math::is_normal_float(beta)) return "softplus: beta must be a normal float, above or below 0";
    return math::is_nan(threshold) ? "softplus: threshold must not be NaN" : nullptr;
  }

private:
  // t b, or the largest number of its sign that exp takes.
  template <class W, class With> static constexpr auto product(W t, W b, With with) noexcept {
    using limits = std::numeric_limits<value_t<W>>;
    const W limit = math::min(math::divide(W(with.exp_limit), math::abs(b)), W(limits::max()));
    return with.product(math::max(math::min(t, limit), -limit), b);
  }

  template <class W, class With> constexpr auto is_beyond(W t, W b, With with) const noexcept {
    return with.is_product_above(t, b, math::constant<W>(with.parameter(threshold)));
  }
};

} // namespace relu::inline RELU_ABI
