#include <relu/relu.hpp>

#include <vector>

void call(const std::vector<float>& dy, const std::vector<float>& y, std::vector<float>& dx) {
  relu::backward_from_output(relu::gelu{}, dy, y, dx);
}
