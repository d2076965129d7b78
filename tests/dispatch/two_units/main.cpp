// two_units ISA: runs the lower half everywhere, and the upper half on processors that have ISA.
#include "half.hpp"

#include <cstdio>
#include <cstring>

namespace {
int failed(const char* why) { return std::puts(why), 1; }
} // namespace

int main(int argc, char** argv) {
  if (argc != 2) return failed("usage: two_units ISA");
  if (std::strcmp(lower::isa(), argv[1]) == 0)
    return failed("lower: compiled for the instruction set of upper");
  if (!lower::works()) return failed("lower: wrong results");
  state shared{relu::bitmask(67), relu::unit_activity(67), 0.5f, relu::stores::cached};
  if (!lower::trains(shared) || !lower::reads(shared, 1)) return failed("lower: wrong state");
  if (!lower::is_available(argv[1])) return std::printf("%s, no %s\n", lower::isa(), argv[1]), 0;
  if (std::strcmp(upper::isa(), argv[1]) != 0) return failed("upper: compiled for another instruction set");
  if (!upper::works()) return failed("upper: wrong results");
  if (!upper::reads(shared, 1)) return failed("upper: wrong state of lower");
  if (!upper::trains(shared) || !upper::reads(shared, 2)) return failed("upper: wrong state");
  if (!lower::reads(shared, 2) || !lower::trains(shared)) return failed("lower: wrong state of upper");
  std::printf("%s and %s\n", lower::isa(), upper::isa());
}
