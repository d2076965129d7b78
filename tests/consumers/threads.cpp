// A user's program with execution policies and enough data for two threads. It fails if a result is wrong.
#include <relu/execution.hpp>
#include <relu/relu.hpp>

#include <vector>

int main() {
  std::vector<float> x(1000003, -1), y(x.size()), dx(x.size());
  x.back() = 2;
  relu::forward(std::execution::par, x, y);
  relu::backward(std::execution::par_unseq, y, x, dx);
  return y.back() == 2 && dx == y && relu::count_zeros(std::execution::par, y) == x.size() - 1 ? 0 : 1;
}
