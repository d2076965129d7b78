#include <relu/relu.hpp>

#include <vector>

void call(const std::vector<relu::bfloat16>& x, std::vector<double>& y) { relu::convert(x, y); }
