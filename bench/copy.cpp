// SPDX-License-Identifier: MIT
// memcpy, to which report.py relates all other rates in bytes per second. There is no backward, because
// backward reads two arrays and memcpy reads one.
#include "contenders.hpp"

#include <cstdint>
#include <cstring>

namespace bench {
namespace {

template <class T> void copy(const T* x, T* y, std::size_t n) { std::memcpy(y, x, n * sizeof(T)); }

// Reads and writes together as many bytes as a conversion between n floats and n 16-bit floats.
void copy_for_convert(const void*, const void* x, void* y, std::size_t n) { std::memcpy(y, x, 3 * n); }

constexpr entry entries[]{{"forward", "relu", "float", erased<float, copy>},
                          {"forward", "relu", "double", erased<double, copy>},
                          {"forward", "relu", "int8", erased<std::int8_t, copy>},
                          {"forward", "relu", "int16", erased<std::int16_t, copy>},
                          {"forward", "relu", "int32", erased<std::int32_t, copy>},
                          {"forward", "relu", "int64", erased<std::int64_t, copy>},
                          {"forward", "relu", "float16", erased<std::int16_t, copy>},
                          {"forward", "relu", "bfloat16", erased<std::int16_t, copy>},
                          {"convert", "float16", "float", copy_for_convert},
                          {"convert", "bfloat16", "float", copy_for_convert},
                          {"convert", "float", "float16", copy_for_convert},
                          {"convert", "float", "bfloat16", copy_for_convert},
                          {"lookup", "sigmoid", "int8", erased<std::int8_t, copy>}};

} // namespace

constinit const contender RELU_BENCH_CONTENDER{"memcpy", "", contract::copy, entries};

} // namespace bench
