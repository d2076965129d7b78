// A program whose parts use relu::relu, relu::dispatch, and a flag. Each runs its own kernels, on the same
// objects.
#include "parts.hpp"

#include <iostream>

int main() {
  layer shared{relu::bitmask(2), relu::unit_activity(2), 0.5f};
  for (const auto train : {by_headers::train, by_dispatch::train, by_flags::train}) {
    std::vector<float> x{-1, 2};
    std::cout << train(shared, x) << '\n';
    if (x != std::vector<float>{-0.5f, 2}) return 1;
  }
  return shared.mask.test(1) && shared.activity.count(1) == 3 && shared.activity.dead().test(0) ? 0 : 1;
}
