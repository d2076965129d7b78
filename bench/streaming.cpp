// SPDX-License-Identifier: MIT
// Times the stores of a call, alone and with a reader that reads the output at once, as the next layer of a
// network does. The size in a benchmark's name is that of inputs and outputs together, in MiB.
#include "inputs.hpp"
#include <relu/relu.hpp>

#include <benchmark/benchmark.h>

#include <span>
#include <string>
#include <utility>

namespace {

using bench::Mi;

constexpr std::size_t largest = 1024; // MiB

/// The number of floats in x, and in y, if both together have this size.
constexpr std::size_t floats_in(std::size_t mebibytes) { return mebibytes * Mi / (2 * sizeof(float)); }

constexpr std::pair<const char*, relu::stores> kinds[]{{"automatic", relu::stores::automatic},
                                                       {"cached", relu::stores::cached},
                                                       {"streaming", relu::stores::streaming}};

struct arrays {
  bench::buffer<float> x = bench::allocate<float>(floats_in(largest)),
                       y = bench::allocate<float>(floats_in(largest));

  arrays() {
    for (std::size_t i = 0; i < floats_in(largest); ++i) x[i] = bench::ordinary<float>(i);
  }
};

void measure(benchmark::State& state, std::size_t mebibytes, relu::stores how, bool has_reader) {
  static const arrays all;
  const std::size_t n = floats_in(mebibytes);
  const std::span<const float> from(all.x.get(), n);
  const std::span<float> to(all.y.get(), n);
  for (auto _ : state) {
    relu::forward(from, to, how);
    std::size_t zeros = has_reader ? relu::count_zeros(to) : 0;
    benchmark::DoNotOptimize(zeros);
    benchmark::ClobberMemory();
  }
}

} // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::AddCustomContext("streaming_threshold", std::to_string(relu::streaming_threshold()));
  for (const bool has_reader : {true, false})
    for (const auto& [name, how] : kinds)
      for (std::size_t size = 1; size <= largest; size *= 2)
        benchmark::RegisterBenchmark(
            ((has_reader ? "read after/" : "alone/") + std::string(name) + "/" + std::to_string(size))
                .c_str(),
            [=, how = how](benchmark::State& state) { measure(state, size, how, has_reader); })
            ->UseRealTime();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
