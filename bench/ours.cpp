// SPDX-License-Identifier: MIT
// relu itself. CMakeLists.txt compiles this file with relu::dispatch, for one thread and for several threads,
// and header-only for each instruction set. The fast tier is a contender of its own, because its functions
// have the names of the default tier.
#include "contenders.hpp"
#include "inputs.hpp"

#ifdef RELU_BENCH_THREADS
#include <relu/execution.hpp>
#define POLICY std::execution::par,
#else
#define POLICY
#endif
#include <relu/relu.hpp>

#include <array>
#include <span>
#include <type_traits>

namespace bench {
namespace {

template <class A, class T> void forward(const T* x, T* y, std::size_t n) {
  relu::forward(POLICY A{}, std::span(x, n), std::span(y, n));
}

template <class A, class T> void backward(const T* dy, const T* x, T* dx, std::size_t n) {
  relu::backward(POLICY A{}, std::span(dy, n), std::span(x, n), std::span(dx, n));
}

template <class A, class T> void gate(const T* up, const T* x, T* y, std::size_t n) {
  relu::forward(POLICY relu::gated{A{}}, std::span(x, n), std::span(up, n), std::span(y, n));
}

template <class From, class To> void convert(const From* x, To* y, std::size_t n) {
  relu::convert(POLICY std::span(x, n), std::span(y, n));
}

template <class T> void look_up(const T* x, T* y, std::size_t n) {
  static const relu::lookup_table<T, T> table{
      relu::sigmoid{}, {.scale = lookup_scale_x}, {lookup_scale_y, lookup_zero_y}};
  relu::forward(POLICY table, std::span(x, n), std::span(y, n));
}

// Returns the name of an activation, without its namespaces and its tier. __PRETTY_FUNCTION__ contains
// "[with A = relu::fast<relu::elu>; ...]" in GCC and "[A = relu::fast<relu::elu>]" in clang.
template <class A> constexpr std::string_view name_of() {
  constexpr std::string_view description = __PRETTY_FUNCTION__;
  constexpr std::size_t end = description.find_first_of(">;]", description.find("A = "));
  constexpr std::size_t begin = description.rfind("::", end) + 2;
  return description.substr(begin, end - begin);
}

#ifdef RELU_BENCH_FAST
using activations = relu::fast_activations;
using rectifier_elements = relu::type_list<>;
#else
using activations = relu::default_activations;
using rectifier_elements = relu::detail::elements;
#endif

// The rectifier is timed separately, on all element types. relu6 computes the same as the default
// clipped_relu.
template <class A>
constexpr bool timed_on_floats = !std::is_same_v<A, relu::rectifier> && !std::is_same_v<A, relu::relu6>;

template <class A, class T>
constexpr std::array<entry, 3> entries_of(std::string_view function, std::string_view element) {
  return {{{"forward", function, element, erased<T, forward<A, T>>},
           {"in place", function, element, erased<T, forward<A, T>>},
           {"backward", function, element, erased_backward<T, backward<A, T>>}}};
}

template <class A, class T> constexpr entry gated(std::string_view element) {
  return {"gated", name_of<A>(), element, erased_backward<T, gate<A, T>>};
}

// The fast tier has the same kernels for 16-bit floats, and for bytes.
#ifdef RELU_BENCH_FAST
constexpr std::array more_entries{gated<relu::fast<relu::silu>, float>("float"),
                                  gated<relu::fast<relu::sigmoid>, float>("float")};
#else
template <class T> constexpr std::array<entry, 8> entries_of_float16() {
  constexpr std::string_view element = relu::detail::element_name<T>();
  return {{{"forward", "relu", element, erased<T, forward<relu::rectifier, T>>},
           {"forward", "leaky_relu", element, erased<T, forward<relu::leaky_relu, T>>},
           {"forward", "gelu", element, erased<T, forward<relu::gelu, T>>},
           {"forward", "silu", element, erased<T, forward<relu::silu, T>>},
           {"forward", "sigmoid", element, erased<T, forward<relu::sigmoid, T>>},
           {"forward", "tanh", element, erased<T, forward<relu::tanh, T>>},
           {"convert", element, "float", erased_conversion<float, T, convert<float, T>>},
           {"convert", "float", element, erased_conversion<T, float, convert<T, float>>}}};
}
constexpr auto more_entries = [] {
  std::array<entry, 20> all{};
  auto next = all.begin();
  for (const entry& e : entries_of_float16<relu::float16>()) *next++ = e;
  for (const entry& e : entries_of_float16<relu::bfloat16>()) *next++ = e;
  *next = {"lookup", "sigmoid", "int8", erased<std::int8_t, look_up<std::int8_t>>};
  *++next = gated<relu::silu, float>("float");
  *++next = gated<relu::sigmoid, float>("float");
  *++next = gated<relu::silu, relu::bfloat16>("bfloat16");
  return all;
}();
#endif

constexpr auto entries = []<class... A, class... T>(relu::type_list<A...>, relu::type_list<T...>) {
  constexpr std::size_t others = (std::size_t{timed_on_floats<A>} + ...);
  std::array<entry, 3 * (sizeof...(T) + others) + more_entries.size()> all{};
  auto next = all.begin();
  const auto add = [&](const auto& some) {
    for (const entry& e : some) *next++ = e;
  };
  (add(entries_of<relu::rectifier, T>("relu", relu::detail::element_name<T>())), ...);
  const auto add_on_floats = [&]<class B>(std::type_identity<B>) {
    if constexpr (timed_on_floats<B>) add(entries_of<B, float>(name_of<B>(), "float"));
  };
  (add_on_floats(std::type_identity<A>{}), ...);
  add(more_entries);
  return all;
}(activations{}, rectifier_elements{});

#if defined RELU_BENCH_THREADS
constexpr std::string_view name = "relu, threads";
#elif defined RELU_BENCH_FAST
constexpr std::string_view name = relu::dispatched ? "relu, fast" : "headers, fast";
#else
constexpr std::string_view name = relu::dispatched ? "relu" : "headers";
#endif
constexpr std::string_view isa = relu::dispatched ? "" : relu::isa_name<relu::native>();

} // namespace

constinit const contender RELU_BENCH_CONTENDER{name, isa, contract::exact, entries};

} // namespace bench
