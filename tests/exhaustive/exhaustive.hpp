// Shared by the exhaustive programs.
#pragma once

#include <algorithm>
#include <array>
#include <common/activation_table.hpp>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

namespace testing {

// The parameters of an activation, which are doubles, as text: "{1, 20}".
template <class A> std::string described(const A& act) {
  if constexpr (sizeof(A) < sizeof(double)) return ""; // fast<A> is not empty, even if A is
  else {
    std::string text;
    for (const double p : __builtin_bit_cast(std::array<double, sizeof(A) / sizeof(double)>, act)) {
      char number[32];
      std::snprintf(number, sizeof number, "%s%g", text.empty() ? "{" : ", ", p);
      text += number;
    }
    return text + "}";
  }
}

// Whether CMakeLists.txt has a test for the activation of this name.
constexpr bool has_test(std::string_view name) {
  constexpr std::string_view tests[]{RELU_EXHAUSTIVE_TESTS};
  return std::find(std::begin(tests), std::end(tests), name) != std::end(tests);
}

// Calls f(type_list<A>()) for the exact (or smooth) activations of these names, or for all of them if there
// are no names. Returns whether all names exist.
template <bool Exact, class F> bool each_activation(std::span<char*> names, F f) {
  std::size_t found = 0;
  const auto one = [&]<class A>(relu::type_list<A> list) {
    static_assert(has_test(row<A>::name), "add the activation to tests/exhaustive/CMakeLists.txt");
    if constexpr (exact<A> == Exact) {
      const auto is_named = [](const char* name) { return std::string_view(name) == row<A>::name; };
      if (!names.empty() && std::none_of(names.begin(), names.end(), is_named)) return;
      ++found;
      f(list);
    }
  };
  [&]<class... A>(relu::type_list<A...>) { (one(relu::type_list<A>{}), ...); }(relu::activations{});
  return names.empty() || found == names.size();
}

// Calls work() on each core. work() takes its share from a counter.
template <class Work> void on_all_cores(const Work& work) {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
}

} // namespace testing
