// A small program, to see by how much relu::dispatch makes it grow.
#include <relu/relu.hpp>

#include <cstdio>
#include <vector>

int main() {
  std::vector<float> x{-1, 2, -3, 4};
  relu::forward(x);
  for (const float y : x) std::printf("%g\n", double(y));
}
