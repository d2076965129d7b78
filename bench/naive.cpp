// SPDX-License-Identifier: MIT
// The loop that you would write without a library. CMakeLists.txt compiles it with -O2, with -O3 and with
// -O3 -march=native. If the compiler does not vectorise the loop, it branches for each element. This is slow
// unless the processor can predict the signs, which it can if it reads the same short array again and again.
#include "contenders.hpp"

#include <cstdint>

namespace bench {
namespace {

template <class T> void forward(const T* x, T* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = x[i] > 0 ? x[i] : T(0);
}

template <class T> void backward(const T* dy, const T* x, T* dx, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) dx[i] = x[i] > 0 ? dy[i] : T(0);
}

constexpr entry entries[]{{"forward", "relu", "float", erased<float, forward>},
                          {"in place", "relu", "float", erased<float, forward>},
                          {"backward", "relu", "float", erased_backward<float, backward>},
                          {"forward", "relu", "double", erased<double, forward>},
                          {"forward", "relu", "int8", erased<std::int8_t, forward>}};

} // namespace

constinit const contender RELU_BENCH_CONTENDER{RELU_BENCH_NAME, "", contract::numbers, entries};

} // namespace bench
