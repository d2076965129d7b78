// Trains the same network on handwritten digits with ReLU, sigmoid and tanh, and compares them.
#include "data.hpp"
#include "network.hpp"
#include "plot.hpp"
#include "training.hpp"
#include <relu/relu.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <initializer_list>
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
  bool fast = false;
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
    else if (option == "--fast") chosen.fast = true;
    else throw usage_error("unknown option '" + option + "'");
  }
  return chosen;
}

void print_help() {
  const options defaults;
  std::printf(
      "Usage: digits [option...]\n"
      "Trains a small network on handwritten digits with ReLU, sigmoid and tanh, and compares them.\n\n"
      "  --data FILE   digits: each line has 64 pixels, 0 to 16, and a digit, separated by commas\n"
      "                (default: %s)\n"
      "  --svg FILE    file for the plot (default: %s)\n"
      "  --epochs N    number of passes over the training images (default: %d)\n"
      "  --seed N      seed of all random numbers (default: %u)\n"
      "  --fast        also train with sigmoid and tanh in relu's fast tier\n"
      "  --help        print this help\n",
      defaults.data.c_str(), defaults.svg.c_str(), defaults.epochs, defaults.seed);
}

void print_table(const std::vector<record>& records) {
  std::printf("\n%-13s%8s%11s%10s%23s%11s%17s%13s\n", "", "test", "epochs to", "time per",
              "in the activation", "bytes kept", "zeros in layer", "dead in");
  std::printf("%-13s%8s%9.0f %%%10s%14s%9s%11s%9s%8s%7s%6s\n", "", "accuracy", 100 * goal, "epoch", "total",
              "share", "for backw.", "1", "2", "1", "2");
  for (const record& r : records) {
    const int reached = r.epochs_to(goal);
    const auto dead = [&](std::size_t layer) { return r.dead[layer].back() * hidden_units[layer]; };
    std::printf("%-13s%6.1f %%%11s%7.1f ms%11.1f ms%7.1f %%%11zu%7.1f %%%6.1f %%%7.0f%6.0f\n", r.name.c_str(),
                100 * r.accuracy.back(), reached < 0 ? "-" : std::to_string(reached).c_str(),
                1e3 * r.training_time.count() / static_cast<double>(r.accuracy.size() - 1),
                1e3 * r.activation_time.count(), 100 * (r.activation_time / r.training_time), r.bytes_saved,
                100 * r.zeros[0].back(), 100 * r.zeros[1].back(), dead(0), dead(1));
  }
  std::printf(
      "\nAccuracy and zeros are measured on the held-out digits after the last epoch. The time in the\n"
      "activation is the total of its forward and backward calls over all epochs. The bytes kept for\n"
      "backward are those of one batch: the inputs of the activations, or one bit for each input.\n"
      "A dead unit is 0 for every training digit.\n");
}

// Prints whether the table shows the same accuracy and epochs for the fast tier as for the default tier.
void compare_tiers(const record& in_default, const record& in_fast) {
  const auto shown = [](const record& r) { return std::round(1000 * r.accuracy.back()); };
  const bool same =
      shown(in_fast) == shown(in_default) && in_fast.epochs_to(goal) == in_default.epochs_to(goal);
  std::printf(same ? "%s: accuracy and epochs are the same as with %s, to the digit shown.\n"
                   : "%s: accuracy or epochs differ from those with %s.\n",
              in_fast.name.c_str(), in_default.name.c_str());
}

// Returns the largest of several curves at each epoch.
std::vector<double> maximum_of(std::initializer_list<const std::vector<double>*> curves) {
  std::vector<double> largest = **curves.begin();
  for (const std::vector<double>* c : curves)
    std::transform(c->begin(), c->end(), largest.begin(), largest.begin(),
                   [](double a, double b) { return std::max(a, b); });
  return largest;
}

std::string draw(const record& rectifier, const record& sigmoid, const record& tanh) {
  const std::string orange = "#d55e00", blue = "#0072b2", green = "#009e73", grey = "#777777";

  // Enlarge the top of the axis, where the curves differ most, if all networks have learned the digits.
  const double least = std::min({rectifier.accuracy.back(), sigmoid.accuracy.back(), tanh.accuracy.back()});
  panel accuracy{"Test accuracy"};
  accuracy.lowest = least > 0.85 ? 0.8 : 0.0;
  accuracy.mark = goal;
  accuracy.curves = {{"ReLU", orange, rectifier.accuracy},
                     {"sigmoid", blue, sigmoid.accuracy},
                     {"tanh", green, tanh.accuracy}};

  constexpr bool dashed = true;
  panel zeros{"Zeros in the hidden layers"};
  zeros.curves = {{"ReLU layer 1", orange, rectifier.zeros[0]},
                  {"ReLU layer 2", orange, rectifier.zeros[1], dashed},
                  {"sigmoid, tanh", grey,
                   maximum_of({&sigmoid.zeros[0], &sigmoid.zeros[1], &tanh.zeros[0], &tanh.zeros[1]})}};

  panel dead{"Dead units"};
  dead.curves = {{"ReLU layer 1", orange, rectifier.dead[0]},
                 {"ReLU layer 2", orange, rectifier.dead[1], dashed},
                 {"sigmoid, tanh", grey,
                  maximum_of({&sigmoid.dead[0], &sigmoid.dead[1], &tanh.dead[0], &tanh.dead[1]})}};
  double most = 0;
  for (const curve& c : dead.curves)
    most = std::max(most, *std::max_element(c.shares.begin(), c.shares.end()));
  dead.highest = std::max(1.0, std::ceil(25 * most)) / 25; // so that the ticks are whole percentages

  return plot({accuracy, zeros, dead});
}

void run(const options& chosen) {
  const dataset digits = read_digits(chosen.data);
  check_replaceable(chosen.svg);

  const std::string_view isa = relu::isa();
  std::printf("%d digits, a third of them held out; activations on %.*s\n", digits.size(),
              static_cast<int>(isa.size()), isa.data());
  const auto train_with = [&](const char* name, auto activation) {
    return train<saved_inputs>(name, activation, digits, chosen.epochs, chosen.seed);
  };
  std::vector records{train_with("ReLU", relu::rectifier{}),
                      train<saved_mask>("ReLU, masks", relu::rectifier{}, digits, chosen.epochs, chosen.seed),
                      train_with("sigmoid", relu::sigmoid{}), train_with("tanh", relu::tanh{})};
  if (chosen.fast) {
    records.push_back(train_with("sigmoid, fast", relu::fast{relu::sigmoid{}}));
    records.push_back(train_with("tanh, fast", relu::fast{relu::tanh{}}));
  }
  print_table(records);
  const auto &kept = records[0].parameters, &masked = records[1].parameters;
  if (kept.size() != masked.size() ||
      std::memcmp(kept.data(), masked.data(), kept.size() * sizeof(float)) != 0)
    throw std::runtime_error("ReLU with masks has learned other weights than ReLU with saved inputs");
  std::printf("Masks give the same gradients as saved inputs: after the last epoch, all weights have the "
              "same bits.\n");
  if (chosen.fast) {
    compare_tiers(records[2], records[4]);
    compare_tiers(records[3], records[5]);
  }

  replace_file(chosen.svg, draw(records[0], records[2], records[3]));
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
