#include "data.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

constexpr int values_per_row = pixels_per_digit + 1;
constexpr int largest_pixel = 16;
constexpr int fewest_rows = 3; // one for testing, two for training

using row = std::array<int, values_per_row>;

/// Parses one line. Throws std::runtime_error with the reason if the line is malformed.
row parse(std::string_view line) {
  if (line.empty()) throw std::runtime_error("blank line");
  const auto count = 1 + std::count(line.begin(), line.end(), ',');
  if (count != values_per_row)
    throw std::runtime_error(std::to_string(count) + " values, expected " + std::to_string(values_per_row));

  row values;
  const char* next = line.data();
  const char* const line_end = next + line.size();
  for (int i = 0; i < values_per_row; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const int largest = i < pixels_per_digit ? largest_pixel : classes - 1;
    const char* const end = std::find(next, line_end, ',');
    const auto [stop, error] = std::from_chars(next, end, values[at]);
    const std::string name = "value " + std::to_string(i + 1);
    if (stop != end || error == std::errc::invalid_argument)
      throw std::runtime_error(name + " is not an integer");
    if (error != std::errc{} || values[at] < 0 || values[at] > largest)
      throw std::runtime_error(name + " is not in 0 to " + std::to_string(largest));
    next = end == line_end ? end : end + 1;
  }
  return values;
}

} // namespace

dataset read_digits(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(file + ": cannot be opened");

  std::vector<row> rows;
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    try {
      rows.push_back(parse(line));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(file + ":" + std::to_string(rows.size() + 1) + ": " + error.what());
    }
  }
  if (in.bad()) throw std::runtime_error(file + ": cannot be read");
  if (rows.size() < fewest_rows)
    throw std::runtime_error(file + ": " + std::to_string(rows.size()) + " rows, expected at least " +
                             std::to_string(fewest_rows));

  const auto count = static_cast<Eigen::Index>(rows.size());
  dataset digits{matrix(pixels_per_digit, count), Eigen::VectorXi(count)};
  for (Eigen::Index column = 0; const row& values : rows) {
    const auto pixels = Eigen::Map<const Eigen::VectorXi>(values.data(), pixels_per_digit);
    digits.pixels.col(column) = pixels.cast<float>().array() / largest_pixel - 0.5f;
    digits.digit(column) = values.back();
    ++column;
  }
  return digits;
}

dataset subset(const dataset& digits, std::span<const int> order) {
  return {digits.pixels(Eigen::seqN(0, pixels_per_digit), order), digits.digit(order)};
}
