// run_on_isa ISA PROGRAM ARGS...: runs PROGRAM if this machine has the instruction set. Otherwise it runs the
// emulator whose absolute path is in the environment variable RELU_TEST_EMULATOR, with PROGRAM ARGS..., or
// without an emulator exits with 77, which CTest reports as skipped. It is compiled without flags, so it runs
// on every machine.
#include <relu/arch.hpp>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <unistd.h>

namespace {

template <class... Arch> bool available(relu::type_list<Arch...>, std::string_view isa) {
  return ((relu::isa_name<Arch>() == isa && relu::is_available<Arch>()) || ...);
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fputs("usage: run_on_isa ISA PROGRAM ARGS...\n", stderr), 2;
  const std::string_view isa = argv[1];
  const bool anywhere = isa == "scalar" || isa == "native";
  char** command = argv + 2;
  if (!anywhere && !available(relu::dispatch_archs{}, isa)) {
    char* const emulator = std::getenv("RELU_TEST_EMULATOR");
    if (!emulator || !*emulator) return std::printf("skipped: this machine has no %s\n", argv[1]), 77;
    *--command = emulator;
  }
  execv(command[0], command);
  std::perror(command[0]);
  return 1;
}
