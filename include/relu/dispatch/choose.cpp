// SPDX-License-Identifier: MIT
// Run-time dispatch: the choice of the instruction set. Compiled for the instruction set of the program.
#include <relu/detail/check.hpp>
#include <relu/dispatch/table.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace relu::RELU_KERNELS {

constinit all_chosen chosen{};

namespace {

template <class Arch, class... T> void use(type_list<T...>) noexcept {
  (detail::chosen_table<T>().store(static_cast<const detail::kernel_table<T>*>(table_on<T, Arch>()),
                                   std::memory_order_relaxed),
   ...);
  chosen.isa.store(isa_name<Arch>().data(), std::memory_order_relaxed);
}

// Uses the best available instruction set that is not better than the cap.
template <class... Arch> void use_best(type_list<Arch...>, std::string_view cap) {
  bool allowed = cap.empty(), done = false;
  const auto consider = [&]<class A>(type_list<A>) {
    allowed = allowed || isa_name<A>() == cap;
    if (allowed && !done && is_available<A>()) {
      use<A>(detail::elements{});
      done = true;
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
}

} // namespace

void choose() {
  const char* cap = std::getenv("RELU_ISA");
  use_best(dispatch_archs{}, cap ? cap : "");
}

} // namespace relu::RELU_KERNELS
