#include <relu/relu.hpp>

#include <vector>

std::size_t call(const std::vector<float>& x) { return relu::count_zeros(x, x); }
