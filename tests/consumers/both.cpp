// A program with a part that uses relu::relu and a part that uses relu::dispatch. Each runs its own kernels.
#include <iostream>
#include <string_view>
#include <vector>

std::string_view isa_by_dispatch(std::vector<float>& x);
std::string_view isa_by_headers(std::vector<float>& x);

int main() {
  std::vector<float> x{-1, 2}, y{-3, 4};
  std::cout << isa_by_dispatch(x) << ' ' << isa_by_headers(y) << '\n';
  return x == std::vector<float>{0, 2} && y == std::vector<float>{0, 4} ? 0 : 1;
}
