// SPDX-License-Identifier: MIT
// XNNPACK of November 2024 or later, which has no backward. An operator is created once and gets its shape
// once for each size. Each timed call sets it up for its arrays and runs it.
#include "contenders.hpp"

#include <array>
#include <iterator>
#include <limits>
#include <utility>
#include <xnnpack.h>

namespace bench {
namespace {

struct unary {
  std::string_view name;
  xnn_unary_operator kind;
  xnn_unary_params params{};
};
constexpr float inf = std::numeric_limits<float>::infinity();
constexpr unary functions[]{{"relu", xnn_unary_clamp, {.clamp = {0, inf}}},
                            {"leaky_relu", xnn_unary_leaky_relu, {.leaky_relu = {0.01f}}},
                            {"clipped_relu", xnn_unary_clamp, {.clamp = {0, 6}}},
                            {"sigmoid", xnn_unary_sigmoid},
                            {"tanh", xnn_unary_tanh},
                            {"elu", xnn_unary_elu, {.elu = {1}}},
                            {"celu", xnn_unary_elu, {.elu = {1}}}, // the same function for alpha = 1
                            {"gelu", xnn_unary_gelu},
                            {"hard_tanh", xnn_unary_clamp, {.clamp = {-1, 1}}},
                            {"hard_swish", xnn_unary_hardswish}};

// Returns null on failure.
xnn_operator_t create_operator(const unary& f) {
  xnn_operator_t created = nullptr;
  if (xnn_initialize(nullptr) == xnn_status_success)
    xnn_create_unary_elementwise_nc(f.kind, xnn_datatype_fp32, xnn_datatype_fp32, &f.params, nullptr, nullptr,
                                    0, &created);
  return created;
}

// Leaves wrong results on failure, which main.cpp reports.
template <std::size_t I> void forward(const float* x, float* y, std::size_t n) {
  static const xnn_operator_t f = create_operator(functions[I]);
  static std::size_t size = 0;
  if (!f) return;
  if (size != n) xnn_reshape_unary_elementwise_nc(f, size = n, 1, 1, 1, nullptr);
  if (xnn_setup_unary_elementwise_nc(f, x, y) == xnn_status_success) xnn_run_operator(f, nullptr);
}

constexpr auto entries = []<std::size_t... I>(std::index_sequence<I...>) {
  return std::array{entry{"in place", "relu", "float", erased<float, forward<0>>},
                    entry{"forward", functions[I].name, "float", erased<float, forward<I>>}...};
}(std::make_index_sequence<std::size(functions)>());

} // namespace

constinit const contender RELU_BENCH_CONTENDER{"XNNPACK", "", contract::numbers, entries};

} // namespace bench
