// SPDX-License-Identifier: MIT
// Times fused inputs, gated units and matrices beside calls on ranges and beside separate passes, with
// relu::dispatch. Set RELU_ISA to choose the instruction set. The program checks the results of each call
// before it times it. CMakeLists.txt compiles it with -O3 -march=native, for the separate passes and the
// loop.
#include "inputs.hpp"
#include <relu/relu.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

namespace bench {
namespace {

constexpr std::size_t sizes[]{4 * Ki, 64 * Ki, 16 * Mi, 64 * Mi}, largest = 64 * Mi;
constexpr std::size_t channels = Ki;
using fast_silu = relu::fast<relu::silu>;

struct operands {
  std::span<const float> x, up, dy, bias;
  std::span<float> y, dup, between;
};

struct job {
  const char* name;
  void (*run)(const operands& o);
  double (*expected)(const operands& o, std::size_t i); // of y, where run writes it, otherwise NaN
};

// A matrix in the memory of an operand, with as many elements as fit.
template <class T>
relu::matrix_view<T> rows_of(std::span<T> memory, std::size_t columns, std::size_t row_stride,
                             std::size_t column_stride = 1) {
  return {memory.data(), memory.size() / row_stride, columns, row_stride, column_stride};
}
template <class T> std::span<T> first_of(std::span<T> memory, std::size_t columns, std::size_t row_stride) {
  return memory.first(memory.size() / row_stride * columns);
}

double relu_of(double x) { return x > 0 ? x : 0; }
double silu_of(double x) { return x / (1 + std::exp(-x)); }
double silu_slope(double x) {
  const double s = 1 / (1 + std::exp(-x));
  return s * (1 + x * (1 - s));
}

// In elements [0, columns) of every row_stride elements.
template <std::size_t Columns, std::size_t RowStride> double relu_in_rows(const operands& o, std::size_t i) {
  return i % RowStride < Columns && i / RowStride < o.x.size() / RowStride ? relu_of(o.x[i]) : NAN;
}
double of_x(const operands& o, std::size_t i) { return relu_of(o.x[i]); }
double silu_of_x(const operands& o, std::size_t i) { return silu_of(o.x[i]); }
double swiglu(const operands& o, std::size_t i) { return silu_of(o.x[i]) * o.up[i]; }
double swiglu_gradient(const operands& o, std::size_t i) {
  return double{o.dy[i]} * o.up[i] * silu_slope(o.x[i]);
}

void multiply(std::span<const float> a, std::span<const float> b, std::span<float> y) {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = a[i] * b[i];
}
void add(std::span<const float> a, std::span<const float> b, std::span<float> y) {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = a[i] + b[i];
}

constexpr job jobs[]{
    {"relu", [](const operands& o) { relu::forward(o.x, o.y); }, of_x},
    {"relu, bias",
     [](const operands& o) {
       relu::forward(relu::biased{o.x, o.bias}, o.y);
     },
     [](const operands& o, std::size_t i) { return relu_of(o.x[i] + o.bias[i % channels]); }},
    {"relu, residual",
     [](const operands& o) {
       relu::forward(relu::sum{o.x, o.up}, o.y);
     },
     [](const operands& o, std::size_t i) { return relu_of(o.x[i] + o.up[i]); }},
    {"relu, residual, separate passes",
     [](const operands& o) {
       add(o.x, o.up, o.y);
       relu::forward(o.y);
     },
     [](const operands& o, std::size_t i) { return relu_of(o.x[i] + o.up[i]); }},
    {"relu, rows of 1000",
     [](const operands& o) { relu::forward(rows_of(o.x, 1000, 1024), rows_of(o.y, 1000, 1024)); },
     relu_in_rows<1000, 1024>},
    {"relu, as many together",
     [](const operands& o) { relu::forward(first_of(o.x, 1000, 1024), first_of(o.y, 1000, 1024)); },
     [](const operands& o, std::size_t i) { return i < o.x.size() / 1024 * 1000 ? relu_of(o.x[i]) : NAN; }},
    {"relu, rows of 16", [](const operands& o) { relu::forward(rows_of(o.x, 16, 32), rows_of(o.y, 16, 32)); },
     relu_in_rows<16, 32>},
    {"relu, half of them together",
     [](const operands& o) { relu::forward(first_of(o.x, 16, 32), first_of(o.y, 16, 32)); },
     [](const operands& o, std::size_t i) { return i < o.x.size() / 2 ? relu_of(o.x[i]) : NAN; }},
    {"silu, fast", [](const operands& o) { relu::forward(fast_silu{}, o.x, o.y); }, silu_of_x},
    {"silu, fast, every second element",
     [](const operands& o) {
       relu::forward(fast_silu{}, rows_of(o.x, 512, 1024, 2), rows_of(o.y, 512, 1024, 2));
     },
     [](const operands& o, std::size_t i) { return i % 2 == 0 ? silu_of(o.x[i]) : NAN; }},
    {"silu, loop over every second element",
     [](const operands& o) {
       for (std::size_t i = 0; i < o.x.size(); i += 2) o.y[i] = o.x[i] / (1 + std::exp(-o.x[i]));
     },
     [](const operands& o, std::size_t i) { return i % 2 == 0 ? silu_of(o.x[i]) : NAN; }},
    {"swiglu, fast", [](const operands& o) { relu::forward(relu::gated{fast_silu{}}, o.x, o.up, o.y); },
     swiglu},
    {"swiglu, fast, separate passes",
     [](const operands& o) {
       relu::forward(fast_silu{}, o.x, o.y);
       multiply(o.y, o.up, o.y);
     },
     swiglu},
    {"swiglu, fast, backward",
     [](const operands& o) { relu::backward(relu::gated{fast_silu{}}, o.dy, o.x, o.up, o.y, o.dup); },
     swiglu_gradient},
    {"swiglu, fast, backward, separate passes",
     [](const operands& o) {
       relu::forward(fast_silu{}, o.x, o.dup);
       multiply(o.dy, o.dup, o.dup);
       multiply(o.dy, o.up, o.between);
       relu::backward(fast_silu{}, o.between, o.x, o.y);
     },
     swiglu_gradient},
};

// Holds the operands of all jobs, so that all work on the same pages.
struct arena {
  buffer<float> x = allocate<float>(largest), up = allocate<float>(largest), dy = allocate<float>(largest),
                y = allocate<float>(largest), dup = allocate<float>(largest),
                between = allocate<float>(largest), bias = allocate<float>(channels);

  arena() {
    for (std::size_t i = 0; i < largest; ++i) {
      x[i] = ordinary<float>(i);
      up[i] = ordinary<float>(i + 1);
      dy[i] = ordinary<float>(i + 2);
    }
    for (std::size_t i = 0; i < channels; ++i) bias[i] = ordinary<float>(i + 3);
  }
  operands of(std::size_t n) {
    const auto first = [=](auto& all) { return std::span(all.get(), n); };
    return {first(x), first(up), first(dy), {bias.get(), channels}, first(y), first(dup), first(between)};
  }
};

bool correct(const operands& o, const job& j) {
  for (std::size_t i = 0; i < o.y.size(); ++i) {
    const double expected = j.expected(o, i);
    const bool right =
        std::isnan(expected) ? o.y[i] == 42 : std::abs(o.y[i] - expected) <= 1e-5 * (1 + std::abs(expected));
    if (!right) return false;
  }
  return true;
}

bool failed = false;

void measure(benchmark::State& state, const job& j, std::size_t n, bool& checked) {
  static arena place;
  const operands o = place.of(n);
  if (!checked) {
    std::fill(o.y.begin(), o.y.end(), 42.0f);
    j.run(o);
    if (!correct(o, j)) {
      failed = true;
      state.SkipWithError("wrong result");
      return;
    }
  }
  checked = true;
  for (auto _ : state) {
    j.run(o);
    benchmark::ClobberMemory();
  }
}

} // namespace
} // namespace bench

int main(int argc, char** argv) {
  using namespace bench;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::AddCustomContext("isa", std::string(relu::isa()));
  for (const job& j : jobs)
    for (const std::size_t n : sizes)
      benchmark::RegisterBenchmark(
          (j.name + ("/" + std::to_string(n))).c_str(),
          [&j, n, checked = false](benchmark::State& state) mutable { measure(state, j, n, checked); })
          ->UseRealTime();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return failed;
}
