// SPDX-License-Identifier: MIT
// Polynomials by Estrin's scheme.
#pragma once

#include <relu/concepts.hpp>

#include <bit>
#include <cstddef>

namespace relu::inline RELU_ABI::math {

namespace estrin {

/// The sum of Count terms from First on, divided by x^First, where powers[i] is x^(2^i).
template <std::size_t First, std::size_t Count, class V, std::size_t N>
constexpr V terms(const double (&coefficient)[N], const V (&powers)[5]) noexcept {
  if constexpr (Count == 1) return V(static_cast<value_t<V>>(coefficient[First]));
  else {
    constexpr std::size_t half = std::bit_floor(Count - 1), i = std::bit_width(half) - 1;
    return detail::fma(terms<First + half, Count - half>(coefficient, powers), powers[i],
                       terms<First, half>(coefficient, powers));
  }
}

} // namespace estrin

/// (p(x) - p(0)) / x, where coefficient[i] belongs to x^i, and 1 < N <= 33.
template <floating V, std::size_t N>
constexpr V polynomial_but_first(const double (&coefficient)[N], V x) noexcept {
  const V x2 = x * x, x4 = x2 * x2, x8 = x4 * x4;
  const V powers[]{x, x2, x4, x8, x8 * x8};
  return estrin::terms<1, N - 1>(coefficient, powers);
}

/// p(x), where coefficient[i] belongs to x^i, and 1 < N <= 33. G. Estrin's scheme computes halves that do not
/// wait for each other. The first term, usually the largest, is added last, so that the rounding errors of
/// the others count for less.
template <floating V, std::size_t N> constexpr V polynomial(const double (&coefficient)[N], V x) noexcept {
  return detail::fma(polynomial_but_first(coefficient, x), x, V(static_cast<value_t<V>>(coefficient[0])));
}

/// p(x) by W. G. Horner's scheme: fewer operations, each of which waits for the one before it.
template <std::size_t First = 0, floating V, std::size_t N>
constexpr V horner(const double (&coefficient)[N], V x) noexcept {
  const V c(static_cast<value_t<V>>(coefficient[First]));
  if constexpr (First == N - 1) return c;
  else return detail::fma(horner<First + 1>(coefficient, x), x, c);
}

} // namespace relu::inline RELU_ABI::math
