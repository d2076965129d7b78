// A shared library that uses relu and is loaded at run time.
#include <relu/relu.hpp>

#include <vector>

extern "C" [[gnu::visibility("default")]] bool rectifies() {
  std::vector<float> x(100000, -1.0f);
  x[1] = 2;
  relu::bitmask mask(x.size());
  relu::set_streaming_threshold(1000);
  const std::size_t active = relu::forward(x, mask);
  std::vector<float> values(x.size());
  std::vector<int> indices(x.size());
  if (relu::compress(relu::gelu{}, x, values, indices) != 1) return false;
  return active == 1 && relu::count_zeros(x) == x.size() - 1;
}
