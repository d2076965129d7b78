// SPDX-License-Identifier: MIT
// Prints points of each activation as relu computes it. A line has name, x, value and slope. curves.py draws
// the points.
#include "contenders.hpp"

#include <cstdio>
#include <string>
#include <vector>

namespace bench {
namespace {

std::vector<float> run(const entry& e, const std::vector<float>& x) {
  const std::vector<float> dy(x.size(), 1.0f);
  std::vector<float> out(x.size());
  e.run(dy.data(), x.data(), out.data(), x.size());
  return out;
}

} // namespace
} // namespace bench

int main() {
  using namespace bench;
  const contender& relu = RELU_BENCH_CONTENDERS;
  std::vector<float> x;
  for (int i = -8 * 64; i <= 8 * 64; ++i) x.push_back(static_cast<float>(i) / 64);
  for (const entry& forward : relu.entries)
    for (const entry& backward : relu.entries)
      if (forward.operation == "forward" && backward.operation == "backward" &&
          forward.function == backward.function && forward.element == "float" &&
          backward.element == "float") {
        const std::vector<float> y = run(forward, x), slope = run(backward, x);
        for (std::size_t i = 0; i < x.size(); ++i)
          std::printf("%s,%g,%g,%g\n", std::string(forward.function).c_str(), x[i], y[i], slope[i]);
      }
}
