#include <relu/relu.hpp>

#include <vector>

void call(const std::vector<int>& x, std::vector<int>& y) { relu::forward(relu::fast{relu::tanh{}}, x, y); }
