// documents PROJECT: checks that the documents agree with the table that the tests hold the library to. The
// README and the docstring of each smooth activation state the largest errors of the table, every activation
// documents its largest error, and every header in activations/ belongs to an activation of the list.
#include <common/activation_table.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace {

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The last cell of the table row whose first cell begins with `name`.
std::string last_cell(const std::string& document, const std::string& name) {
  for (const std::string& begin : {"\n| `" + name + "`", "\n| `" + name + "{"})
    if (const auto row = document.find(begin); row != document.npos) {
      const auto end = document.find(" |\n", row), cell = document.rfind("| ", end) + 2;
      return document.substr(cell, end - cell);
    }
  return "nothing";
}

template <class... V> std::string format(const char* text, V... v) {
  char buffer[100];
  std::snprintf(buffer, sizeof buffer, text, v...);
  return buffer;
}

bool agree = true;
void check(bool holds, const std::string& message) {
  if (!holds) std::puts(message.c_str());
  agree = agree && holds;
}

template <class A>
void check_activation(const std::filesystem::path& project, std::set<std::string>& headers) {
  using row = testing::row<A>;
  const std::string name = std::is_same_v<A, relu::relu6> ? "clipped_relu" : row::name;
  headers.erase(name + ".hpp");
  const std::string header = contents(project / "include/relu/activations" / (name + ".hpp"));
  check(header.find("/// Largest error") != header.npos,
        name + ": the docstring does not state the largest error");
  if constexpr (!testing::exact<A>) {
    const auto& largest = row::largest;
    for (const std::string& line :
         {format("/// Largest error for float, in ULP: value %g, slope %g.", largest.value, largest.slope),
          format("/// Largest error for double, in ULP: value %g, slope %g.", largest.value_double,
                 largest.slope_double)})
      check(header.find(line) != header.npos, name + ": the docstring does not contain " + line);
    const std::string documented = last_cell(contents(project / "README.md"), name);
    const std::string expected = format("%g, %g", largest.value, largest.slope);
    check(documented == expected,
          name + ": README.md states " + documented + ", the tests allow " + expected);
  }
}

template <class... A> void check_all(const std::filesystem::path& project, relu::type_list<A...>) {
  std::set<std::string> headers;
  for (const auto& entry : std::filesystem::directory_iterator(project / "include/relu/activations"))
    headers.insert(entry.path().filename().string());
  (check_activation<A>(project, headers), ...);
  for (const std::string& header : headers)
    check(false, header + ": not in the list of relu/activations.hpp");
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fputs("usage: documents PROJECT\n", stderr), 2;
  check_all(argv[1], relu::activations{});
  return agree ? 0 : 1;
}
