// SPDX-License-Identifier: MIT
// XNNPACK, which has no backward. An operator is created once. Each timed call sets it up for its arrays and
// runs it.
#include "contenders.hpp"

#include <limits>
#include <xnnpack.h>

namespace bench {
namespace {

using creator = xnn_status (*)(xnn_operator_t* created);

// Returns null on failure. The results are then wrong, which main.cpp reports.
xnn_operator_t create_operator(creator create) {
  xnn_operator_t created = nullptr;
  if (xnn_initialize(nullptr) == xnn_status_success) create(&created);
  return created;
}

template <auto SetUp, creator Create> void forward(const float* x, float* y, std::size_t n) {
  static const xnn_operator_t f = create_operator(Create);
  if (SetUp(f, n, x, y, nullptr) == xnn_status_success) xnn_run_operator(f, nullptr);
}

template <auto SetUp, creator Create>
constexpr entry entry_of(std::string_view function, std::string_view operation = "forward") {
  return {operation, function, "float", erased<float, forward<SetUp, Create>>};
}

using op = xnn_operator_t*;
constexpr float inf = std::numeric_limits<float>::infinity();
constexpr creator relu = [](op f) { return xnn_create_clamp_nc_f32(1, 1, 1, 0, inf, 0, f); };

constexpr entry entries[]{
    entry_of<xnn_setup_clamp_nc_f32, relu>("relu"),
    entry_of<xnn_setup_clamp_nc_f32, relu>("relu", "in place"),
    entry_of<xnn_setup_leaky_relu_nc_f32,
             [](op f) { return xnn_create_leaky_relu_nc_f32(1, 1, 1, 0.01f, 0, f); }>("leaky_relu"),
    entry_of<xnn_setup_clamp_nc_f32, [](op f) { return xnn_create_clamp_nc_f32(1, 1, 1, 0, 6, 0, f); }>(
        "clipped_relu"),
    entry_of<xnn_setup_sigmoid_nc_f32, [](op f) { return xnn_create_sigmoid_nc_f32(1, 1, 1, 0, f); }>(
        "sigmoid"),
    entry_of<xnn_setup_elu_nc_f32, [](op f) { return xnn_create_elu_nc_f32(1, 1, 1, 1, 0, f); }>("elu"),
    entry_of<xnn_setup_clamp_nc_f32, [](op f) { return xnn_create_clamp_nc_f32(1, 1, 1, -1, 1, 0, f); }>(
        "hard_tanh"),
    entry_of<xnn_setup_hardswish_nc_f32, [](op f) { return xnn_create_hardswish_nc_f32(1, 1, 1, 0, f); }>(
        "hard_swish")};

} // namespace

constinit const contender RELU_BENCH_CONTENDER{"XNNPACK", "", contract::numbers, entries};

} // namespace bench
