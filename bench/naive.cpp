// SPDX-License-Identifier: MIT
// What one writes without a library. Compiled with -O2 and with -O3: what does not vectorise has a branch for
// each element, which is slow where the signs cannot be predicted. Few elements, again and again, can be.
#include "contenders.hpp"

namespace bench {
namespace {

void forward(const float* x, float* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = x[i] > 0 ? x[i] : 0;
}

void backward(const float* dy, const float* x, float* dx, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) dx[i] = x[i] > 0 ? dy[i] : 0;
}

} // namespace

constinit const contender RELU_BENCH_CONTENDER{RELU_BENCH_NAME, "", contract::numbers, forward, backward};

} // namespace bench
