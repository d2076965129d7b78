// Computes ReLU forward and backward on std::vector.
#include <relu/relu.hpp>

#include <iostream>
#include <vector>

int main() {
  const std::vector<float> x{-2, -1, 0, 1, 2}, dy(5, 1);
  std::vector<float> y(5), dx(5);
  relu::forward(x, y);       // y = max(0, x)
  relu::backward(dy, x, dx); // dx = dy where x > 0, else 0
  for (std::size_t i = 0; i < x.size(); ++i)
    std::cout << x[i] << " -> " << y[i] << ", slope " << dx[i] << '\n';
  std::cout << relu::sparsity(y) * 100 << " % zeros, computed on " << relu::isa() << '\n';
}
