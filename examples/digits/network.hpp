// A fully connected network with two hidden layers. Eigen multiplies the matrices, and relu computes the
// activations.
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
#include <vector>

using seconds = std::chrono::duration<double>;
using stopwatch = std::chrono::steady_clock;

/// Returns the elements of a matrix as a contiguous range, which relu needs.
inline std::span<float> flat(matrix& m) { return {m.data(), static_cast<std::size_t>(m.size())}; }
inline std::span<const float> flat(const matrix& m) { return {m.data(), static_cast<std::size_t>(m.size())}; }

/// Computes z = W x + b for each column x, and updates W and b by gradient descent with momentum.
class dense {
public:
  dense(int inputs, int outputs, random_source& random)
      : weights_(outputs, inputs),
        weight_step_(matrix::Zero(outputs, inputs)),
        bias_(vector::Zero(outputs)),
        bias_step_(vector::Zero(outputs)) {
    // Variance 2 / inputs: K. He and others, "Delving deep into rectifiers", ICCV 2015. The paper derives it
    // for ReLU. In this network, it is also better for sigmoid and tanh than 1 / inputs.
    const float bound = std::sqrt(6.0f / static_cast<float>(inputs));
    for (float& weight : flat(weights_)) weight = random.uniform(bound);
  }

  void forward(const matrix& x, matrix& z) const {
    z.noalias() = weights_ * x;
    z.colwise() += bias_;
  }

  /// Returns the gradient of x from that of z.
  matrix backward(const matrix& dz) const { return weights_.transpose() * dz; }

  /// Takes one step of gradient descent on W and b.
  void descend(const matrix& x, const matrix& dz) {
    weight_step_ *= momentum;
    weight_step_.noalias() -= learning_rate * dz * x.transpose();
    weights_ += weight_step_;
    bias_step_ = momentum * bias_step_ - learning_rate * dz.rowwise().sum();
    bias_ += bias_step_;
  }

  const matrix& weights() const { return weights_; }
  const vector& bias() const { return bias_; }

  /// Appends all weights and biases.
  void append_to(std::vector<float>& all) const {
    all.insert(all.end(), weights_.data(), weights_.data() + weights_.size());
    all.insert(all.end(), bias_.data(), bias_.data() + bias_.size());
  }

private:
  static constexpr float learning_rate = 0.05f;
  static constexpr float momentum = 0.9f;

  matrix weights_, weight_step_;
  vector bias_, bias_step_;
};

// An activation can save its inputs or a mask for backward. Both give the same gradients, to the last bit.

/// Saves the inputs of an activation for backward.
struct saved_inputs {
  matrix inputs;

  /// Returns the matrix for the inputs of the activation with outputs y.
  matrix& input_of(matrix&) { return inputs; }
  /// Makes room for the outputs y. Call it when the inputs are complete.
  void prepare(matrix& y) { y.resizeLike(inputs); }

  template <class Activation> void forward(const Activation& activation, matrix& y) {
    relu::forward(activation, flat(inputs), flat(y));
  }
  template <class Activation> void backward(const Activation& activation, matrix& gradient) const {
    relu::backward(activation, flat(gradient), flat(inputs), flat(gradient));
  }
  std::size_t bytes() const { return flat(inputs).size_bytes(); }
};

/// Saves one bit per element for backward. The activation overwrites its inputs with its outputs.
struct saved_mask {
  relu::bitmask mask;

  matrix& input_of(matrix& y) { return y; }
  void prepare(matrix& y) {
    if (mask.size() != flat(y).size()) mask = relu::bitmask(flat(y).size());
  }

  template <class Activation> void forward(const Activation& activation, matrix& y) {
    relu::forward(activation, flat(y), mask);
  }
  template <class Activation> void backward(const Activation& activation, matrix& gradient) const {
    relu::backward(activation, flat(gradient), mask, flat(gradient));
  }
  std::size_t bytes() const { return mask.bytes().size(); }
};

inline constexpr std::size_t hidden_layers = 2;
inline constexpr std::array<int, hidden_layers> hidden_units{128, 64};
using dense_layers = std::array<dense, hidden_layers + 1>;

/// A network with 64 inputs, hidden layers of 128 and 64 units, and 10 outputs. Both hidden layers have the
/// same activation.
template <class Activation, class Saved> class network {
public:
  network(Activation activation, random_source& random)
      : activation_(activation),
        layers_{dense(pixels_per_digit, hidden_units[0], random),
                dense(hidden_units[0], hidden_units[1], random), dense(hidden_units[1], classes, random)} {}

  /// Returns the scores of the ten digits, one column for each column of x.
  const matrix& forward(const matrix& x) {
    for (std::size_t i = 0; i < hidden_layers; ++i) {
      layers_[i].forward(input_of_layer(i, x), saved_[i].input_of(hidden_[i]));
      saved_[i].prepare(hidden_[i]);
      timed([&] { saved_[i].forward(activation_, hidden_[i]); });
    }
    layers_.back().forward(hidden_.back(), scores_);
    return scores_;
  }

  /// Takes one step of gradient descent on the cross-entropy of the softmax of the scores.
  void train(const dataset& batch) {
    // The gradient of the scores is softmax, minus 1 at the correct digit, divided by the number of images.
    matrix gradient = forward(batch.pixels);
    gradient.rowwise() -= gradient.colwise().maxCoeff().eval(); // keeps exp from overflowing
    gradient = gradient.array().exp();
    gradient.array().rowwise() /= gradient.array().colwise().sum().eval();
    for (Eigen::Index i = 0; i < batch.size(); ++i) gradient(batch.digit(i), i) -= 1;
    gradient /= static_cast<float>(batch.size());

    for (std::size_t i = hidden_layers; i > 0; --i) {
      matrix previous = layers_[i].backward(gradient);
      layers_[i].descend(hidden_[i - 1], gradient);
      timed([&] { saved_[i - 1].backward(activation_, previous); });
      gradient.swap(previous);
    }
    layers_.front().descend(batch.pixels, gradient);
  }

  /// Returns the hidden layers and then the output layer.
  const dense_layers& layers() const { return layers_; }

  /// Returns the outputs of the hidden layers in the last call of forward, with a row per unit and a column
  /// per image.
  const std::array<matrix, hidden_layers>& hidden() const { return hidden_; }

  /// Returns the time spent in relu::forward and relu::backward so far.
  seconds activation_time() const { return activation_time_; }

  /// Returns how many bytes the activations saved for backward in the last call of forward.
  std::size_t bytes_saved() const {
    std::size_t bytes = 0;
    for (const Saved& saved : saved_) bytes += saved.bytes();
    return bytes;
  }

  /// Returns all weights and biases.
  std::vector<float> parameters() const {
    std::vector<float> all;
    for (const dense& layer : layers_) layer.append_to(all);
    return all;
  }

private:
  const matrix& input_of_layer(std::size_t layer, const matrix& x) const {
    return layer == 0 ? x : hidden_[layer - 1];
  }

  template <class Work> void timed(Work work) {
    const auto start = stopwatch::now();
    work();
    activation_time_ += stopwatch::now() - start;
  }

  Activation activation_;
  dense_layers layers_;
  std::array<matrix, hidden_layers> hidden_;
  std::array<Saved, hidden_layers> saved_;
  matrix scores_;
  seconds activation_time_{};
};
