// SPDX-License-Identifier: MIT
// The loop that you would write without a library. CMakeLists.txt compiles it with -O2, with -O3 and with
// -O3 -march=native. If the compiler does not vectorise the loop, it branches for each element. This is slow
// unless the processor can predict the signs, which it can if it reads the same short array again and again.
#include "contenders.hpp"
#include "inputs.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace bench {
namespace {

template <class T> void forward(const T* x, T* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = x[i] > 0 ? x[i] : T(0);
}

template <class T> void backward(const T* dy, const T* x, T* dx, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) dx[i] = x[i] > 0 ? dy[i] : T(0);
}

void swiglu(const float* up, const float* x, float* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = x[i] / (1 + std::exp(-x[i])) * up[i];
}

// float and bfloat16, whose pattern is the upper half of that of a float.
void to_bfloat16(const float* x, std::uint16_t* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    std::uint32_t bits;
    std::memcpy(&bits, &x[i], sizeof bits);
    const std::uint32_t nearest = bits + 0x7fff + (bits >> 16 & 1);
    y[i] = static_cast<std::uint16_t>((x[i] != x[i] ? bits | 0x400000 : nearest) >> 16);
  }
}
void from_bfloat16(const std::uint16_t* x, float* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t bits = std::uint32_t{x[i]} << 16;
    std::memcpy(&y[i], &bits, sizeof bits);
  }
}

#ifdef __FLT16_MANT_DIG__
template <class From, class To> void convert(const From* x, To* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = static_cast<To>(x[i]);
}
#endif

void look_up(const std::int8_t* x, std::int8_t* y, std::size_t n) {
  static const auto table = [] {
    std::array<std::int8_t, 256> all{};
    for (int q = -128; q < 128; ++q) all[static_cast<std::uint8_t>(q)] = looked_up(q);
    return all;
  }();
  for (std::size_t i = 0; i < n; ++i) y[i] = table[static_cast<std::uint8_t>(x[i])];
}

constexpr entry entries[]{
    {"forward", "relu", "float", erased<float, forward>},
    {"in place", "relu", "float", erased<float, forward>},
    {"backward", "relu", "float", erased_backward<float, backward>},
    {"gated", "silu", "float", erased_backward<float, swiglu>},
    {"forward", "relu", "double", erased<double, forward>},
    {"forward", "relu", "int8", erased<std::int8_t, forward>},
#ifdef __FLT16_MANT_DIG__
    {"convert", "float16", "float", erased_conversion<float, _Float16, convert>},
    {"convert", "float", "float16", erased_conversion<_Float16, float, convert>},
#endif
    {"convert", "bfloat16", "float", erased_conversion<float, std::uint16_t, to_bfloat16>},
    {"convert", "float", "bfloat16", erased_conversion<std::uint16_t, float, from_bfloat16>},
    {"lookup", "sigmoid", "int8", erased<std::int8_t, look_up>}};

} // namespace

constinit const contender RELU_BENCH_CONTENDER{RELU_BENCH_NAME, "", contract::numbers, entries};

} // namespace bench
