#include <relu/relu.hpp>

#include <vector>

void call(std::vector<int>& x, std::vector<int>& dbias) {
  relu::backward(relu::rectifier{}, x, relu::biased{x, dbias}, x, dbias);
}
