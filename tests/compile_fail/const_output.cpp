#include <relu/relu.hpp>

#include <vector>

void call(const std::vector<float>& x, const std::vector<float>& y) { relu::forward(x, y); }
