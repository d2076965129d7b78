#include <relu/execution.hpp>

#include <vector>

void call(const std::vector<float>& values, const std::vector<int>& indices, std::vector<float>& y) {
  relu::expand(std::execution::par, values, indices, y);
}
