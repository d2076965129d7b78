// SPDX-License-Identifier: MIT
// float computed as double: a vector of float becomes two vectors of double, and back.
#pragma once

#include <relu/detail/arithmetic.hpp>

#include <concepts>
#include <cstddef>
#include <utility>

namespace relu::inline RELU_ABI::detail {

/// f(x), where f takes a double or a vector of double. A float result is rounded once.
template <class F> constexpr double in_double(double x, F f) { return f(x); }
template <class F> constexpr float in_double(float x, F f) {
  return static_cast<float>(f(static_cast<double>(x)));
}

/// Calls f(i, a', b') for each vector of double that a and b fill, where i is the index of its first element.
template <std::floating_point T, class F>
[[gnu::always_inline]] constexpr void each_in_double(T a, T b, F f) {
  f(std::size_t{0}, static_cast<double>(a), static_cast<double>(b));
}

#if RELU_WITH_XSIMD

template <class T, std::size_t N> struct compiler_vector_of {
  typedef T type __attribute__((vector_size(N * sizeof(T))));
};
/// The compiler's own vector type.
template <class T, std::size_t N> using compiler_vector = typename compiler_vector_of<T, N>::type;

/// The number of float elements that matches one vector of double.
template <class Arch> using half_floats = compiler_vector<float, xsimd::batch<double, Arch>::size>;

template <class Arch> xsimd::batch<double, Arch> widen(half_floats<Arch> x) noexcept {
  using doubles = xsimd::batch<double, Arch>;
#ifdef __AVX512F__ // GCC 12 converts the compiler's vector in pieces.
  if constexpr (doubles::size == 8) return _mm512_maskz_cvtps_pd(0xff, __builtin_bit_cast(__m256, x));
  else
#elif defined(__AVX__)
  if constexpr (doubles::size == 4) return _mm256_cvtps_pd(__builtin_bit_cast(__m128, x));
  else
#endif
  {
    const auto wide = __builtin_convertvector(x, compiler_vector<double, doubles::size>);
    return doubles(__builtin_bit_cast(typename doubles::register_type, wide));
  }
}

template <class Arch> half_floats<Arch> narrow(xsimd::batch<double, Arch> x) noexcept {
  using doubles = xsimd::batch<double, Arch>;
#ifdef __AVX512F__
  if constexpr (doubles::size == 8)
    return __builtin_bit_cast(half_floats<Arch>, _mm512_maskz_cvtpd_ps(0xff, x));
  else
#endif
    return __builtin_convertvector(__builtin_bit_cast(compiler_vector<double, doubles::size>, x.data),
                                   half_floats<Arch>);
}

/// The elements of a vector of float as doubles.
template <class Arch> struct wide_floats {
  xsimd::batch<double, Arch> first, second;
};

template <class Arch> wide_floats<Arch> widen(xsimd::batch<float, Arch> x) noexcept {
  using doubles = xsimd::batch<double, Arch>;
  if constexpr (isa<Arch>::has_compiler_vectors) { // converted in registers
    struct halves {
      half_floats<Arch> first, second;
    };
    const auto parts = __builtin_bit_cast(halves, x.data);
    return {widen<Arch>(parts.first), widen<Arch>(parts.second)};
  } else {
    alignas(Arch::alignment()) float narrow[2 * doubles::size];
    alignas(Arch::alignment()) double wide[2 * doubles::size];
    x.store_aligned(narrow);
    const float* from = narrow;
    for (double& v : wide) v = static_cast<double>(*from++);
    return {doubles::load_aligned(wide), doubles::load_aligned(wide + doubles::size)};
  }
}

template <class Arch> xsimd::batch<float, Arch> narrow(wide_floats<Arch> x) noexcept {
  using floats = xsimd::batch<float, Arch>;
#ifdef __AVX512F__ // GCC 12 clears half of a register before it fills that half.
  if constexpr (floats::size == 16)
    return floats(
        _mm512_insertf32x8(_mm512_castps256_ps512(__builtin_bit_cast(__m256, detail::narrow(x.first))),
                           __builtin_bit_cast(__m256, detail::narrow(x.second)), 1));
  else
#endif
      if constexpr (isa<Arch>::has_compiler_vectors) {
    const auto both =
        [&]<std::size_t... I>(std::index_sequence<I...>) { // in registers: memory would add latency
          return __builtin_shufflevector(detail::narrow(x.first), detail::narrow(x.second), I...);
        }(std::make_index_sequence<floats::size>{});
    return __builtin_bit_cast(typename floats::register_type, both);
  } else {
    alignas(Arch::alignment()) float narrow[floats::size];
    alignas(Arch::alignment()) double wide[floats::size];
    x.first.store_aligned(wide);
    x.second.store_aligned(wide + floats::size / 2);
    const double* from = wide;
    for (float& v : narrow) v = static_cast<float>(*from++);
    return floats::load_aligned(narrow);
  }
}

template <class Arch, class F> auto in_double(xsimd::batch<double, Arch> x, F f) { return f(x); }
template <class Arch, class F> auto in_double(xsimd::batch<float, Arch> x, F f) {
  const wide_floats<Arch> wide = detail::widen(x);
  return narrow(wide_floats<Arch>{f(wide.first), f(wide.second)});
}

template <class Arch, class F>
[[gnu::always_inline]] inline void each_in_double(xsimd::batch<double, Arch> a, xsimd::batch<double, Arch> b,
                                                  F f) {
  f(std::size_t{0}, a, b);
}
template <class Arch, class F>
[[gnu::always_inline]] inline void each_in_double(xsimd::batch<float, Arch> a, xsimd::batch<float, Arch> b,
                                                  F f) {
  const wide_floats<Arch> wide_a = detail::widen(a), wide_b = detail::widen(b);
  f(std::size_t{0}, wide_a.first, wide_b.first);
  f(xsimd::batch<double, Arch>::size, wide_a.second, wide_b.second);
}

#endif

} // namespace relu::inline RELU_ABI::detail
