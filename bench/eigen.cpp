// SPDX-License-Identifier: MIT
// Eigen, for the instruction set that the compiler targets without any -m flags.
#include "contenders.hpp"

#include <Eigen/Core>

namespace bench {
namespace {

using input = Eigen::Map<const Eigen::ArrayXf>;
using output = Eigen::Map<Eigen::ArrayXf>;

void forward(const float* x, float* y, std::size_t n) {
  const auto size = static_cast<Eigen::Index>(n);
  output(y, size) = input(x, size).max(0.f);
}

void backward(const float* dy, const float* x, float* dx, std::size_t n) {
  const auto size = static_cast<Eigen::Index>(n);
  output(dx, size) = (input(x, size) > 0.f).select(input(dy, size), 0.f);
}

constexpr entry entries[]{{"forward", "relu", "float", erased<float, forward>},
                          {"in place", "relu", "float", erased<float, forward>},
                          {"backward", "relu", "float", erased_backward<float, backward>}};

#ifdef EIGEN_VERSION_STRING // since Eigen 5
constexpr std::string_view version = EIGEN_VERSION_STRING;
#else
constexpr std::string_view version = RELU_BENCH_VERSION(EIGEN_WORLD_VERSION) "." RELU_BENCH_VERSION(
    EIGEN_MAJOR_VERSION) "." RELU_BENCH_VERSION(EIGEN_MINOR_VERSION);
#endif

} // namespace

constinit const contender RELU_BENCH_CONTENDER{"Eigen", "", contract::numbers, entries, version};

} // namespace bench
