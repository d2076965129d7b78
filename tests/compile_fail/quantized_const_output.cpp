#include <relu/relu.hpp>

#include <vector>

void call(const std::vector<std::int8_t>& x) {
  relu::forward(relu::quantized{x, {0.1, 0}}, relu::quantized{x, {0.1, 0}});
}
