// SPDX-License-Identifier: MIT
// Forward and backward of ReLU by every contender that this processor can run, each checked before it is
// timed. table.py says how to run it and makes a table of the results.
#include "contenders.hpp"
#include <relu/relu.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <new>
#include <string>

namespace bench {
namespace {

constexpr std::size_t Ki = 1024, Mi = Ki * Ki;
constexpr std::size_t sizes[]{16, 64, Ki, 4 * Ki, 64 * Ki, Mi, 8 * Mi, 64 * Mi};

// The i-th of a fixed sequence: from -1 to 1, never 0, as many positive as negative, in no order.
float number(std::size_t i) {
  std::uint32_t h = static_cast<std::uint32_t>(i) * 0x9e3779b9u;
  h = (h ^ (h >> 16)) * 0x85ebca6bu;
  h ^= h >> 13;
  return static_cast<float>(static_cast<std::int32_t>(h) | 1) * 0x1p-31f;
}

// The same, but every third is one of +0, -0, two NaN, the infinities and the least denormals.
float number_or_special(std::size_t i) {
  constexpr std::uint32_t specials[]{0,          0x80000000, 0x7fc12345, 0xffc12345,
                                     0x7f800000, 0xff800000, 1,          0x80000001};
  return i % 3 ? number(i) : std::bit_cast<float>(specials[i / 3 % std::size(specials)]);
}

using sequence = float (*)(std::size_t i);

struct free_aligned {
  void operator()(float* p) const { operator delete[](p, std::align_val_t{64}); }
};
using buffer = std::unique_ptr<float[], free_aligned>;

// The operands of one size, shared by all contenders: the same pages for each.
struct operands {
  explicit operands(std::size_t size) : n(size) { fill(number); }

  void fill(sequence values) {
    for (std::size_t i = 0; i < n; ++i) x[i] = values(i), dy[i] = values(i + 1);
  }

  std::size_t n;
  buffer x = zeros(), dy = zeros(), out = zeros();

private:
  buffer zeros() const { return buffer(new (std::align_val_t{64}) float[n]()); } // written: pages are there
};

operands& operands_of(std::size_t n) {
  static std::map<std::size_t, operands> all;
  return all.try_emplace(n, n).first->second;
}

struct forward {
  static constexpr const char* name = "forward";
  static constexpr std::size_t operand_count = 2;

  static auto of(const contender& c) { return c.forward; }
  static void call(auto f, const operands& o) { f(o.x.get(), o.out.get(), o.n); }
  static float expected(const contender& c, float x, float) {
    return c.keeps != contract::copy && x <= 0 ? 0 : x;
  }
};

struct backward {
  static constexpr const char* name = "backward";
  static constexpr std::size_t operand_count = 3;

  static auto of(const contender& c) { return c.backward; }
  static void call(auto f, const operands& o) { f(o.dy.get(), o.x.get(), o.out.get(), o.n); }
  static float expected(const contender&, float x, float dy) { return x <= 0 ? 0 : dy; }
};

// Every bit of every element is as expected. The expectation comes from the sequence, not from the operands:
// these must not have changed either.
template <class Pass> bool correct(const contender& c, operands& o) {
  const sequence values = c.keeps == contract::exact ? number_or_special : number;
  const auto same = [](float a, float b) {
    return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
  };
  o.fill(values);
  std::fill_n(o.out.get(), o.n, 42.f); // not what the contender before it left
  Pass::call(Pass::of(c), o);
  bool all = true;
  for (std::size_t i = 0; i < o.n; ++i) {
    const float x = values(i), dy = values(i + 1);
    all = all && same(o.out[i], Pass::expected(c, x, dy)) && same(o.x[i], x) && same(o.dy[i], dy);
  }
  o.fill(number);
  return all;
}

bool failed = false;

template <class Pass> void add(const contender& c, std::size_t n) {
  if (!Pass::of(c)) return;
  const std::string variant = c.isa.empty() ? "" : "/" + std::string(c.isa);
  const std::string name =
      std::string(Pass::name) + "/float/" + std::string(c.name) + variant + "/" + std::to_string(n);

  benchmark::RegisterBenchmark(name.c_str(), [c, n, checked = false](benchmark::State& state) mutable {
    operands& o = operands_of(n);
    if (!checked && !correct<Pass>(c, o)) {
      failed = true;
      state.SkipWithError("wrong result");
      return;
    }
    checked = true;
    const auto f = Pass::of(c);
    for (auto _ : state) {
      Pass::call(f, o);
      benchmark::ClobberMemory();
    }
    const auto calls = static_cast<std::int64_t>(state.iterations());
    const auto elements = calls * static_cast<std::int64_t>(n);
    state.SetItemsProcessed(elements);
    state.SetBytesProcessed(elements * static_cast<std::int64_t>(Pass::operand_count * sizeof(float)));
  });
}

// Whether this processor has an instruction set of relu::dispatch; another one is the program's own.
template <class... Arch> bool available(std::string_view isa, relu::type_list<Arch...>) {
  return ((relu::isa_name<Arch>() != isa || relu::is_available<Arch>()) && ...);
}

void add_context() {
  const auto version = [](auto... parts) {
    std::string text;
    ((text += (text.empty() ? "" : ".") + std::to_string(parts)), ...);
    return text;
  };
  benchmark::AddCustomContext("relu", version(RELU_VERSION_MAJOR, RELU_VERSION_MINOR, RELU_VERSION_PATCH));
  benchmark::AddCustomContext("isa", std::string(relu::isa()));
  benchmark::AddCustomContext("xsimd",
                              version(XSIMD_VERSION_MAJOR, XSIMD_VERSION_MINOR, XSIMD_VERSION_PATCH));
  benchmark::AddCustomContext("compiler", RELU_BENCH_COMPILER);
  benchmark::AddCustomContext("flags", RELU_BENCH_FLAGS);
}

} // namespace
} // namespace bench

int main(int argc, char** argv) {
  using namespace bench;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  add_context();
  for (const contender& c : {RELU_BENCH_CONTENDERS}) {
    if (!available(c.isa, relu::dispatch_archs{})) continue;
    for (const std::size_t n : sizes) add<forward>(c, n), add<backward>(c, n);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return failed;
}
