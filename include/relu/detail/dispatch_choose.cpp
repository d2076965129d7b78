// SPDX-License-Identifier: MIT
// Chooses the kernels of relu::dispatch. Compiled for the program's own instruction set, like the program.
#include <relu/detail/check.hpp>
#include <relu/detail/dispatch.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace relu::kernels {
namespace {

// The best available one that is no better than the cap.
template <class... Arch> const table& best(type_list<Arch...>, std::string_view cap) {
  const table* found = nullptr;
  bool known = cap.empty();
  const auto consider = [&]<class A>(type_list<A>) {
    known = known || isa_name<A>() == cap;
    if (known && !found && is_available<A>()) found = &table_on<A>();
  };
  (consider(type_list<Arch>{}), ...);
  if (!known) {
    // no std::string: it has inline functions, which a program's other parts share, whatever they are for
    char names[128] = "", message[256];
    ((std::strcat(names, *names ? ", " : ""), std::strcat(names, isa_name<Arch>().data())), ...);
    std::snprintf(message, sizeof message, "relu: RELU_ISA=%.64s is not one of %s", cap.data(), names);
    detail::fail(message);
  }
  return *found; // the last one is the baseline, which every processor of this architecture has
}

} // namespace

std::atomic<const table*> chosen{nullptr};

const table& choose() {
  const char* cap = std::getenv("RELU_ISA");
  const table& found = best(dispatch_archs{}, cap ? cap : "");
  chosen.store(&found, std::memory_order_relaxed);
  return found;
}

} // namespace relu::kernels
