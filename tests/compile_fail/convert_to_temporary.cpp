#include <relu/relu.hpp>

#include <vector>

void call(const std::vector<float>& x) { relu::convert(x, std::vector<relu::float16>(x.size())); }
