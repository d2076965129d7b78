// SPDX-License-Identifier: MIT
// Inputs for the benchmarks, and memory for them.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>

namespace bench {

inline constexpr std::size_t Ki = 1024, Mi = Ki * Ki;

inline constexpr std::align_val_t cache_line{64};
struct free_aligned {
  void operator()(void* p) const { operator delete[](p, cache_line); }
};
template <class T> using buffer = std::unique_ptr<T[], free_aligned>;

/// Returns n uninitialized elements, aligned to a cache line.
template <class T> buffer<T> allocate(std::size_t n) { return buffer<T>(new (cache_line) T[n]); }

/// Returns element i of a fixed pseudo-random sequence between -1 and 1. Half of it is positive.
inline double pseudo_random(std::size_t i) {
  std::uint32_t h = static_cast<std::uint32_t>(i) * 0x9e3779b9u;
  h = (h ^ (h >> 16)) * 0x85ebca6bu;
  h ^= h >> 13;
  return static_cast<std::int32_t>(h | 1) * 0x1p-31;
}

/// The quantization of the operation "lookup", which applies sigmoid to int8: q stands for 0.1 q, and a
/// result r for (r + 128) / 256.
inline constexpr double lookup_scale_x = 0.1, lookup_scale_y = 0x1p-8;
inline constexpr int lookup_zero_y = -128;

/// The result of "lookup" for q.
inline std::int8_t looked_up(int q) {
  const double y = 1 / (1 + std::exp(-lookup_scale_x * q)) / lookup_scale_y + lookup_zero_y;
  return static_cast<std::int8_t>(std::fmin(std::nearbyint(y), 127));
}

/// Returns element i of a fixed pseudo-random sequence of inputs: numbers between -8 and 8 in multiples of
/// 2^-10, rounded to T, integers between -100 and 100, and never 0.
template <class T> T ordinary(std::size_t i) {
  constexpr double range = std::is_integral_v<T> ? 100 : 8;
  constexpr double multiples = std::is_integral_v<T> ? 1 : 1024;
  const double x = pseudo_random(i), rounded = std::trunc(x * range * multiples) / multiples;
  return static_cast<T>(rounded != 0 ? rounded : std::copysign(1, x));
}

} // namespace bench
