#include <relu/relu.hpp>

#include <vector>

void call(std::vector<float>& x, const relu::bitmask& mask) { relu::mask_of(x, mask); }
