// SPDX-License-Identifier: MIT
// Arithmetic on an element or on an xsimd::batch of elements.
#pragma once

#include <relu/concepts.hpp>
#include <relu/math/conditions.hpp>

#include <cmath>
#include <limits>

namespace relu::inline RELU_ABI {

namespace detail {

// x, or the end of the interval from -end to end that x is beyond.
template <class V> constexpr V limited(V x, double end) noexcept {
  const auto highest = static_cast<value_t<V>>(end);
  return detail::max(detail::min(x, V(highest)), V(-highest));
}

// math::scale for integers. Not inline, because it is long.
template <class Arch, class V> [[gnu::noinline]] constexpr V scaled_integers(V x, double factor) {
  using T = value_t<V>;
  return detail::each(x, [factor](T v) {
    if (detail::bits(factor) == detail::bits(1.0)) return v; // double cannot hold every std::int64_t
    constexpr double lowest = static_cast<double>(std::numeric_limits<T>::min());
    const double product = std::nearbyint(factor * static_cast<double>(v));
    if (!(product > lowest)) return std::numeric_limits<T>::min(); // also if factor is NaN
    if (!(product < detail::end_of<T>)) return std::numeric_limits<T>::max();
    return static_cast<T>(product);
  });
}

} // namespace detail

namespace math {

/// The number c in every element, rounded to the element type of V.
template <numeric V> constexpr V constant(double c) noexcept { return V(static_cast<value_t<V>>(c)); }

/// x + c, rounded once. Integers wrap. A NaN becomes quiet, also if c is 0.
template <numeric V> constexpr V add(V x, value_t<V> c) noexcept {
  return detail::add(x, detail::barrier(V(c)));
}

/// x - c, rounded once. Integers wrap. A NaN becomes quiet, also if c is 0.
template <numeric V> constexpr V subtract(V x, value_t<V> c) noexcept {
  if constexpr (floating<V>) return x - detail::barrier(V(c));
  else if constexpr (real<V>) return detail::add(x, V(-c));
  else return detail::wrapping_add(x, V(detail::wrapping_subtract(value_t<V>(0), c)));
}

/// factor * x, rounded once, where factor is first rounded to the element type. A 16-bit float is multiplied
/// in float by factor as a float, and the product is rounded to it. For integers, factor * x is computed in
/// double, rounded to an integer (ties to even, unless the program changed the rounding mode) and saturated;
/// NaN becomes the lowest integer. So an unsigned product is at least 0.
template <numeric V> constexpr V scale(V x, double factor) noexcept {
  using T = value_t<V>;
  if constexpr (floating<V>) return detail::barrier(detail::multiply(V(static_cast<T>(factor)), x));
  else if constexpr (real<V>)
    return detail::each(x, [factor](T v) { return detail::scaled<native>(v, static_cast<float>(factor)); });
  else return detail::scaled_integers<native>(x, factor);
}

/// |x|. It clears the sign bit, also of -0 and NaN.
template <floating V> constexpr V abs(V x) noexcept { return detail::abs(x); }

/// The smaller of two numbers. The result is unspecified if one is NaN, or if both are 0.
template <floating V> constexpr V min(V a, V b) noexcept { return detail::min(a, b); }

/// The larger of two numbers. The result is unspecified if one is NaN, or if both are 0.
template <floating V> constexpr V max(V a, V b) noexcept { return detail::max(a, b); }

/// |a| with the sign of b.
template <floating V> constexpr V copysign(V a, V b) noexcept { return detail::copysign(a, b); }

/// a / b, rounded once. Under -ffast-math that is certain only for float on x86.
template <floating V> constexpr V divide(V a, V b) noexcept { return detail::divide(a, b); }

/// a * b + c, rounded once where the instruction set has fused multiply-add, and twice elsewhere.
template <floating V> constexpr V fma(V a, V b, V c) noexcept { return detail::fma(a, b, c); }

} // namespace math
} // namespace relu::inline RELU_ABI
