// SPDX-License-Identifier: MIT
// Numbers with twice the bits of a double, on which the formulas of exact activations compute.
#pragma once

#include <relu/math/arithmetic.hpp>
#include <relu/math/double_double.hpp>
#include <relu/math/evaluate.hpp>

namespace relu::inline RELU_ABI {

namespace math {

/// A double_double as the V of a formula: value(x) of a piecewise linear activation then makes no rounding
/// error above 2^-100 of the result, and none at all if that has at most 106 bits. It is never NaN.
struct extended : double_double<double> {
  constexpr explicit extended(double number) noexcept : double_double{number, 0.0} {}
  /// An infinite sum has no low part; its arithmetic would make that NaN.
  constexpr explicit extended(double_double<double> sum) noexcept
      : double_double{sum.high, bits::magnitude(sum.high) < bits::infinity<double> ? sum.low : 0.0} {}
};

} // namespace math

namespace detail {

template <> struct value_of<math::extended> {
  using type = double;
};

/// The sign of a - b: above 0, 0 or below 0. A sum of infinities is NaN.
constexpr double difference(math::extended a, math::extended b) noexcept {
  return barrier(barrier(a.high - b.high) + barrier(a.low - b.low));
}

} // namespace detail

namespace math {

// The functions below are those of the same names for elements and vectors.

constexpr extended select(bool condition, extended a, extended b) noexcept { return condition ? a : b; }

constexpr bool is_negative(extended x) noexcept { return is_negative(x.high); }
constexpr bool is_active(extended x) noexcept { return is_active(x.high); }
constexpr bool is_active_or_plus_zero(extended x) noexcept { return is_active_or_plus_zero(x.high); }
constexpr bool is_above(extended x, double bound) noexcept {
  return x.high > bound || (x.high >= bound && x.low > 0);
}
constexpr bool is_below(extended x, double bound) noexcept {
  return x.high < bound || (x.high <= bound && x.low < 0);
}
constexpr bool is_at_least(extended x, double bound) noexcept { return !is_below(x, bound); }

constexpr extended abs(extended x) noexcept {
  return is_negative(x) ? extended(double_double<double>{-x.high, -x.low}) : x;
}

constexpr extended add(extended x, double c) noexcept {
  const extended sum(double_double_arithmetic::sum<double>(x, extended(c)));
  return extended(double_double_arithmetic::sum(sum.high, sum.low)); // after cancellation, low may be larger
}
constexpr extended subtract(extended x, double c) noexcept { return add(x, -c); }

constexpr extended scale(extended x, double factor) noexcept {
  return extended(double_double_arithmetic::product<double>(x, factor));
}
constexpr extended operator*(extended a, extended b) noexcept {
  return extended(double_double_arithmetic::product<double>(a, b));
}

/// compensated_arithmetic without rounding.
struct extended_arithmetic {
  /// (x + a) / n, for c = 1 / n, rounded, where n is an integer.
  static constexpr extended scaled_sum(extended x, double a, double c) noexcept {
    const double n = static_cast<int>(1 / c + 0.5); // also where divisions round upward
    const extended sum = add(x, a);
    const double high = detail::barrier(sum.high / n);
    const auto back = double_double_arithmetic::product(high, n);
    const double rest = detail::barrier(detail::barrier(sum.high - back.high) - back.low);
    return extended(double_double<double>{high, (rest + sum.low) / n});
  }
  static constexpr extended rounded(extended x) noexcept { return x; }
};

template <class Tier, class F>
constexpr extended evaluate_compensated_limited(Tier, extended x, F f, double end) {
  const extended least(-end), most(end);
  return f(is_below(x, -end) ? least : is_above(x, end) ? most : x, extended_arithmetic{});
}

} // namespace math
} // namespace relu::inline RELU_ABI
