// chosen: checks that the instruction set in use is the best one that xsimd finds on this machine.
#include <relu/relu.hpp>

#include <iostream>

namespace {

template <class... Arch> std::string_view best(relu::type_list<Arch...>) {
  std::string_view found;
  (void)((xsimd::available_architectures().has(Arch{}) && (found = relu::isa_name<Arch>(), true)) || ...);
  return found;
}

} // namespace

int main() try {
  std::cout << relu::isa() << '\n';
  return relu::isa() == best(relu::dispatch_archs{}) ? 0 : 1;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
