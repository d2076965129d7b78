// SPDX-License-Identifier: MIT
// Evaluation of a formula in double, with a rule for the inputs that the formula does not take.
#pragma once

#include <relu/detail/widening.hpp>
#include <relu/math/arithmetic.hpp>
#include <relu/math/conditions.hpp>
#include <relu/math/double_toolkit.hpp>
#include <relu/math/float_toolkit.hpp>

#include <type_traits>

namespace relu::inline RELU_ABI {

namespace detail {

// f(x), computed in double and rounded once.
template <class V, class F> constexpr V computed_in_double(V x, F f) {
  return in_double(x, [&](auto t) { return f(t, math::toolkit<value_t<V>>{}); });
}

// f(x), computed in V if it has fused multiply-add, and in double elsewhere.
template <class V, class F> constexpr V computed_with_fma(V x, F f) {
  if constexpr (has_fma<V>)
    if (!std::is_constant_evaluated()) return f(x); // GCC refuses to fold an fma that underflows
  return in_double(x, f);
}

// x, or the end of the interval from -end to end that x is beyond.
template <class V> constexpr V limited(V x, double end) noexcept {
  const auto highest = static_cast<value_t<V>>(end);
  return detail::max(detail::min(x, V(highest)), V(-highest));
}

} // namespace detail

namespace math {

/// f(x), and x itself where x is NaN. f(t, with) takes t, a double or a vector of double, and `with`, the
/// toolkit of the element type, and returns a number like t. The result is rounded once.
template <floating V, class F> constexpr V in_double(V x, F f) {
  return select(is_nan(x), x, detail::computed_in_double(x, f));
}

/// f(x) for a function whose result, as an element, is constant above `end` and below -end, and x itself
/// where x is NaN. f(t, with) is called as by in_double, with |t| <= end.
template <floating V, class F>
constexpr V in_double_limited(V x, F f, double end = toolkit<value_t<V>>::far) {
  return select(is_nan(x), x, detail::computed_in_double(detail::limited(x, end), f));
}

/// f(x) for a function that is 0 at 0, and x itself where x is +0, -0 or NaN. f(t, with) is called as by
/// in_double.
template <floating V, class F> constexpr V in_double_through_0(V x, F f) {
  const auto is_other = bits::inside<V>(bits::magnitude(x), 1, bits::infinity<V>);
  return select(is_other, detail::computed_in_double(x, f), x);
}

/// f(x) for an odd function, and x itself where x is NaN. f(t, with) is called as by in_double, with t = |x|;
/// its result gets the sign of x.
template <floating V, class F> constexpr V odd_in_double(V x, F f) {
  return select(is_nan(x), x, detail::copysign(detail::computed_in_double(detail::abs(x), f), x));
}

/// f(x) where x < 0, and x itself elsewhere, also where x is NaN. f(t, with) is called as by in_double, with
/// t <= 0.
template <floating V, class F> constexpr V in_double_below_0(V x, F f) {
  return select(is_negative(x), detail::computed_in_double(detail::min(x, V(0)), f), x);
}

/// f(x) for a function that is constant above `end` and below -end, and x itself where x is NaN. f(t)
/// consists of scaled_sum and times. It takes |t| <= end in the type V where that has fused multiply-add,
/// and in double elsewhere.
template <floating V, class F> constexpr V in_fma_limited(V x, F f, double end) {
  return select(is_nan(x), x, detail::computed_with_fma(detail::limited(x, end), f));
}

/// f(x) for a function that is x from `end` on and constant below -end, and x itself where x is NaN. f(t)
/// consists of scaled_sum and times. It takes t >= -end in the type V where that has fused multiply-add, and
/// in double elsewhere; its results for t >= end are not used.
template <floating V, class F> constexpr V in_fma_below(V x, F f, double end) {
  if constexpr (element<V>)
    if (std::is_constant_evaluated() && !(x < static_cast<V>(end))) return x; // f might overflow: an error
  // end - x is +0 or -0 at the end, and NaN for a NaN: neither is between.
  const auto is_used = bits::between(constant<V>(end) - detail::barrier(x), 1, bits::infinity<V>);
  return select(is_used, detail::computed_with_fma(detail::max(x, constant<V>(-end)), f), x);
}

} // namespace math
} // namespace relu::inline RELU_ABI
