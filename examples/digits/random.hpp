// Random numbers that are the same with every standard library. The C++ standard specifies the numbers of the
// engine, but not those of the distributions or of std::shuffle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

class random_source {
public:
  explicit random_source(std::uint32_t seed) : engine_(seed) {}

  /// Returns a number in [-bound, bound).
  float uniform(float bound) {
    const float unit = static_cast<float>(engine_() >> 8) * 0x1p-24f; // 24 bits, the precision of float
    return bound * (2 * unit - 1);
  }

  /// Returns the numbers from 0 to count - 1 in random order.
  std::vector<int> permutation(int count) {
    std::vector<int> order;
    for (int i = 0; i < count; ++i) {
      order.push_back(i);
      std::swap(order.back(), order[below(order.size())]);
    }
    return order;
  }

private:
  /// Returns a number in [0, count).
  std::size_t below(std::size_t count) { return (std::uint64_t{engine_()} * count) >> 32; }

  std::mt19937 engine_;
};
