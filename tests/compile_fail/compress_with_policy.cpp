#include <relu/execution.hpp>

#include <vector>

void call(const std::vector<float>& x, std::vector<float>& values, std::vector<int>& indices) {
  relu::compress(std::execution::par, x, values, indices);
}
