// SPDX-License-Identifier: MIT
// What is compared: implementations of ReLU, each in an object of its own behind plain function pointers.
#pragma once

#include <cstddef>
#include <string_view>

namespace bench {

/// What the results of a contender are checked for before it is timed.
enum class contract {
  exact,   // relu's own table: +0 where x <= 0, else the same bits, NaN included
  numbers, // ReLU of ordinary numbers; others treat NaN and -0 differently
  copy     // y = x
};

struct contender {
  std::string_view name;
  std::string_view isa; // what the processor must have; empty: no more than the program itself needs
  contract keeps;
  void (*forward)(const float* x, float* y, std::size_t n);
  void (*backward)(const float* dy, const float* x, float* dx, std::size_t n); // null: it has none
};

// The build lists them, separated by commas, as it knows the instruction sets.
// Each object defines one, RELU_BENCH_CONTENDER. They are constants: no code of an object runs before main
// has asked whether this processor can run it.
extern const contender RELU_BENCH_CONTENDERS;

} // namespace bench
