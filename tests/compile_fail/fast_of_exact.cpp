#include <relu/relu.hpp>

#include <vector>

void call(const std::vector<float>& x, std::vector<float>& y) {
  relu::forward(relu::fast{relu::leaky_relu{}}, x, y);
}
