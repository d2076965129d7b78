// SPDX-License-Identifier: MIT
// 16-bit floats as bit patterns: what formulas that only compare and select need of them.
#pragma once

#include <relu/detail/arithmetic.hpp>
#include <relu/float16.hpp>

#include <cstdint>

namespace relu::inline RELU_ABI::detail {

// --- One element ---

template <class Format> constexpr std::int16_t bits(basic_float16<Format> x) noexcept {
  return static_cast<std::int16_t>(x.bits());
}
template <float16_element T> constexpr T select(bool condition, T a, T b) noexcept {
  return condition ? a : b;
}
template <float16_element T> constexpr T barrier(T x) noexcept { return x; }
template <float16_element T, class F> constexpr T each(T x, F f) { return f(x); }

/// a + b and a * b in float, rounded to T: rounded once, because a float has twice the bits and two more.
template <float16_element T> constexpr T add(T a, T b) noexcept {
  return T(static_cast<float>(a) + static_cast<float>(b));
}

template <float16_element T> constexpr T multiply(T a, T b) noexcept {
  return T(barrier(static_cast<float>(a) * static_cast<float>(b)));
}

/// factor * x in float, rounded to T. Not inline, because loops with bit patterns rarely scale.
template <class Arch, float16_element T> [[gnu::noinline]] constexpr T scaled(T x, float factor) noexcept {
  return T(barrier(factor * static_cast<float>(x)));
}

#if RELU_WITH_XSIMD

// --- A vector of elements ---

/// As many 16-bit floats as a vector has 16-bit integers.
template <class T, class Arch> struct patterns {
  using integers = xsimd::batch<std::int16_t, Arch>;
  integers pattern;

  patterns() = default;
  explicit patterns(integers of) noexcept : pattern(of) {}
  explicit patterns(T x) noexcept : pattern(detail::bits(x)) {}
  explicit patterns(int x) noexcept : patterns(T(x)) {}
};

template <class T, class Arch> struct value_of<patterns<T, Arch>> {
  using type = T;
};
template <class T, class Arch> auto bits(patterns<T, Arch> x) noexcept { return x.pattern; }
template <class T, class Arch> patterns<T, Arch> barrier(patterns<T, Arch> x) noexcept { return x; }
template <class T, class Arch>
patterns<T, Arch> select(xsimd::batch_bool<std::int16_t, Arch> condition, patterns<T, Arch> a,
                         patterns<T, Arch> b) noexcept {
  return patterns<T, Arch>(xsimd::select(condition, a.pattern, b.pattern));
}
template <class T, class Arch, class F> patterns<T, Arch> each(patterns<T, Arch> x, F f) {
  return patterns<T, Arch>(detail::each(x.pattern, [f](std::int16_t v) {
    return detail::bits(f(T::from_bits(static_cast<std::uint16_t>(v))));
  }));
}

#endif

} // namespace relu::inline RELU_ABI::detail
