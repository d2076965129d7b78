// Trains one network and records how it goes.
#pragma once

#include "data.hpp"
#include "network.hpp"
#include "random.hpp"
#include <relu/relu.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

/// The record of training one network. Element 0 of a vector of shares is from before training, and element i
/// from after epoch i. Shares are between 0 and 1.
struct record {
  std::string name;
  std::vector<double> accuracy;                         // share of test images that are classified correctly
  std::array<std::vector<double>, hidden_layers> zeros; // share of zeros in the outputs for the test set
  std::array<std::vector<double>, hidden_layers> dead;  // share of units that are 0 for all training images
  seconds training_time{};                              // without testing
  seconds activation_time{};                            // the part of training_time in relu's calls
  std::size_t bytes_saved = 0;                          // by the activations for backward, for one batch
  std::vector<float> parameters;                        // after the last epoch

  /// Returns the first epoch after which this accuracy was reached, or -1.
  int epochs_to(double goal) const {
    const auto first = std::find_if(accuracy.begin(), accuracy.end(), [=](double a) { return a >= goal; });
    return first == accuracy.end() ? -1 : static_cast<int>(first - accuracy.begin());
  }
};

/// Returns the digit with the highest score in each column.
inline Eigen::VectorXi answers_of(const matrix& scores) {
  Eigen::VectorXi answers(scores.cols());
  for (Eigen::Index i = 0; i < scores.cols(); ++i) scores.col(i).maxCoeff(&answers(i));
  return answers;
}

/// Returns the share of columns whose highest score is that of the correct digit.
inline double accuracy_of(const matrix& scores, const Eigen::VectorXi& digit) {
  const auto correct = (answers_of(scores).array() == digit.array()).count();
  return static_cast<double>(correct) / static_cast<double>(digit.size());
}

/// The digits in two parts.
struct split {
  dataset test, training;
};

/// Returns a random third of the digits to test with, and the others to train with.
inline split hold_out_third(const dataset& digits, random_source& random) {
  const std::vector<int> order = random.permutation(digits.size());
  const auto held_out = order.size() / 3;
  return {subset(digits, std::span(order).first(held_out)),
          subset(digits, std::span(order).subspan(held_out))};
}

inline constexpr int batch_size = 16;

/// Trains a network with each image once, in random order.
template <class Network> void train_epoch(Network& net, const dataset& training_set, random_source& random) {
  const std::vector<int> images = random.permutation(training_set.size());
  for (std::span<const int> left = images; !left.empty();) {
    const auto count = std::min(std::size_t{batch_size}, left.size());
    net.train(subset(training_set, left.first(count)));
    left = left.subspan(count);
  }
}

/// Trains a network on two thirds of the digits, tests it on the others after each epoch, and prints the
/// progress. All random choices depend only on the seed, so that every activation has the same test set, the
/// same initial weights and the same order of images.
template <class Saved, class Activation>
record train(const char* name, Activation activation, const dataset& digits, int epochs, std::uint32_t seed) {
  const int epochs_per_line = std::max(1, epochs / 8);
  const int epoch_width = static_cast<int>(std::to_string(epochs).size());

  random_source random(seed);
  const split parts = hold_out_third(digits, random);
  const dataset &test_set = parts.test, &training_set = parts.training;
  network<Activation, Saved> net(activation, random);
  record result;
  result.name = name;

  const auto test = [&] {
    result.accuracy.push_back(accuracy_of(net.forward(test_set.pixels), test_set.digit));
    for (std::size_t i = 0; i < hidden_layers; ++i)
      result.zeros[i].push_back(relu::sparsity(flat(net.hidden()[i])));

    net.forward(training_set.pixels);
    for (std::size_t i = 0; i < hidden_layers; ++i) {
      relu::unit_activity activity(static_cast<std::size_t>(hidden_units[i]));
      const matrix magnitudes = net.hidden()[i].cwiseAbs(); // a negative output of tanh is not dead either
      activity.update(flat(magnitudes));
      result.dead[i].push_back(static_cast<double>(activity.dead().count()) / hidden_units[i]);
    }
  };

  test();
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    const auto activation_time_before = net.activation_time();
    const auto start = stopwatch::now();
    train_epoch(net, training_set, random);
    result.training_time += stopwatch::now() - start;
    result.activation_time += net.activation_time() - activation_time_before;

    test();
    if (epoch % epochs_per_line == 0 || epoch == epochs) {
      std::printf("%-13s  epoch %*d of %d   test accuracy %5.1f %%\n", name, epoch_width, epoch, epochs,
                  100 * result.accuracy.back());
      std::fflush(stdout);
    }
  }

  net.forward(training_set.pixels.leftCols(std::min(batch_size, training_set.size())));
  result.bytes_saved = net.bytes_saved();
  result.parameters = net.parameters();
  return result;
}
