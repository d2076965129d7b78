#include "testing.hpp"

#include <cstdlib>
#include <string>

TEST_CASE("isa() names the instruction set that the test was started for", "[isa]") {
  // set by CTest for each instruction set; the suite may also be started by hand
  const char* expected = std::getenv("RELU_TEST_ISA");
  if (!expected || !*expected) SKIP("RELU_TEST_ISA is not set");
  CHECK(relu::isa() == expected);
}
