#include "testing.hpp"

#include <cstdlib>
#include <string>

TEST_CASE("isa() names the instruction set that the test was started for", "[isa]") {
  // set by CTest for each instruction set; the suite may also be started by hand
  const char* expected = std::getenv("RELU_TEST_ISA");
  if (!expected) SKIP("RELU_TEST_ISA is not set");
  CHECK(relu::isa() == expected);
}

TEST_CASE("the instruction set is chosen at the first call, and not again", "[isa]") {
  const std::string first(relu::isa());
  const char* cap = std::getenv("RELU_ISA");
  const std::string before = cap ? cap : "";
  setenv("RELU_ISA", "no name", 1);
  CHECK(relu::isa() == first);
  setenv("RELU_ISA", before.c_str(), 1);
}
