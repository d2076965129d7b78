// SPDX-License-Identifier: MIT
// What is compared: implementations, each in an object of its own behind plain function pointers.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

// A number that is a macro, as text.
#define RELU_BENCH_TEXT(number) #number
#define RELU_BENCH_VERSION(number) RELU_BENCH_TEXT(number)

namespace bench {

/// What the results of a contender are checked for before it is timed.
enum class contract {
  exact,   // relu's own table: +0 where x <= 0, else the same bits, NaN included
  numbers, // the function of ordinary numbers, to a few digits; others treat NaN and -0 differently
  copy,    // y = x
  negation // y = -x
};

/// out = f(x), or the gradient dy f'(x); n elements each. In place, x is out. dy is null but for backward.
using kernel = void (*)(const void* dy, const void* x, void* out, std::size_t n);

/// What is computed: "forward", "in place" or "backward"; of which function; of elements of which type.
/// Called first with the same arguments, and not timed: what makes the results of forward that backward
/// needs.
struct entry {
  std::string_view verb, function, element;
  kernel run;
  kernel prepare = nullptr;
};

struct contender {
  std::string_view name;
  std::string_view isa; // what the processor must have; empty: no more than the program itself needs
  contract keeps;
  std::span<const entry> entries;
  std::string_view version{}; // of another library
};

/// The kernel that calls F(x, out, n) or F(dy, x, out, n) on elements T.
template <class T, void (*F)(const T*, T*, std::size_t)>
constexpr kernel erased = [](const void*, const void* x, void* out, std::size_t n) {
  F(static_cast<const T*>(x), static_cast<T*>(out), n);
};
template <class T, void (*F)(const T*, const T*, T*, std::size_t)>
constexpr kernel erased_backward = [](const void* dy, const void* x, void* out, std::size_t n) {
  F(static_cast<const T*>(dy), static_cast<const T*>(x), static_cast<T*>(out), n);
};

// The build lists them, separated by commas, as it knows the instruction sets and which libraries there are.
// Each object defines one, RELU_BENCH_CONTENDER. They are constants: no code of an object runs before main
// has asked whether this processor can run it.
extern const contender RELU_BENCH_CONTENDERS;

} // namespace bench
