#include <relu/relu.hpp>

#include <vector>

void call(std::vector<float>& x, std::vector<float>& dx) {
  relu::backward(relu::gelu{}, relu::sum{x, x}, x, dx);
}
