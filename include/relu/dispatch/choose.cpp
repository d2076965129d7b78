// SPDX-License-Identifier: MIT
// Run-time dispatch: the choice of the instruction set. Compiled for the instruction set of the program.
#include <relu/detail/check.hpp>
#include <relu/dispatch/boundary.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace relu::RELU_KERNELS {

constinit std::atomic<std::size_t> chosen{0};
constinit std::atomic<const char*> chosen_name{nullptr};

namespace {

// Uses the best available instruction set that is not better than the cap.
template <class... Arch> void use_best(type_list<Arch...>, std::string_view cap) {
  std::size_t best = 0, position = 0;
  const char* name = nullptr;
  bool allowed = cap.empty();
  const auto consider = [&]<class A>(type_list<A>) {
    allowed = allowed || isa_name<A>() == cap;
    ++position;
    if (allowed && best == 0 && is_available<A>()) {
      best = position;
      name = isa_name<A>().data();
    }
  };
  (consider(type_list<Arch>{}),
   ...); // The last one is the baseline, which every processor of the architecture has.
  if (!allowed) {
    // Not std::string: its inline functions would be shared with code for other instruction sets.
    char names[128] = "", message[256];
    ((std::strcat(names, *names ? ", " : ""), std::strcat(names, isa_name<Arch>().data())), ...);
    std::snprintf(message, sizeof message, "relu: RELU_ISA=%.64s is not one of %s", cap.data(), names);
    detail::fail(message);
  }
  chosen.store(best, std::memory_order_relaxed);
  chosen_name.store(name, std::memory_order_relaxed);
}

} // namespace

void choose() {
  const char* cap = std::getenv("RELU_ISA");
  use_best(dispatch_archs{}, cap ? cap : "");
}

} // namespace relu::RELU_KERNELS
