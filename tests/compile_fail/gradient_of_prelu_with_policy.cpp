#include <relu/execution.hpp>

#include <vector>

void call(const std::vector<float>& weight, std::vector<float>& x, std::vector<float>& dweight) {
  relu::backward(std::execution::par, relu::prelu{weight}, x, x, x, dweight);
}
