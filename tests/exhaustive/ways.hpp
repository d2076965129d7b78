// All ways to compute an activation on this machine, for a program that links relu::dispatch.
#pragma once

#include "exhaustive.hpp"

#include <algorithm>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace testing {

template <class T> using values_of = std::function<void(std::span<const T> x, std::span<T> y)>;

// One instruction set of relu::dispatch, or the scalar fallback.
template <class T> struct way {
  std::string_view name;
  bool fuses; // has fused multiply-add: only ways that differ in this may give other bits
  values_of<T> value, slope;
};

template <class T, class A> way<T> scalar_way(const A& act) {
  const auto each = [](auto f) {
    return [=](std::span<const T> x, std::span<T> y) { std::transform(x.begin(), x.end(), y.begin(), f); };
  };
  return {"scalar", relu::detail::has_fma<double>, each([=](T x) { return act.value(x); }),
          each([=](T x) { return relu::detail::backward_op<A>{act}(relu::detail::barrier(T(1)), x); })};
}

template <class T, class Arch, class A> way<T> way_on(const A& act) {
  using namespace relu::detail;
  constexpr std::size_t isa = index_in<Arch, relu::dispatch_archs>::value;
  const auto forward = entries<forward_kernel, A, T>[0][isa];
  const auto backward = entries<backward_kernel, A, T>[0][isa];
  return {relu::isa_name<Arch>(), relu::detail::isa<Arch>::has_fma,
          [=](std::span<const T> x, std::span<T> y) { forward(&act, x.size(), y.data(), x.data()); },
          [=](std::span<const T> x, std::span<T> slope) {
            thread_local std::vector<T> one;
            one.resize(x.size(), T(1));
            backward(&act, x.size(), slope.data(), one.data(), x.data());
          }};
}

// A way for each instruction set of this machine, the best first.
template <class T, class A> std::vector<way<T>> vector_ways(const A& act) {
  std::vector<way<T>> all;
  [&]<class... Arch>(relu::type_list<Arch...>) {
    ((relu::is_available<Arch>() ? all.push_back(way_on<T, Arch>(act)) : void()), ...);
  }(relu::dispatch_archs{});
  return all;
}

} // namespace testing
