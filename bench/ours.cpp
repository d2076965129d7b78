// SPDX-License-Identifier: MIT
// relu itself. Compiled once with relu::dispatch and the program's flags, and once per instruction set,
// header-only, with that set's flags: the same calls.
#include "contenders.hpp"
#include <relu/relu.hpp>

#include <span>

namespace bench {
namespace {

void forward(const float* x, float* y, std::size_t n) { relu::forward(std::span(x, n), std::span(y, n)); }

void backward(const float* dy, const float* x, float* dx, std::size_t n) {
  relu::backward(std::span(dy, n), std::span(x, n), std::span(dx, n));
}

constexpr std::string_view isa = relu::dispatched ? "" : relu::isa_name<relu::native>();

} // namespace

constinit const contender RELU_BENCH_CONTENDER{relu::dispatched ? "dispatch" : "direct", isa, contract::exact,
                                               forward, backward};

} // namespace bench
