// SPDX-License-Identifier: MIT
// XNNPACK, which has no backward. The operators are made once; to set one up for an array is part of its
// call.
#include "contenders.hpp"

#include <limits>
#include <xnnpack.h>

namespace bench {
namespace {

xnn_operator_t made(auto create) {
  xnn_operator_t made = nullptr;
  if (xnn_initialize(nullptr) == xnn_status_success) create(&made);
  return made; // null: the results will be wrong, which is found
}

void forward(const float* x, float* y, std::size_t n) {
  static const xnn_operator_t relu = made([](xnn_operator_t* made) {
    xnn_create_clamp_nc_f32(1, 1, 1, 0, std::numeric_limits<float>::infinity(), 0, made);
  });
  if (xnn_setup_clamp_nc_f32(relu, n, x, y, nullptr) == xnn_status_success) xnn_run_operator(relu, nullptr);
}

void sigmoid(const float* x, float* y, std::size_t n) {
  static const xnn_operator_t sigmoid =
      made([](xnn_operator_t* made) { xnn_create_sigmoid_nc_f32(1, 1, 1, 0, made); });
  if (xnn_setup_sigmoid_nc_f32(sigmoid, n, x, y, nullptr) == xnn_status_success)
    xnn_run_operator(sigmoid, nullptr);
}

constexpr entry entries[]{{"forward", "relu", "float", erased<float, forward>},
                          {"in place", "relu", "float", erased<float, forward>},
                          {"forward", "sigmoid", "float", erased<float, sigmoid>}};

} // namespace

constinit const contender RELU_BENCH_CONTENDER{"XNNPACK", "", contract::numbers, entries};

} // namespace bench
