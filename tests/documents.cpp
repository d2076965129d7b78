// documents PROJECT SNIPPETS: checks that the documents agree with the table that the tests hold the library
// to. The README and the docstring of each smooth activation state the largest errors of the table, every
// activation documents its largest error, and every header in activations/ belongs to an activation of the
// list. The README marks the activations that backward_from_output takes. Writes the C++ code blocks of all
// documents to the file SNIPPETS, each in a namespace of its own, for a test that compiles them.
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

// The table row whose first cell begins with `name`, without the bars at its ends.
std::string table_row(const std::string& document, const std::string& name) {
  for (const std::string& begin : {"\n| `" + name + "`", "\n| `" + name + "{"})
    if (const auto row = document.find(begin); row != document.npos)
      return document.substr(row + 3, document.find(" |\n", row) - row - 3);
  return "no row | nothing";
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
  const std::string documented = table_row(contents(project / "README.md"), name);
  check((documented.find(" * |") != documented.npos) == relu::output_activation<A, float>,
        name + ": README.md has a * if, and only if, the output determines the slope");
  check(header.find("/// Largest error") != header.npos,
        name + ": the docstring does not state the largest error");
  if constexpr (!testing::exact<A>) {
    const auto& largest = row::largest;
    for (const std::string& line :
         {format("/// Largest error for float, in ULP: value %g, slope %g.", largest.value, largest.slope),
          format("/// Largest error for double, in ULP: value %g, slope %g.", largest.value_double,
                 largest.slope_double),
          std::string("/// Largest error for float16 and bfloat16, in ULP: value 0.5, slope 0.5.")})
      check(header.find(line) != header.npos, name + ": the docstring does not contain " + line);
    const std::string expected = format("| %g, %g", largest.value, largest.slope);
    check(documented.ends_with(expected),
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

void append_snippets(const std::filesystem::path& document, std::string& includes, std::string& code) {
  std::ifstream in(document);
  bool in_snippet = false;
  int number = 0;
  for (std::string line; std::getline(in, line); ++number) {
    if (!in_snippet && line == "```cpp") {
      in_snippet = true;
      code += "namespace at_line_" + std::to_string(number + 1) + " {\n#line " + std::to_string(number + 2) +
              " \"" + document.string() + "\"\n";
    } else if (in_snippet && line == "```") {
      in_snippet = false;
      code += "}\n";
    } else if (in_snippet && line.starts_with("#include")) {
      includes += line + '\n';
      code += '\n';
    } else if (in_snippet) code += line + '\n';
  }
}

std::string snippets(const std::filesystem::path& project) {
  std::string includes, code;
  for (const char* document : {"README.md", "CONTRIBUTING.md", "bench/README.md", "cmake/README.md",
                               "examples/README.md", "examples/digits/README.md",
                               "examples/sparse_ffn/README.md", "include/relu/README.md", "tests/README.md"})
    append_snippets(project / document, includes, code);
  return includes + code;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("usage: documents PROJECT SNIPPETS\n", stderr), 2;
  check_all(argv[1], relu::default_activations{});
  std::ofstream(argv[2]) << snippets(argv[1]);
  return agree ? 0 : 1;
}
