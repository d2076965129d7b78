// SPDX-License-Identifier: MIT
// The yardstick: the speed of moving the data.
#include "contenders.hpp"

#include <cstring>

namespace bench {
namespace {

void forward(const float* x, float* y, std::size_t n) { std::memcpy(y, x, n * sizeof(float)); }

} // namespace

// No backward: it reads two arrays and writes one. The table compares bytes per second.
constinit const contender RELU_BENCH_CONTENDER{"memcpy", "", contract::copy, forward, nullptr};

} // namespace bench
