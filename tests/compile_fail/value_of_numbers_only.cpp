#include <relu/relu.hpp>

#include <vector>

struct negation {
  double value(double x) const { return -x; }
};

void call(const std::vector<float>& x, std::vector<float>& y) { relu::forward(negation{}, x, y); }
