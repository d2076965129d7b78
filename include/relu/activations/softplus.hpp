// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// log(1 + exp(beta x)) / beta, and x where beta x > threshold. Elements: float, double.
///
///     x                     value(x)        slope(x) = 1 / (1 + exp(-beta x))
///     beta x > threshold    x               1
///     +inf, for beta > 0    +inf            1
///     -inf, for beta > 0    0               0
///     0                     log(2) / beta   1/2, if threshold >= 0
///     NaN                   x               x
///
/// Parameters and defaults are PyTorch's; they are rounded to the element type. beta must be a normal float,
/// above or below 0; the verbs throw std::invalid_argument otherwise, and if threshold is NaN. Largest error
/// in ULP: README.md.
struct softplus {
  static constexpr bool costly = true;

  double beta = 1;
  double threshold = 20;

  template <floating V> constexpr V value(V x) const noexcept {
    return math::in_double(x, [this](auto t, auto with) {
      using W = decltype(t);
      const W b = with.template parameter<W>(beta);
      const auto scaled = product(t, b, with);
      const W beyond = with.log1p(with.exp(with.negative_abs(scaled)), b);
      const W sum = math::select(scaled.high > W(0.0), t + beyond, beyond);
      return math::select(is_beyond(t, b, with), t, sum);
    });
  }

  template <floating V> constexpr V slope(V x) const noexcept {
    return math::in_double(x, [this](auto t, auto with) {
      using W = decltype(t);
      const W b = with.template parameter<W>(beta);
      const auto scaled = product(t, b, with);
      return math::select(is_beyond(t, b, with), W(1.0), with.logistic(scaled, W(1.0)));
    });
  }

  /// 1 - exp(-beta y), and 1 where beta y > threshold: slope, from y = value(x). For beta y from threshold to
  /// log(1 + exp(threshold)) there are two x, of which it takes the one above.
  template <floating V> constexpr V slope_from_output(V y) const noexcept {
    return math::in_double(y, [this](auto t, auto with) {
      using W = decltype(t);
      const W b = with.template parameter<W>(beta);
      const auto scaled = product(t, b, with);
      return math::select(is_beyond(t, b, with), W(1.0), -with.expm1(-scaled.high));
    });
  }

  /// Why an output does not say what the slope was, or null.
  constexpr const char* output_defect() const noexcept {
    const bool decides = math::is_at_least(threshold, 0.0) || math::is_zero(threshold);
    return decides ? nullptr : "softplus: every output is above the threshold: it must be at least 0";
  }

  /// Why the parameters cannot be used, or null.
  constexpr const char* defect() const noexcept {
    const double magnitude = math::abs(beta);
    if (!math::is_at_least(magnitude, double(std::numeric_limits<float>::min())) ||
        math::is_above(magnitude, double(std::numeric_limits<float>::max())))
      return "softplus: beta must be a normal float, above or below 0";
    return math::is_nan(threshold) ? "softplus: threshold is NaN" : nullptr;
  }

private:
  // t b, or the largest number of its sign that exp can be computed of.
  template <class W, class With> static constexpr auto product(W t, W b, With with) noexcept {
    const W limit = W(with.most) / detail::abs(b);
    return with.product(detail::max(detail::min(t, limit), -limit), b);
  }

  template <class W, class With> constexpr auto is_beyond(W t, W b, With with) const noexcept {
    return t * b > with.template parameter<W>(threshold);
  }
};

} // namespace relu::inline RELU_ABI
