// SPDX-License-Identifier: MIT
// Arithmetic on one element and on a vector of elements: the same functions for both.
#pragma once

#include <relu/detail/barrier.hpp>
#include <relu/detail/elements.hpp>

#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

namespace relu::inline RELU_ABI::detail {

// --- One element ---

template <class V> concept scalar_value = std::is_arithmetic_v<V>;

/// The element type of V: T of an element T, and T of a vector of T.
template <class V> struct value_of {
  using type = V;
};

/// V holds numbers that are never below 0.
template <class V> concept unsigned_value = std::unsigned_integral<typename value_of<V>::type>;

/// The number after the largest T, as a double: exact, where the largest T itself may not be.
template <std::integral T>
inline constexpr double end_of = 2 * static_cast<double>(std::numeric_limits<T>::max() / 2 + 1);

/// The integer with the same bits as x. Not std::bit_cast: without optimization that is a function, which
/// translation units for different instruction sets would share.
template <scalar_value T> constexpr auto bits(T x) noexcept {
  return __builtin_bit_cast(typename bits_of<T>::type, x);
}
/// The floating-point number with these bits.
constexpr float number_of(std::int32_t bits) noexcept { return __builtin_bit_cast(float, bits); }
constexpr double number_of(std::int64_t bits) noexcept { return __builtin_bit_cast(double, bits); }

/// A condition on the elements of V with one result for all of them.
template <class V> constexpr auto for_all(bool condition) noexcept {
  if constexpr (scalar_value<V>) return condition;
  else return typename V::batch_bool_type(condition);
}

/// The condition on elements T that corresponds to a condition on integers of the same size.
template <class T> constexpr bool condition_on(bool condition) noexcept { return condition; }

template <scalar_value T> constexpr T select(bool condition, T a, T b) noexcept { return condition ? a : b; }

template <std::integral T> constexpr T wrapping_add(T a, T b) noexcept {
  T sum;
  static_cast<void>(__builtin_add_overflow(a, b, &sum)); // no sanitizer reports that it wraps
  return sum;
}

constexpr std::int32_t shifted_left(std::int32_t x, int n) noexcept {
  // It clears the bits that would be lost, because clang's sanitizer reports them.
  return static_cast<std::int32_t>((static_cast<std::uint32_t>(x) & ~std::uint32_t{0} >> n) << n);
}

template <std::integral T> constexpr T wrapping_subtract(T a, T b) noexcept {
  T difference;
  static_cast<void>(__builtin_sub_overflow(a, b, &difference));
  return difference;
}

/// a + b and a * b. Integers wrap.
template <scalar_value T> constexpr T add(T a, T b) noexcept {
  if constexpr (std::integral<T>) return wrapping_add(a, b);
  else return a + b;
}
template <scalar_value T> constexpr T multiply(T a, T b) noexcept {
  if constexpr (std::integral<T>) {
    T product;
    static_cast<void>(__builtin_mul_overflow(a, b, &product));
    return product;
  } else return a * b;
}

/// f(x), applied to each element of a vector.
template <scalar_value T, class F> constexpr T each(T x, F f) { return f(x); }

/// The smaller and the larger of two numbers. If one is NaN, the result is unspecified.
template <scalar_value T> constexpr T min(T a, T b) noexcept { return a < b ? a : b; }
template <scalar_value T> constexpr T max(T a, T b) noexcept { return a > b ? a : b; }

template <std::floating_point T> constexpr T abs(T x) noexcept {
  return __builtin_bit_cast(T, bits(x) & std::numeric_limits<typename bits_of<T>::type>::max());
}

/// a / b, rounded once. With -ffast-math compilers replace a / b by an approximation.
constexpr float divide(float a, float b) noexcept {
#if __FINITE_MATH_ONLY__ && defined(__SSE2__)
  if (!std::is_constant_evaluated()) {
#ifdef __AVX__
    asm("vdivss {%1, %0, %0|%0, %0, %1}" : "+x"(a) : "x"(b));
#else
    asm("divss {%1, %0|%0, %1}" : "+x"(a) : "x"(b));
#endif
    return a;
  }
#endif
  return a / b;
}
constexpr double divide(double a, double b) noexcept { return a / b; }

inline double sqrt(double x) noexcept { return __builtin_sqrt(x); }

/// |a| with the sign of b.
constexpr float copysign(float a, float b) noexcept { return __builtin_copysignf(a, b); }
constexpr double copysign(double a, double b) noexcept { return __builtin_copysign(a, b); }

/// fma(a, b, c) is a * b + c. It is rounded once where has_fma<V> holds, and twice elsewhere.
#ifdef __FP_FAST_FMA
template <class V> inline constexpr bool has_fma = true;
constexpr double fma(double a, double b, double c) noexcept { return __builtin_fma(a, b, c); }
constexpr float fma(float a, float b, float c) noexcept { return __builtin_fmaf(a, b, c); }
#else
template <class V> inline constexpr bool has_fma = false;
template <std::floating_point T> constexpr T fma(T a, T b, T c) noexcept { return a * b + c; }
#endif

#if RELU_WITH_XSIMD

// --- A vector of elements ---

template <class T, class Arch> struct value_of<xsimd::batch<T, Arch>> {
  using type = T;
};

template <class T, class Arch> auto bits(xsimd::batch<T, Arch> x) noexcept {
  return xsimd::bitwise_cast<typename bits_of<T>::type>(x);
}
template <class Arch> auto number_of(xsimd::batch<std::int32_t, Arch> bits) noexcept {
  return xsimd::bitwise_cast<float>(bits);
}
template <class Arch> auto number_of(xsimd::batch<std::int64_t, Arch> bits) noexcept {
  return xsimd::bitwise_cast<double>(bits);
}

template <class T, class I, class Arch> auto condition_on(xsimd::batch_bool<I, Arch> condition) noexcept {
  if constexpr (float16_element<T>) return condition;
  else return xsimd::batch_bool_cast<T>(condition);
}

template <class T, class Arch>
xsimd::batch<T, Arch> select(xsimd::batch_bool<T, Arch> condition, xsimd::batch<T, Arch> a,
                             xsimd::batch<T, Arch> b) noexcept {
  return xsimd::select(condition, a, b);
}

// The type in which integers wrap, even where xsimd computes an element with an operator of C++. Types
// smaller than int are promoted to int, which cannot overflow.
template <std::integral T>
using wrapping = std::conditional_t<sizeof(T) < sizeof(int), T, std::make_unsigned_t<T>>;

template <class T, class Arch>
xsimd::batch<T, Arch> wrapping_add(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b) noexcept {
  return xsimd::bitwise_cast<T>(xsimd::bitwise_cast<wrapping<T>>(a) + xsimd::bitwise_cast<wrapping<T>>(b));
}

template <class Arch>
xsimd::batch<std::int32_t, Arch> shifted_left(xsimd::batch<std::int32_t, Arch> x, int n) noexcept {
  return x << n;
}

template <class T, class Arch>
xsimd::batch<T, Arch> add(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b) noexcept {
  if constexpr (std::integral<T>) return wrapping_add(a, b);
  else return a + b;
}

template <class T, class Arch>
xsimd::batch<T, Arch> multiply(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b) noexcept {
  if constexpr (std::integral<T>)
    return xsimd::bitwise_cast<T>(xsimd::bitwise_cast<wrapping<T>>(a) * xsimd::bitwise_cast<wrapping<T>>(b));
  else return a * b;
}

template <class T, class Arch>
xsimd::batch<T, Arch> divide(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b) noexcept {
#if __FINITE_MATH_ONLY__ && defined(__SSE2__)
  if constexpr (std::is_same_v<T, float> && isa<Arch>::has_compiler_vectors) {
    if constexpr (sizeof a == 16) asm("divps {%1, %0|%0, %1}" : "+x"(a.data) : "x"(b.data));
    else asm("vdivps {%1, %0, %0|%0, %0, %1}" : "+v"(a.data) : "v"(b.data));
    return a;
  }
#endif
  // xsimd's own division of floats on NEON multiplies by an approximation of 1 / b.
  if constexpr (isa<Arch>::has_compiler_vectors) return xsimd::batch<T, Arch>(a.data / b.data);
  else return a / b;
}

template <class T, class Arch, class F> xsimd::batch<T, Arch> each(xsimd::batch<T, Arch> x, F f) {
  T element[xsimd::batch<T, Arch>::size];
  std::memcpy(element, &x, sizeof x);
#pragma GCC unroll 1
  for (T& v : element) v = f(v);
  std::memcpy(&x, element, sizeof x);
  return x;
}

template <class T, class Arch>
xsimd::batch<T, Arch> min(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b) noexcept {
  return xsimd::min(a, b);
}
template <class T, class Arch>
xsimd::batch<T, Arch> max(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b) noexcept {
  return xsimd::max(a, b);
}
template <class T, class Arch> xsimd::batch<T, Arch> abs(xsimd::batch<T, Arch> x) noexcept {
  return xsimd::abs(x);
}
template <class Arch> xsimd::batch<double, Arch> sqrt(xsimd::batch<double, Arch> x) noexcept {
  return xsimd::sqrt(x);
}
template <class T, class Arch>
xsimd::batch<T, Arch> copysign(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b) noexcept {
  return xsimd::copysign(a, b);
}

template <class T, class Arch> inline constexpr bool has_fma<xsimd::batch<T, Arch>> = isa<Arch>::has_fma;
template <class T, class Arch>
xsimd::batch<T, Arch> fma(xsimd::batch<T, Arch> a, xsimd::batch<T, Arch> b,
                          xsimd::batch<T, Arch> c) noexcept {
  if constexpr (isa<Arch>::has_fma) return xsimd::fma(a, b, c);
  else return a * b + c;
}

#endif

} // namespace relu::inline RELU_ABI::detail
