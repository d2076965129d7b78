#include <relu/relu.hpp>

#include <vector>

struct identity {
  template <class V> V value(V x) const { return x; }
};

void call(const std::vector<float>& dy, const std::vector<float>& x, std::vector<float>& dx) {
  relu::backward_accumulate(identity{}, dy, x, dx);
}
