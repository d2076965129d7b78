// Test inputs.
#pragma once

#include "reference.hpp"

#include <cmath>
#include <random>
#include <utility>
#include <vector>

namespace testing {

template <class T> std::vector<T> specials() {
  using limits = std::numeric_limits<T>;
  std::vector<T> x{
      T(0), T(1), T(-1), T(2), T(-2), T(6), T(7), T(100), T(-100), limits::max(), limits::lowest(),
      T(5), T(3)};
  if constexpr (is_float<T>) {
    const T more[]{limits::infinity(),
                   -limits::infinity(),
                   T(-0.0),
                   limits::denorm_min(),
                   -limits::denorm_min(),
                   limits::min(),
                   -limits::min(),
                   limits::min() / 2,
                   -limits::min() / 2,
                   limits::epsilon(),
                   T(0.5),
                   T(-0.5),
                   T(0.01),
                   std::nextafter(T(6), T(0)),
                   std::nextafter(T(6), T(7)),
                   T(88.8),
                   T(-88.8),
                   T(-103.5),
                   T(1e-20),
                   T(-1e-20)};
    x.insert(x.end(), std::begin(more), std::end(more));
    const std::uint64_t sign = std::uint64_t{1} << (8 * sizeof(T) - 1), infinity = bits(limits::infinity());
    // quiet and signalling NaN of both signs, each with a payload
    const std::uint64_t payloads[]{infinity + 1, infinity + 4711, bits(limits::quiet_NaN()) + 77, sign - 1};
    for (std::uint64_t payload : payloads) {
      x.push_back(from_bits<T>(payload));
      x.push_back(from_bits<T>(payload | sign));
    }
  } else {
    x.push_back(limits::max() - 1);
    x.push_back(limits::lowest() + 1);
  }
  return x;
}

// All special values, random bit patterns and ordinary numbers, shuffled. Every program gets the same inputs:
// nothing here rounds, and std::shuffle is avoided because its result differs between standard libraries.
template <class T> std::vector<T> inputs(std::size_t n, unsigned seed = 1) {
  std::mt19937_64 random(seed);
  std::vector<T> x = specials<T>();
  for (std::size_t i = x.size(); i < n; ++i) {
    const std::uint64_t r = random();
    const int ordinary = static_cast<int>(r % 2001) - 1000;
    if (i % 3 == 0) x.push_back(from_bits<T>(r));
    else x.push_back(is_float<T> ? static_cast<T>(ordinary) / T(64) : static_cast<T>(ordinary / 100));
  }
  x.resize(n);
  for (std::size_t i = n; i > 1; --i) std::swap(x[i - 1], x[static_cast<std::size_t>(random() % i)]);
  return x;
}

// Gradients: finite ones of both signs, infinities and NaN.
template <class T> std::vector<T> gradients(std::size_t n) { return inputs<T>(n, 2); }

// inputs of any type of elements. Those of 16-bit floats are inputs of float, rounded.
template <class T> std::vector<T> numbers(std::size_t n, unsigned seed) {
  if constexpr (!is_float16<T>) return inputs<T>(n, seed);
  else {
    std::vector<T> x;
    for (const float v : inputs<float>(n, seed)) x.push_back(T(v));
    return x;
  }
}

} // namespace testing
