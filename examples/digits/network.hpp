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
#include <vector>

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

  /// Its weights and biases.
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

// What an activation keeps until backward. Both give the same gradients, to the last bit.

/// Its inputs.
struct saved_inputs {
  matrix inputs;

  /// Where the inputs of y go.
  matrix& before(matrix&) { return inputs; }
  /// Makes room for as many outputs as there are inputs now.
  void prepare(matrix& y) { y.resizeLike(inputs); }

  template <class Activation> void forward(const Activation& activation, matrix& y) {
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
      saved_[i].prepare(hidden_[i]);
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

  /// All weights and biases, to compare their bits.
  std::vector<float> parameters() const {
    std::vector<float> all;
    for (const dense& layer : layers_) layer.append_to(all);
    return all;
  }

private:
  const matrix& input_of(std::size_t layer, const matrix& x) const {
    return layer == 0 ? x : hidden_[layer - 1];
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
};
