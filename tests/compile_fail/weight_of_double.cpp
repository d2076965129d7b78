#include <relu/relu.hpp>

#include <vector>

void call(const std::vector<float>& x, std::vector<float>& y) { relu::forward(relu::prelu{0.25}, x, y); }
