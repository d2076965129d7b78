#include "testing.hpp"

#include <cstdlib>
#include <string>

TEST_CASE("isa() returns the instruction set that CTest selected", "[isa]") {
  // CTest sets RELU_TEST_ISA. If you start the program yourself, it is not set.
#ifdef RELU_TEST_ISA
  const char* expected = RELU_TEST_ISA;
#else
  const char* expected = std::getenv("RELU_TEST_ISA");
#endif
  if (!expected || !*expected) SKIP("RELU_TEST_ISA is not set");
  CHECK(relu::isa() == expected);
}

#if RELU_WITH_XSIMD
template <class... Arch> void check_available(relu::type_list<Arch...>) {
  const auto check = []<class A>(relu::type_list<A>) {
    INFO(relu::isa_name<A>());
    if constexpr (std::is_same_v<A, relu::native>) CHECK(relu::is_available<A>());
    else CHECK(relu::is_available<A>() == xsimd::available_architectures().has(A{}));
  };
  (check(relu::type_list<Arch>{}), ...);
}

TEST_CASE("is_available() and xsimd agree on this processor", "[isa]") {
  check_available(relu::dispatch_archs{});
}
#endif

TEST_CASE("the instruction set does not change after the first call", "[isa]") {
  const std::string first(relu::isa());
  const char* cap = std::getenv("RELU_ISA");
  const std::string before = cap ? cap : "";
  setenv("RELU_ISA", "no name", 1);
  CHECK(relu::isa() == first);
  setenv("RELU_ISA", before.c_str(), 1);
}
