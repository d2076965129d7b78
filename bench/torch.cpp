// SPDX-License-Identifier: MIT
// PyTorch's C++ interface, on one thread. The tensors are made once for each array; outputs are given.
#include "contenders.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/api/include/torch/version.h>

namespace bench {
namespace {

// A tensor over the array that was asked for last.
template <int Place> at::Tensor& over(const float* data, std::size_t n) {
  static const float* at = nullptr;
  static std::size_t size = 0;
  static at::Tensor tensor;
  if (at != data || size != n) {
    at::set_num_threads(1);
    tensor = at::from_blob(const_cast<float*>(data), {static_cast<std::int64_t>(n)}, at::kFloat);
    at = data;
    size = n;
  }
  return tensor;
}

void relu(const float* x, float* y, std::size_t n) {
  const c10::InferenceMode no_graph;
  if (x == y) at::relu_(over<0>(y, n));
  else at::clamp_min_out(over<1>(y, n), over<0>(x, n), 0); // what at::relu is, but for where the result goes
}

void relu_backward(const float* dy, const float* x, float* dx, std::size_t n) {
  const c10::InferenceMode no_graph;
  at::threshold_backward_out(over<1>(dx, n), over<2>(dy, n), over<0>(x, n), 0);
}

void sigmoid(const float* x, float* y, std::size_t n) {
  const c10::InferenceMode no_graph;
  at::sigmoid_out(over<1>(y, n), over<0>(x, n));
}

void tanh(const float* x, float* y, std::size_t n) {
  const c10::InferenceMode no_graph;
  at::tanh_out(over<1>(y, n), over<0>(x, n));
}

constexpr entry entries[]{{"forward", "relu", "float", erased<float, relu>},
                          {"in place", "relu", "float", erased<float, relu>},
                          {"backward", "relu", "float", erased_backward<float, relu_backward>},
                          {"forward", "sigmoid", "float", erased<float, sigmoid>},
                          {"forward", "tanh", "float", erased<float, tanh>}};

} // namespace

constinit const contender RELU_BENCH_CONTENDER{"PyTorch", "", contract::numbers, entries, TORCH_VERSION};

} // namespace bench
