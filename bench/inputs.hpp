// SPDX-License-Identifier: MIT
// What is measured on, and where it lies.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>

namespace bench {

inline constexpr std::size_t Ki = 1024, Mi = Ki * Ki;

inline constexpr std::align_val_t line{64}; // of the cache
struct free_aligned {
  void operator()(void* p) const { operator delete[](p, line); }
};
template <class T> using buffer = std::unique_ptr<T[], free_aligned>;

/// n elements that begin at a line of the cache, not yet written.
template <class T> buffer<T> room_for(std::size_t n) { return buffer<T>(new (line) T[n]); }

/// The i-th of a fixed sequence: from -1 to 1, as many positive as negative, in no order.
inline double number(std::size_t i) {
  std::uint32_t h = static_cast<std::uint32_t>(i) * 0x9e3779b9u;
  h = (h ^ (h >> 16)) * 0x85ebca6bu;
  h ^= h >> 13;
  return static_cast<std::int32_t>(h | 1) * 0x1p-31;
}

/// It as an element: floats between -8 and 8, integers between -100 and 100, all with a few digits only, and
/// never 0.
template <class T> T ordinary(std::size_t i) {
  const double x = number(i), fine = std::is_floating_point_v<T> ? 1024 : 1, size = fine == 1 ? 100 : 8;
  const double rounded = std::trunc(x * size * fine) / fine;
  return static_cast<T>(rounded != 0 ? rounded : std::copysign(1, x));
}

} // namespace bench
