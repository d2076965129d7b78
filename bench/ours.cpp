// SPDX-License-Identifier: MIT
// relu itself. Compiled with relu::dispatch and the program's flags, the same on several threads, and once
// per instruction set, header-only, with that set's flags: the same calls.
#include "contenders.hpp"

#ifdef RELU_BENCH_THREADS
#include <relu/execution.hpp>
#define POLICY std::execution::par,
#else
#define POLICY
#endif
#include <relu/relu.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <tuple>

namespace bench {
namespace {

template <class A, class T> void forward(const T* x, T* y, std::size_t n) {
  relu::forward(POLICY A{}, std::span(x, n), std::span(y, n));
}

template <class A, class T> void backward(const T* dy, const T* x, T* dx, std::size_t n) {
  relu::backward(POLICY A{}, std::span(dy, n), std::span(x, n), std::span(dx, n));
}

template <class T> struct named {
  std::string_view name;
};
constexpr std::tuple elements{named<float>{"float"},        named<double>{"double"},
                              named<std::int8_t>{"int8"},   named<std::int16_t>{"int16"},
                              named<std::int32_t>{"int32"}, named<std::int64_t>{"int64"}};
constexpr std::tuple others{named<relu::leaky_relu>{"leaky_relu"},
                            named<relu::clipped_relu>{"clipped_relu"},
                            named<relu::thresholded_relu>{"thresholded_relu"},
                            named<relu::shifted_relu>{"shifted_relu"},
                            named<relu::squared_relu>{"squared_relu"},
                            named<relu::sigmoid>{"sigmoid"},
                            named<relu::log_sigmoid>{"log_sigmoid"},
                            named<relu::tanh>{"tanh"},
                            named<relu::softplus>{"softplus"},
                            named<relu::softsign>{"softsign"},
                            named<relu::elu>{"elu"},
                            named<relu::celu>{"celu"},
                            named<relu::selu>{"selu"},
                            named<relu::silu>{"silu"},
                            named<relu::gelu>{"gelu"},
                            named<relu::gelu_tanh>{"gelu_tanh"},
                            named<relu::quick_gelu>{"quick_gelu"},
                            named<relu::mish>{"mish"},
                            named<relu::tanh_shrink>{"tanh_shrink"},
                            named<relu::hard_sigmoid>{"hard_sigmoid"},
                            named<relu::hard_swish>{"hard_swish"},
                            named<relu::hard_tanh>{"hard_tanh"},
                            named<relu::hard_shrink>{"hard_shrink"},
                            named<relu::soft_shrink>{"soft_shrink"}};

template <class A, class T>
constexpr std::array<entry, 3> verbs(std::string_view function, std::string_view element) {
  return {{{"forward", function, element, erased<T, forward<A, T>>},
           {"in place", function, element, erased<T, forward<A, T>>},
           {"backward", function, element, erased_backward<T, backward<A, T>>}}};
}

// relu of all elements, the other activations of floats.
constexpr auto entries = [] {
  std::array<entry, 3 * (std::tuple_size_v<decltype(elements)> + std::tuple_size_v<decltype(others)>)> all{};
  auto next = all.begin();
  const auto add = [&](const auto& three) {
    for (const entry& e : three) *next++ = e;
  };
  std::apply([&]<class... T>(named<T>... e) { (add(verbs<relu::rectifier, T>("relu", e.name)), ...); },
             elements);
  std::apply([&]<class... A>(named<A>... a) { (add(verbs<A, float>(a.name, "float")), ...); }, others);
  return all;
}();

#ifdef RELU_BENCH_THREADS
constexpr std::string_view name = "relu, threads", isa = "";
#else
constexpr std::string_view name = relu::dispatched ? "relu" : "headers",
                           isa = relu::dispatched ? "" : relu::isa_name<relu::native>();
#endif

} // namespace

constinit const contender RELU_BENCH_CONTENDER{name, isa, contract::exact, entries};

} // namespace bench
