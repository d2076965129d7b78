// SPDX-License-Identifier: MIT
// The contenders of the benchmarks. Each is an object file of its own, because each has its own compiler
// flags. Only plain function pointers cross from one object to another.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

// Expands a macro to a number, and makes the number a string literal.
#define RELU_BENCH_TEXT(number) #number
#define RELU_BENCH_VERSION(number) RELU_BENCH_TEXT(number)

namespace bench {

/// How main.cpp checks the results of a contender before it times the contender.
enum class contract {
  exact,   // ReLU to the last bit: +0 where x <= 0, else x, and NaN keeps its bits
  numbers, // correct to a few digits for ordinary numbers; other libraries differ for NaN and -0
  copy,    // y = x
  negation // y = -x
};

/// Computes n elements: out = f(x), or out = dy f'(x), or of "gated" out = f(x) dy. In place, x is out. dy is
/// null except for these two. If the processor lacks what the kernel needs, it throws a std::exception.
using kernel = void (*)(const void* dy, const void* x, void* out, std::size_t n);

/// One kernel of a contender, and the names under which its time is reported.
struct entry {
  std::string_view operation; // "forward", "in place", "backward", "gated", "convert" or "lookup"
  std::string_view function;  // the name of an activation in functions.hpp; of "convert" the type of out
  std::string_view element;   // "float", "double", "float16", "bfloat16", "int8", "int16", "int32" or "int64"
  kernel run;
  kernel prepare = nullptr; // computes what run needs besides its arguments; called before run with the same
                            // arguments, and not timed
};

struct contender {
  std::string_view name;
  std::string_view isa; // the instruction set that it needs; empty if it runs wherever the program runs
  contract keeps;
  std::span<const entry> entries;
  std::string_view version{}; // of another library, if its headers tell it
};

/// The kernel that calls F(x, out, n) on elements of type T.
template <class T, void (*F)(const T*, T*, std::size_t)>
constexpr kernel erased = [](const void*, const void* x, void* out, std::size_t n) {
  F(static_cast<const T*>(x), static_cast<T*>(out), n);
};

/// The kernel that calls F(x, out, n) on elements of types From and To.
template <class From, class To, void (*F)(const From*, To*, std::size_t)>
constexpr kernel erased_conversion = [](const void*, const void* x, void* out, std::size_t n) {
  F(static_cast<const From*>(x), static_cast<To*>(out), n);
};

/// The kernel that calls F(dy, x, out, n) on elements of type T.
template <class T, void (*F)(const T*, const T*, T*, std::size_t)>
constexpr kernel erased_backward = [](const void* dy, const void* x, void* out, std::size_t n) {
  F(static_cast<const T*>(dy), static_cast<const T*>(x), static_cast<T*>(out), n);
};

// CMakeLists.txt defines RELU_BENCH_CONTENDERS as the names of all contenders in a program, separated by
// commas. Each object defines the one named RELU_BENCH_CONTENDER. The contenders are constants: an
// initializer at run time could use instructions that this processor lacks, before main has checked its
// instruction sets.
extern const contender RELU_BENCH_CONTENDERS;

} // namespace bench
