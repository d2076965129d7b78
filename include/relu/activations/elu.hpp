// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The exponential linear unit: x where x > 0, alpha (exp(x) - 1) elsewhere. Elements: float, double.
///
///     x         value(x)              slope(x)
///     > 0       x, same bits          1
///     <= 0      alpha (exp(x) - 1)    alpha exp(x)
///     -inf      -alpha                0
///     +0, -0    x                     alpha
///     NaN       x, same bits          x
///
/// alpha is rounded to the element type. Largest error in ULP: README.md. D.-A. Clevert, T. Unterthiner and
/// S. Hochreiter, "Fast and accurate deep network learning by exponential linear units (ELUs)", ICLR 2016.
struct elu {
  static constexpr bool costly = true;

  double alpha = 1;

  template <floating V> constexpr V value(V x) const noexcept {
    return math::in_double_below_0(
        x, [this](auto t, auto with) { return with.expm1(t) * with.template parameter<decltype(t)>(alpha); });
  }

  template <floating V> constexpr V slope(V x) const noexcept {
    return math::in_double_limited(
        x,
        [this](auto t, auto with) {
          using W = decltype(t);
          return math::select(t > W(0.0), W(1.0), with.exp(t).times(with.template parameter<W>(alpha)));
        },
        detail::precise<value_t<V>>::most);
  }

  /// 1 where y > 0, y + alpha elsewhere: slope, from y = value(x).
  template <floating V> constexpr V slope_from_output(V y) const noexcept {
    return math::in_double(y, [this](auto t, auto with) {
      using W = decltype(t);
      return math::select(t > W(0.0), W(1.0), t + with.template parameter<W>(alpha));
    });
  }

  /// Why an output does not say what the slope was, or null.
  constexpr const char* output_defect() const noexcept {
    const bool decides = math::is_at_least(alpha, 0.0) || math::is_zero(alpha);
    return decides ? nullptr : "elu: an output does not say where x is below 0: alpha must be at least 0";
  }
};

} // namespace relu::inline RELU_ABI
