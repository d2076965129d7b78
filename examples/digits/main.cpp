// Trains the same network on handwritten digits with ReLU, sigmoid and tanh, and compares them.
#include "data.hpp"
#include "network.hpp"
#include "plot.hpp"
#include "training.hpp"
#include <relu/relu.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

constexpr double goal = 0.95;

struct options {
  std::string data = DIGITS_CSV;
  std::string svg = "digits.svg";
  int epochs = 40;
  std::uint32_t seed = 1;
  bool help = false;
};

struct usage_error : std::runtime_error {
  using runtime_error::runtime_error;
};

template <class Number>
Number parse_number(const std::string& option, std::string_view text, Number least, Number most) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (stop != end || error != std::errc{} || number < least || number > most)
    throw usage_error(option + " takes a number from " + std::to_string(least) + " to " +
                      std::to_string(most));
  return number;
}

options parse(const std::vector<std::string>& arguments) {
  options chosen;
  for (auto argument = arguments.begin(); argument != arguments.end(); ++argument) {
    const std::string& option = *argument;
    const auto value = [&]() -> const std::string& {
      if (++argument == arguments.end() || argument->empty()) throw usage_error(option + " needs a value");
      return *argument;
    };
    if (option == "--help") chosen.help = true;
    else if (option == "--data") chosen.data = value();
    else if (option == "--svg") chosen.svg = value();
    else if (option == "--epochs") chosen.epochs = parse_number(option, value(), 1, 10'000);
    else if (option == "--seed")
      chosen.seed = parse_number(option, value(), 0u, std::numeric_limits<std::uint32_t>::max());
    else throw usage_error("unknown option '" + option + "'");
  }
  return chosen;
}

void print_help() {
  const options defaults;
  std::printf(
      "Usage: digits [option...]\n"
      "Trains a small network on handwritten digits with ReLU, sigmoid and tanh, and compares them.\n\n"
      "  --data FILE   64 pixels, 0 to 16, and a digit on each line, separated by commas\n"
      "                (default: %s)\n"
      "  --svg FILE    where the plot goes (default: %s)\n"
      "  --epochs N    how often each network sees each training image (default: %d)\n"
      "  --seed N      what all random numbers follow from (default: %u)\n"
      "  --help        print this\n",
      defaults.data.c_str(), defaults.svg.c_str(), defaults.epochs, defaults.seed);
}

void print_table(const std::vector<record>& records) {
  std::printf("\n%-8s%9s%11s%10s%23s%20s%16s\n", "", "test", "epochs to", "time per", "in the activation",
              "zeros in layer", "dead in layer");
  std::printf("%-8s%9s%9.0f %%%10s%14s%9s%12s%8s%9s%7s\n", "", "accuracy", 100 * goal, "epoch", "total",
              "share", "1", "2", "1", "2");
  for (const record& r : records) {
    const int reached = r.epochs_to(goal);
    std::printf("%-8s%7.1f %%%11s%7.1f ms%11.1f ms%7.1f %%%10.1f %%%6.1f %%%9d%7d\n", r.name.c_str(),
                100 * r.accuracy.back(), reached < 0 ? "-" : std::to_string(reached).c_str(),
                1e3 * r.training_time.count() / static_cast<double>(r.accuracy.size() - 1),
                1e3 * r.activation_time.count(), 100 * (r.activation_time / r.training_time),
                100 * r.zeros[0].back(), 100 * r.zeros[1].back(), r.dead[0], r.dead[1]);
  }
  std::printf(
      "\nAccuracy and zeros are of the held-out digits after the last epoch. Time in the activation is\n"
      "that of forward and backward over all epochs. A dead unit is 0 for every training digit.\n");
}

std::string draw(const record& rectifier, const record& sigmoid, const record& tanh) {
  const std::string orange = "#d55e00", blue = "#0072b2", green = "#009e73", grey = "#777777";

  // Most of what there is to see is near the top, unless the digits are too hard.
  const double least = std::min({rectifier.accuracy.back(), sigmoid.accuracy.back(), tanh.accuracy.back()});
  panel accuracy{"Test accuracy"};
  accuracy.lowest = least > 0.85 ? 0.8 : 0.0;
  accuracy.mark = goal;
  accuracy.curves = {{"ReLU", orange, rectifier.accuracy},
                     {"sigmoid", blue, sigmoid.accuracy},
                     {"tanh", green, tanh.accuracy}};

  std::vector<double> others; // the most in either layer with sigmoid or tanh
  for (std::size_t epoch = 0; epoch < sigmoid.accuracy.size(); ++epoch)
    others.push_back(std::max(
        {sigmoid.zeros[0][epoch], sigmoid.zeros[1][epoch], tanh.zeros[0][epoch], tanh.zeros[1][epoch]}));
  constexpr bool dashed = true;
  panel zeros{"Zeros in the hidden layers"};
  zeros.curves = {{"ReLU layer 1", orange, rectifier.zeros[0]},
                  {"ReLU layer 2", orange, rectifier.zeros[1], dashed},
                  {"sigmoid, tanh", grey, others}};

  return plot({accuracy, zeros});
}

void run(const options& chosen) {
  const dataset digits = read_digits(chosen.data);
  check_replaceable(chosen.svg);

  const std::string_view isa = relu::isa();
  std::printf("%d digits, a third of them held out; activations on %.*s\n", digits.size(),
              static_cast<int>(isa.size()), isa.data());
  const std::vector records{train("ReLU", relu::rectifier{}, digits, chosen.epochs, chosen.seed),
                            train("sigmoid", relu::sigmoid{}, digits, chosen.epochs, chosen.seed),
                            train("tanh", relu::tanh{}, digits, chosen.epochs, chosen.seed)};
  print_table(records);

  replace_file(chosen.svg, draw(records[0], records[1], records[2]));
  std::printf("\nPlot: %s\n", chosen.svg.c_str());
}

} // namespace

int main(int count, char** values) {
  try {
    const options chosen = parse({values + 1, values + count});
    if (chosen.help) print_help();
    else run(chosen);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
      throw std::runtime_error("standard output: cannot be written");
    return 0;
  } catch (const usage_error& error) {
    std::fprintf(stderr, "digits: %s; see digits --help\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "digits: %s\n", error.what());
    return 1;
  }
}
