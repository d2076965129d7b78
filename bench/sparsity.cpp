// SPDX-License-Identifier: MIT
// Times masks, compressed outputs and counts beside forward and backward, with relu::dispatch. Set RELU_ISA
// to choose the instruction set. The program checks the results of each call before it times it. report.py
// runs this program.
#include "inputs.hpp"
#include <relu/relu.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace bench {
namespace {

constexpr std::size_t sizes[]{4 * Ki, 64 * Ki, Mi, 64 * Mi}, largest = 64 * Mi;
constexpr std::size_t units = 4 * Ki; // in the layer that unit_activity observes

struct operands {
  std::span<const float> x;        // half of it is active
  std::span<const float> sparse_x; // a tenth of it is active
  std::span<const float> dy;
  std::span<float> y;
  std::span<std::uint32_t> indices;
  relu::bitmask_span mask;
  relu::unit_activity* activity;
  std::size_t count = 0;
};

struct job {
  const char* name;
  void (*prepare)(operands& o);       // sets the operands that run reads besides x and dy
  void (*run)(operands& o);           // is timed
  bool (*correct)(const operands& o); // returns whether the results of run are correct
};

float value(float x) { return x > 0 ? x : 0; }

template <class F> bool all_of(const operands& o, F holds) {
  for (std::size_t i = 0; i < o.x.size(); ++i)
    if (!holds(i)) return false;
  return true;
}
std::size_t count_active(std::span<const float> x) {
  return static_cast<std::size_t>(std::count_if(x.begin(), x.end(), [](float v) { return v > 0; }));
}

void nothing(operands&) {}
void set_mask(operands& o) {
  for (std::size_t i = 0; i < o.x.size(); ++i) o.mask.set(i, o.x[i] > 0);
}
void set_outputs(operands& o) { std::transform(o.x.begin(), o.x.end(), o.y.begin(), value); }

bool forward_correct(const operands& o) {
  return all_of(o, [&](std::size_t i) { return o.y[i] == value(o.x[i]); });
}
bool backward_correct(const operands& o) {
  return all_of(o, [&](std::size_t i) { return o.y[i] == (o.x[i] > 0 ? o.dy[i] : 0); });
}
bool mask_correct(const operands& o) {
  return o.count == count_active(o.x) &&
         all_of(o, [&](std::size_t i) { return o.mask.test(i) == (o.x[i] > 0); });
}
bool compressed_correct(const operands& o, std::span<const float> x) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (x[i] > 0 && (o.y[found] != x[i] || o.indices[found++] != i)) return false;
  return found == o.count;
}

// Reads x and does as little else as possible. It uses 16-byte vectors, which every x86-64 and aarch64
// processor has.
std::size_t read(std::span<const float> x) {
  using words [[gnu::vector_size(16)]] = std::uint64_t;
  constexpr std::size_t width = sizeof(words) / sizeof(float);
  words sums[4]{};
  for (std::size_t i = 0; i + 4 * width <= x.size(); i += 4 * width) {
#pragma GCC unroll 4
    for (std::size_t k = 0; k < 4; ++k) {
      words w;
      std::memcpy(&w, &x[i + k * width], sizeof w);
      sums[k] += w;
    }
  }
  const words sum = sums[0] + sums[1] + sums[2] + sums[3];
  return static_cast<std::size_t>(sum[0] + sum[1]);
}

constexpr job jobs[]{
    {"forward", nothing, [](operands& o) { relu::forward(o.x, o.y); }, forward_correct},
    {"forward, mask", nothing, [](operands& o) { o.count = relu::forward(o.x, o.y, o.mask); },
     [](const operands& o) { return forward_correct(o) && mask_correct(o); }},
    {"mask_of", nothing, [](operands& o) { o.count = relu::mask_of(o.x, o.mask); }, mask_correct},
    {"backward", nothing, [](operands& o) { relu::backward(o.dy, o.x, o.y); }, backward_correct},
    {"backward, mask", set_mask, [](operands& o) { relu::backward(o.dy, o.mask, o.y); }, backward_correct},
    {"backward_accumulate",
     [](operands& o) {
       set_mask(o);
       std::fill(o.y.begin(), o.y.end(), 0.0f);
     },
     [](operands& o) { relu::backward_accumulate(o.dy, o.mask, o.y); }, backward_correct},
    {"compress", nothing, [](operands& o) { o.count = relu::compress(o.x, o.y, o.indices); },
     [](const operands& o) { return compressed_correct(o, o.x); }},
    {"compress, 90 % zeros", nothing,
     [](operands& o) { o.count = relu::compress(o.sparse_x, o.y, o.indices); },
     [](const operands& o) { return compressed_correct(o, o.sparse_x); }},
    {"compressed_size", nothing, [](operands& o) { o.count = relu::compressed_size(o.x); },
     [](const operands& o) { return o.count == count_active(o.x); }},
    {"count_zeros", set_outputs, [](operands& o) { o.count = relu::count_zeros(o.y); },
     [](const operands& o) { return o.count == o.x.size() - count_active(o.x); }},
    {"unit_activity", [](operands& o) { o.activity->reset(); }, [](operands& o) { o.activity->update(o.x); },
     [](const operands& o) {
       std::uint64_t sum = 0;
       for (std::size_t unit = 0; unit < units; ++unit) sum += o.activity->count(unit);
       return sum == count_active(o.x);
     }},
    {"read", nothing,
     [](operands& o) {
       o.count = read(o.x);
       benchmark::DoNotOptimize(o.count);
     },
     [](const operands&) { return true; }},
};

// Holds the operands of all jobs, so that all work on the same pages.
struct arena {
  buffer<float> x = allocate<float>(largest), sparse_x = allocate<float>(largest),
                dy = allocate<float>(largest), y = allocate<float>(largest);
  buffer<std::uint32_t> indices = allocate<std::uint32_t>(largest);
  relu::bitmask mask{largest};
  relu::unit_activity activity{units};

  arena() {
    for (std::size_t i = 0; i < largest; ++i) {
      x[i] = ordinary<float>(i);
      sparse_x[i] = x[i] > 6.4f ? x[i] : -1; // a tenth of the range from -8 to 8
      dy[i] = ordinary<float>(i + 1);
    }
  }
  operands of(std::size_t n) {
    const auto first = [=](auto& all) { return std::span(all.get(), n); };
    return {first(x), first(sparse_x), first(dy), first(y), first(indices), {mask.bytes(), n}, &activity};
  }
};

bool failed = false;

void measure(benchmark::State& state, const job& j, std::size_t n, bool& checked) {
  static arena place;
  operands o = place.of(n);
  if (!checked) {
    std::fill(o.y.begin(), o.y.end(), 42.0f);
    std::fill(o.indices.begin(), o.indices.end(), 42);
    std::fill(o.mask.bytes().begin(), o.mask.bytes().end(), std::byte{42});
  }
  j.prepare(o);
  if (!checked) {
    j.run(o);
    if (!j.correct(o)) {
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
