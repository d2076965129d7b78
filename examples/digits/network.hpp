// A fully connected network with two hidden layers. Eigen multiplies the matrices, relu does the activations.
#pragma once

#include "data.hpp"
#include "random.hpp"
#include <relu/relu.hpp>

#include <Eigen/Core>

#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
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

// What an activation keeps until backward. Both give the same gradients, to the last bit.

/// Its inputs.
struct saved_inputs {
  matrix inputs;

  /// Where the inputs of y go.
  matrix& before(matrix&) { return inputs; }

  template <class Activation> void forward(const Activation& activation, matrix& y) {
    y.resizeLike(inputs);
    relu::forward(activation, flat(inputs), flat(y));
  }
  template <class Activation> void backward(const Activation& activation, matrix& gradient) const {
    relu::backward(activation, flat(gradient), flat(inputs), flat(gradient));
  }
  std::size_t bytes() const { return flat(inputs).size_bytes(); }
};

/// A bit for each of them: the activation works in place.
struct saved_mask {
  relu::bitmask mask;

  matrix& before(matrix& y) { return y; }

  template <class Activation> void forward(const Activation& activation, matrix& y) {
    if (mask.size() != flat(y).size()) mask = relu::bitmask(flat(y).size());
    relu::forward(activation, flat(y), mask);
  }
  template <class Activation> void backward(const Activation& activation, matrix& gradient) const {
    relu::backward(activation, flat(gradient), mask, flat(gradient));
  }
  std::size_t bytes() const { return mask.bytes().size(); }
};

inline constexpr std::size_t hidden_layers = 2;
inline constexpr std::array<int, hidden_layers> hidden_units{128, 64};

/// 64-128-64-10, with the same activation after both hidden layers.
template <class Activation, class Saved> class network {
public:
  network(Activation activation, random_source& random)
      : activation_(activation),
        layers_{dense(pixels_per_digit, hidden_units[0], random),
                dense(hidden_units[0], hidden_units[1], random), dense(hidden_units[1], classes, random)} {}

  /// The scores of the ten digits, a column for each column of x.
  const matrix& forward(const matrix& x) {
    for (std::size_t i = 0; i < hidden_layers; ++i) {
      layers_[i].forward(input_of(i, x), saved_[i].before(hidden_[i]));
      timed([&] { saved_[i].forward(activation_, hidden_[i]); });
    }
    layers_.back().forward(hidden_.back(), scores_);
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
      layers_[i].descend(hidden_[i - 1], gradient);
      timed([&] { saved_[i - 1].backward(activation_, previous); });
      gradient.swap(previous);
      remember(gradient);
    }
    layers_.front().descend(batch.pixels, gradient);
  }

  /// What the hidden layers gave in the last call of forward: a row for each unit, a column for each image.
  const std::array<matrix, hidden_layers>& hidden() const { return hidden_; }

  /// The time spent in relu::forward and relu::backward so far.
  seconds activation_time() const { return activation_time_; }

  /// What the activations kept in the last call of forward for a call of backward.
  std::size_t bytes_saved() const {
    std::size_t bytes = 0;
    for (const Saved& saved : saved_) bytes += saved.bytes();
    return bytes;
  }

  /// A hash of the bits of all gradients that came out of the activations so far.
  std::uint64_t gradients() const { return gradients_; }

private:
  const matrix& input_of(std::size_t layer, const matrix& x) const {
    return layer == 0 ? x : hidden_[layer - 1];
  }

  void remember(const matrix& gradient) {
    std::uint64_t sum = 0, place = 1;
    for (const float g : flat(gradient)) sum += std::bit_cast<std::uint32_t>(g) * (place += 2);
    gradients_ = 31 * gradients_ + sum;
  }

  template <class Work> void timed(Work work) {
    const auto start = stopwatch::now();
    work();
    activation_time_ += stopwatch::now() - start;
  }

  Activation activation_;
  std::array<dense, hidden_layers + 1> layers_;
  std::array<matrix, hidden_layers> hidden_;
  std::array<Saved, hidden_layers> saved_;
  matrix scores_;
  seconds activation_time_{};
  std::uint64_t gradients_ = 0;
};
