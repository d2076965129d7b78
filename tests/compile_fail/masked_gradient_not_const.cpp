#include <relu/relu.hpp>

#include <vector>

struct half_below_zero {
  template <relu::numeric V> V value(V x) const { return x; }
  template <relu::numeric V> V slope(V) const { return V(1); }
  template <relu::numeric V> auto active(V x) const { return relu::math::is_active(x); }
  template <class C, relu::numeric V> V masked_gradient(V dy, C active) {
    return relu::math::select(active, dy, dy * V(0.5));
  }
};

void call(const std::vector<float>& x, relu::bitmask& mask) { relu::mask_of(half_below_zero{}, x, mask); }
