#include <relu/relu.hpp>

#include <vector>

void call(const std::vector<float>& x, std::vector<float>& values, std::vector<short>& indices) {
  relu::compress(x, values, indices);
}
