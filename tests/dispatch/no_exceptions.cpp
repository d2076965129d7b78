// Compiled with -fno-exceptions -fno-rtti: right calls work, a wrong one says so and aborts.
#include <relu/relu.hpp>

#include <cstdio>
#include <vector>

int main() {
  std::vector<float> x{-1, 2, 3}, y(4);
  relu::forward(x);
  if (x != std::vector<float>{0, 2, 3}) return std::puts("wrong result"), 1;
  relu::forward(x, y);
  std::puts("not refused");
}
