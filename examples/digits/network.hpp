// A fully connected network with two hidden layers. Eigen multiplies the matrices, relu does the activations.
#pragma once

#include "data.hpp"
#include "random.hpp"
#include <relu/relu.hpp>

#include <Eigen/Core>

#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <span>

using seconds = std::chrono::duration<double>;
using stopwatch = std::chrono::steady_clock;

/// The elements of a matrix as a contiguous range, which is what relu takes.
inline std::span<float> flat(matrix& m) { return {m.data(), static_cast<std::size_t>(m.size())}; }
inline std::span<const float> flat(const matrix& m) { return {m.data(), static_cast<std::size_t>(m.size())}; }

/// z = W x + b for each column x, and gradient descent with momentum on W and b.
class dense {
public:
  dense(int inputs, int outputs, random_source& random)
      : weights_(outputs, inputs),
        weight_step_(matrix::Zero(outputs, inputs)),
        bias_(vector::Zero(outputs)),
        bias_step_(vector::Zero(outputs)) {
    // Variance 2 / inputs: K. He and others, "Delving deep into rectifiers", ICCV 2015. Made for ReLU, and
    // here better for sigmoid and tanh, too, than half of it.
    const float bound = std::sqrt(6.0f / static_cast<float>(inputs));
    for (float& weight : flat(weights_)) weight = random.uniform(bound);
  }

  void forward(const matrix& x, matrix& z) const {
    z.noalias() = weights_ * x;
    z.colwise() += bias_;
  }

  /// The gradient of x.
  matrix backward(const matrix& dz) const { return weights_.transpose() * dz; }

  /// One step against the gradient of W and b.
  void descend(const matrix& x, const matrix& dz) {
    weight_step_ *= momentum;
    weight_step_.noalias() -= learning_rate * dz * x.transpose();
    weights_ += weight_step_;
    bias_step_ = momentum * bias_step_ - learning_rate * dz.rowwise().sum();
    bias_ += bias_step_;
  }

private:
  static constexpr float learning_rate = 0.05f;
  static constexpr float momentum = 0.9f;

  matrix weights_, weight_step_;
  vector bias_, bias_step_;
};

inline constexpr std::size_t hidden_layers = 2;
inline constexpr std::array<int, hidden_layers> hidden_units{128, 64};

/// 64-128-64-10, with the same activation after both hidden layers.
template <class Activation> class network {
public:
  network(Activation activation, random_source& random)
      : activation_(activation),
        layers_{dense(pixels_per_digit, hidden_units[0], random),
                dense(hidden_units[0], hidden_units[1], random), dense(hidden_units[1], classes, random)} {}

  /// The scores of the ten digits, a column for each column of x.
  const matrix& forward(const matrix& x) {
    for (std::size_t i = 0; i < hidden_layers; ++i) {
      layers_[i].forward(input_of(i, x), before_[i]);
      after_[i].resizeLike(before_[i]);
      timed([&] { relu::forward(activation_, flat(before_[i]), flat(after_[i])); });
    }
    layers_.back().forward(after_.back(), scores_);
    return scores_;
  }

  /// One step of gradient descent on the cross-entropy of the softmax of the scores.
  void train(const dataset& batch) {
    // The gradient of the scores: softmax, minus 1 at the right digit, divided by how many images there are.
    matrix gradient = forward(batch.pixels);
    gradient.rowwise() -= gradient.colwise().maxCoeff().eval(); // so that exp does not overflow
    gradient = gradient.array().exp();
    gradient.array().rowwise() /= gradient.array().colwise().sum().eval();
    for (Eigen::Index i = 0; i < batch.size(); ++i) gradient(batch.digit(i), i) -= 1;
    gradient /= static_cast<float>(batch.size());

    for (std::size_t i = hidden_layers; i > 0; --i) {
      matrix previous = layers_[i].backward(gradient);
      layers_[i].descend(after_[i - 1], gradient);
      timed([&] {
        relu::backward(activation_, flat(previous), flat(before_[i - 1]), flat(previous));
      }); // in place
      gradient.swap(previous);
    }
    layers_.front().descend(batch.pixels, gradient);
  }

  /// What the hidden layers gave in the last call of forward: a row for each unit, a column for each image.
  const std::array<matrix, hidden_layers>& hidden() const { return after_; }

  /// The time spent in relu::forward and relu::backward so far.
  seconds activation_time() const { return activation_time_; }

private:
  const matrix& input_of(std::size_t layer, const matrix& x) const {
    return layer == 0 ? x : after_[layer - 1];
  }

  template <class Work> void timed(Work work) {
    const auto start = stopwatch::now();
    work();
    activation_time_ += stopwatch::now() - start;
  }

  Activation activation_;
  std::array<dense, hidden_layers + 1> layers_;
  std::array<matrix, hidden_layers> before_, after_; // before and after the activation
  matrix scores_;
  seconds activation_time_{};
};
