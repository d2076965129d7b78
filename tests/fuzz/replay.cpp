// replay PATHS...: runs the fuzz target on these files, and on all files of these directories.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run(const std::filesystem::path& file) {
  std::puts(file.c_str()); // if the target fails, this is the last line
  std::fflush(stdout);
  std::ifstream in(file, std::ios::binary);
  if (!in) std::perror("cannot be read"), std::exit(1);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

} // namespace

int main(int argc, char** argv) {
  std::size_t inputs = 0;
  for (const std::filesystem::path path : std::vector<const char*>(argv + 1, argv + argc)) {
    if (!std::filesystem::is_directory(path)) run(path), ++inputs;
    else
      for (const auto& entry : std::filesystem::directory_iterator(path)) run(entry), ++inputs;
  }
  std::printf("%zu inputs\n", inputs);
  return inputs == 0 ? 1 : 0;
}
