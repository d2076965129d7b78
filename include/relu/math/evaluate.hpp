// SPDX-License-Identifier: MIT
// Evaluation of a formula with the toolkit of a tier, with a rule for the inputs that the formula does not
// take.
#pragma once

#include <relu/detail/widening.hpp>
#include <relu/math/arithmetic.hpp>
#include <relu/math/compensated.hpp>
#include <relu/math/conditions.hpp>
#include <relu/math/double_toolkit.hpp>
#include <relu/math/fast_toolkit.hpp>
#include <relu/math/float_toolkit.hpp>

#include <type_traits>

namespace relu::inline RELU_ABI {

namespace math {

/// float is computed in double and rounded once.
struct default_tier {};

/// float is computed in float: less accurate, and faster. double is computed as in default_tier.
struct fast_tier {};

} // namespace math

namespace detail {

/// Whether a tier computes elements or vectors V in float.
template <class Tier, class V>
inline constexpr bool in_float = std::is_same_v<Tier, math::fast_tier> && std::is_same_v<value_t<V>, float>;

// f(t, with), where t is x or half of it as a vector of double, and `with` is the toolkit.
template <class Tier, class V, class F> constexpr V computed(Tier, V x, F f) {
  if constexpr (in_float<Tier, V>) return f(x, math::fast_toolkit{});
  else return in_double(x, [&](auto t) { return f(t, math::toolkit<value_t<V>>{}); });
}

// f(t, with) for a formula of scaled_sum and times. The default tier computes it in V if that has fused
// multiply-add, and in double elsewhere.
template <class Tier, class V, class F> constexpr V computed_compensated(Tier, V x, F f) {
  if constexpr (in_float<Tier, V>) return f(x, math::fast_toolkit{});
  else {
    if constexpr (has_fma<V>)
      if (!std::is_constant_evaluated()) // GCC refuses to fold an fma that underflows
        return f(x, math::compensated_arithmetic{});
    return in_double(x, [&](auto t) { return f(t, math::compensated_arithmetic{}); });
  }
}

// f(x) where x < end, and x itself elsewhere, also where x is NaN.
template <class V, class F> constexpr V computed_below(V x, double end, F f) {
  if constexpr (element<V>)
    if (std::is_constant_evaluated() && !(x < static_cast<V>(end))) return x; // f might overflow: an error
  // end - x is +0 or -0 at the end, and NaN for a NaN: neither is between.
  const auto is_used = math::bits::between(math::constant<V>(end) - barrier(x), 1, math::bits::infinity<V>);
  return math::select(is_used, f(x), x);
}

} // namespace detail

namespace math {

/// f(x), and x itself where x is NaN. In default_tier, f(t, with) takes t, a double or a vector of double,
/// and `with`, the toolkit of the element type, and returns a number like t. The result is rounded once. In
/// fast_tier, t is x itself if its elements are float, and `with` is fast_toolkit.
template <class Tier, floating V, class F> constexpr V evaluate(Tier tier, V x, F f) {
  return select(is_nan(x), x, detail::computed(tier, x, f));
}

/// f(x) for a function whose result, as an element, is constant above `end` and below -end, and x itself
/// where x is NaN. f(t, with) is called as by evaluate. In default_tier |t| <= end; the functions of
/// fast_toolkit take any t.
template <class Tier, floating V, class F>
constexpr V evaluate_limited(Tier tier, V x, F f, double end = toolkit<value_t<V>>::far) {
  if constexpr (detail::in_float<Tier, V>) return evaluate(tier, x, f);
  else return select(is_nan(x), x, detail::computed(tier, detail::limited(x, end), f));
}

/// f(x) for a function that is 0 at 0, and x itself where x is +0, -0 or NaN. f(t, with) is called as by
/// evaluate.
template <class Tier, floating V, class F> constexpr V evaluate_through_0(Tier tier, V x, F f) {
  const auto is_other = bits::inside<V>(bits::magnitude(x), 1, bits::infinity<V>);
  return select(is_other, detail::computed(tier, x, f), x);
}

/// f(x) for an odd function, and x itself where x is NaN. f(t, with) is called as by evaluate, in
/// default_tier with t = |x|; its result then gets the sign of x. In fast_tier t is x, and f is odd itself.
template <class Tier, floating V, class F> constexpr V evaluate_odd(Tier tier, V x, F f) {
  if constexpr (detail::in_float<Tier, V>) return evaluate(tier, x, f);
  else return select(is_nan(x), x, detail::copysign(detail::computed(tier, detail::abs(x), f), x));
}

/// f(x) where x < 0, and x itself elsewhere, also where x is NaN. f(t, with) is called as by evaluate, in
/// default_tier with t <= 0; in fast_tier its results for t > 0 are not used.
template <class Tier, floating V, class F> constexpr V evaluate_below_0(Tier tier, V x, F f) {
  const V t = detail::in_float<Tier, V> ? x : detail::min(x, V(0));
  return select(is_negative(x), detail::computed(tier, t, f), x);
}

/// f(x) for a function that is x from `end` on, and x itself where x is NaN. f(t, with) is called as by
/// evaluate; its results for t >= end are not used.
template <class Tier, floating V, class F> constexpr V evaluate_below(Tier tier, V x, double end, F f) {
  return detail::computed_below(x, end, [&](V t) { return detail::computed(tier, t, f); });
}

/// f(x) for a function that is constant above `end` and below -end, and x itself where x is NaN. f(t, with)
/// consists of with.scaled_sum and with.times. In default_tier it takes |t| <= end in the type V where that
/// has fused multiply-add, and in double elsewhere; in fast_tier it is called as by evaluate.
template <class Tier, floating V, class F>
constexpr V evaluate_compensated_limited(Tier tier, V x, F f, double end) {
  return select(is_nan(x), x, detail::computed_compensated(tier, detail::limited(x, end), f));
}

/// f(x) for a function that is x from `end` on and constant below -end, and x itself where x is NaN. f(t,
/// with) is called as by evaluate_compensated_limited, with t >= -end; its results for t >= end are not used.
template <class Tier, floating V, class F>
constexpr V evaluate_compensated_below(Tier tier, V x, F f, double end) {
  return detail::computed_below(
      x, end, [&](V t) { return detail::computed_compensated(tier, detail::max(t, constant<V>(-end)), f); });
}

} // namespace math
} // namespace relu::inline RELU_ABI
