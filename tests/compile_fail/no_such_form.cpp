#include <relu/relu.hpp>

#include <vector>

void call(std::vector<float>& x) { relu::forward(x, x, x); }
