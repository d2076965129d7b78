#include <relu/relu.hpp>

#include <vector>

void call(const std::vector<float>& x, relu::bitmask& mask) { relu::mask_of(relu::sigmoid{}, x, mask); }
