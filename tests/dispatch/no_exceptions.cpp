// Compiled with -fno-exceptions -fno-rtti. A correct call works; a wrong one prints its error and aborts.
#include <relu/relu.hpp>

#include <cstdio>
#include <vector>

int main() {
  std::vector<float> x{-1, 2, 3}, y(4);
  relu::forward(x);
  if (x != std::vector<float>{0, 2, 3}) return std::puts("wrong result"), 1;
  relu::forward(x, y);
  std::puts("the wrong call returned");
}
