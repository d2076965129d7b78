// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The continuously differentiable exponential linear unit: x where x > 0, alpha (exp(x / alpha) - 1)
/// elsewhere. Elements: float, double.
///
///     x         value(x)                      slope(x)
///     > 0       x, same bits                  1
///     <= 0      alpha (exp(x / alpha) - 1)    exp(x / alpha)
///     -inf      -alpha                        0
///     +0, -0    x                             1
///     NaN       x, same bits                  x
///
/// alpha must be above 0, as it is, and as rounded to the element type; the verbs throw std::invalid_argument
/// if it is not. Largest error in ULP: README.md. J. T. Barron, "Continuously differentiable exponential
/// linear units", 2017.
struct celu {
  static constexpr bool costly = true;

  double alpha = 1;

  template <floating V> constexpr V value(V x) const noexcept {
    return math::in_double_below_0(x, [this](auto t, auto with) {
      using W = decltype(t);
      const W a = with.template parameter<W>(alpha);
      const W scaled = with.quotient(t, a).high, y = with.expm1(scaled) * a;
      if constexpr (with.is_float) return y;
      else return math::select(scaled > W(-0x1p-60), t, y); // where x / alpha may be a denormal number
    });
  }

  template <floating V> constexpr V slope(V x) const noexcept {
    return math::in_double(x, [this](auto t, auto with) {
      using W = decltype(t);
      const W a = with.template parameter<W>(alpha);
      const auto scaled = with.quotient(detail::max(detail::min(t, W(0.0)), W(-with.far) * a), a);
      return math::select(t > W(0.0), W(1.0), with.exp(scaled).value());
    });
  }

  /// 1 where y > 0, y / alpha + 1 elsewhere: slope, from y = value(x).
  template <floating V> constexpr V slope_from_output(V y) const noexcept {
    return math::in_double(y, [this](auto t, auto with) {
      using W = decltype(t);
      const W a = with.template parameter<W>(alpha);
      return math::select(t > W(0.0), W(1.0), (t + a) / a); // a sum that is exact where y is close to -alpha
    });
  }

  /// Why the parameters cannot be used, or null.
  constexpr const char* defect() const noexcept {
    const bool usable = math::is_at_least(alpha, double(std::numeric_limits<float>::min())) &&
                        !math::is_above(alpha, double(std::numeric_limits<float>::max()));
    return usable ? nullptr : "celu: alpha must be above 0, and a normal float";
  }
};

} // namespace relu::inline RELU_ABI
