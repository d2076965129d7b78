#include <relu/relu.hpp>

#include <vector>

void call(std::vector<float>& gate, const std::vector<double>& up) {
  relu::forward(relu::swiglu{}, gate, up, gate);
}
