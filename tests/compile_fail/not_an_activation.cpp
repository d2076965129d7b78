#include <relu/relu.hpp>

#include <vector>

struct no_slope {
  template <class V> V value(V x) const { return x; }
};

void call(const std::vector<float>& x, std::vector<float>& y) { relu::forward(no_slope{}, x, y); }
