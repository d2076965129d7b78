// documented_errors README.md: checks that the README documents the largest errors that the tests allow, for
// every smooth activation on floats.
#include <common/activation_table.hpp>
#include <cstdio>
#include <fstream>
#include <string>

namespace {

// The last cell of the first row whose first cell begins with `name`.
std::string last_cell(const char* file, const std::string& name) {
  std::ifstream readme(file);
  for (std::string line; std::getline(readme, line);) {
    const bool begins = line.starts_with("| `" + name + "`") || line.starts_with("| `" + name + "{");
    const auto cell = line.rfind("| ", line.size() - 2);
    if (begins && cell != line.npos) return line.substr(cell + 2, line.size() - 2 - cell - 2);
  }
  return "nothing";
}

template <class... A> bool all_agree(const char* file, relu::type_list<A...>) {
  bool agree = true;
  const auto check = [&]<class B>(relu::type_list<B>) {
    if constexpr (!testing::exact<B>) {
      char expected[32];
      std::snprintf(expected, sizeof expected, "%g, %g", testing::row<B>::largest.value,
                    testing::row<B>::largest.slope);
      const std::string found = last_cell(file, testing::row<B>::name);
      if (found == expected) return;
      std::printf("%s: the tests allow %s, but %s documents %s\n", testing::row<B>::name, expected, file,
                  found.c_str());
      agree = false;
    }
  };
  (check(relu::type_list<A>{}), ...);
  return agree;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fputs("usage: documented_errors README.md\n", stderr), 2;
  return all_agree(argv[1], relu::activations{}) ? 0 : 1;
}
