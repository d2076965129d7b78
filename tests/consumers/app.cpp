// A user's program, the same for every way to get the library. It prints the instruction set, and fails if a
// result is wrong.
#include <relu/relu.hpp>

#include <iostream>
#include <vector>

int main() {
  const std::vector<float> x{-1, 2, -3, 4, 0}, dy{1, 2, 3, 4, 5};
  std::vector<float> y(5), dx(5);
  relu::forward(x, y);
  relu::backward(dy, x, dx);
  std::cout << relu::isa() << '\n';
  return y == std::vector<float>{0, 2, 0, 4, 0} && dx == std::vector<float>{0, 2, 0, 4, 0} ? 0 : 1;
}
