// What the exhaustive programs share.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace testing {

// The parameters, which are doubles: "{1, 20}".
template <class A> std::string described(const A& act) {
  if constexpr (std::is_empty_v<A>) return "";
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

// Calls work() on each core; it takes its share from a counter.
template <class Work> void on_all_cores(const Work& work) {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
}

} // namespace testing
