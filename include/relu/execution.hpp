// SPDX-License-Identifier: MIT
// Calls on several threads. With this header the functions of relu accept a standard execution policy as
// their first argument:
//
//   relu::forward(std::execution::par, x, y)
//
// These do: forward, backward, backward_from_output, backward_accumulate, mask_of, compress, compress_rows,
// compressed_size, count_zeros, sparsity, convert and unit_activity::update; forward also on quantized. par
// and par_unseq allow other threads, which a call uses if it reads and writes at least 1 MiB (compress and
// compress_rows: if they read as much); seq and unseq do not. Arguments, results (every bit) and errors are
// those without a policy. Your own activation must not throw: the program would terminate. If there is no
// memory for the list of parts or their counters, the call throws std::bad_alloc and writes nothing but the
// dweight of prelu; the standard library throws it if there is none for its tasks.
//
// The threads are those of the standard library's parallel algorithms. With libstdc++ they are oneTBB's,
// which the program must link; the CMake target relu::execution does. Without oneTBB's headers libstdc++ uses
// one thread, which is an error here unless you define RELU_SEQUENTIAL_EXECUTION. Parallel algorithms need
// exceptions. No other header of relu includes this one.
#pragma once

#include <relu/relu.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <execution>
#include <functional>
#include <numeric>
#include <thread>
#include <type_traits>
#include <vector>

#if defined(_PSTL_PAR_BACKEND_SERIAL) && !defined(RELU_SEQUENTIAL_EXECUTION)
#error without the headers of oneTBB, libstdc++ runs std::execution::par on one thread; define RELU_SEQUENTIAL_EXECUTION to accept that
#endif

namespace relu::inline RELU_ABI {

/// std::execution::par and the other standard execution policies.
template <class P> concept execution_policy = std::is_execution_policy_v<std::remove_cvref_t<P>>;

namespace detail {

// Measured on AMD Zen 4 and Zen 5: the bytes that a part reads and writes (a thread takes two or three at a
// time), and those of the smallest call that a second thread speeds up.
inline constexpr std::size_t part_bytes = std::size_t{256} << 10;
inline constexpr std::size_t min_parallel_bytes = std::size_t{1} << 20;

/// The beginnings of the parts of [0, n), then n. The first part has the size `first`, the others `size`.
inline std::vector<std::size_t> divide(std::size_t n, std::size_t first, std::size_t size) {
  std::vector<std::size_t> begins{0};
  for (auto next = first; next < n; next += size) begins.push_back(next);
  begins.push_back(n);
  return begins;
}

/// The parts of a call on n elements, as divide returns them. Parts begin at cache lines of `out`, so that no
/// two threads write to the same one; `bytes` are read and written for each element.
template <class T> std::vector<std::size_t> parts_of(const T* out, std::size_t n, std::size_t bytes) {
  constexpr std::size_t line = cache_line / sizeof(T);
  const std::size_t part = part_bytes / bytes / line * line;
  const std::size_t after_line = reinterpret_cast<std::uintptr_t>(out) % cache_line / sizeof(T);
  return divide(n, part - after_line, part);
}

/// Runs calls on the threads of an execution policy.
template <class P> struct threads {
  const P& policy;

  static constexpr bool parallel =
      contains<P, type_list<std::execution::parallel_policy, std::execution::parallel_unsequenced_policy>>;

  /// Calls part(begin, size) for parts of [0, n), in any order, and returns the sum of the results.
  template <class T, class Part>
  auto run(const T* out, std::size_t n, std::size_t bytes, const Part& part) const {
    constexpr bool returns = !std::is_void_v<decltype(part(n, n))>;
    if constexpr (parallel) {
      if (n * bytes >= min_parallel_bytes) {
        const std::vector<std::size_t> begins = parts_of(out, n, bytes);
        const auto counted = [&](std::size_t begin, std::size_t end) -> std::size_t {
          if constexpr (returns) return part(begin, end - begin);
          else return part(begin, end - begin), 0;
        };
        const std::size_t sum =
            std::transform_reduce(policy, begins.begin(), begins.end() - 1, begins.begin() + 1,
                                  std::size_t{0}, std::plus<>(), counted);
        if constexpr (returns) return sum;
        else return;
      }
    }
    return part(0, n);
  }

  /// Calls write(begin, size, from, to) for parts of [0, n), in any order. The results of the parts are next
  /// to each other and in order: those of a part have the places [from, to), and to - from is count(begin,
  /// size). `bytes` are read for each of the n. Returns how many results there are. `check` may throw before
  /// anything is written; it may call its argument, which returns that number.
  template <class Count, class Check, class Write>
  std::size_t run_in_order(std::size_t n, std::size_t bytes, std::size_t room, const Count& count,
                           const Check& check, const Write& write) const {
    if constexpr (parallel) {
      if (n * bytes >= min_parallel_bytes) {
        const std::size_t size = std::max<std::size_t>(part_bytes / bytes, 1);
        const std::vector<std::size_t> begins = divide(n, size, size);
        std::vector<std::size_t> ends(begins.size() - 1); // of the results of each part
        each_part(begins,
                  [&](std::size_t i, std::size_t begin, std::size_t some) { ends[i] = count(begin, some); });
        std::partial_sum(ends.begin(), ends.end(), ends.begin());
        check([&] { return ends.back(); });
        each_part(begins, [&](std::size_t i, std::size_t begin, std::size_t some) {
          write(begin, some, i == 0 ? 0 : ends[i - 1], ends[i]);
        });
        return ends.back();
      }
    }
    return this_thread{}.run_in_order(n, bytes, room, count, check, write);
  }

  /// Calls add(to, begin, size) for parts of [0, n), in any order. With several parts each has a state `to`
  /// of its own, which make() returned, and which is merged into `state` after all parts. Every part but the
  /// last has at least `least` elements, and there are few parts, because each takes memory and time to
  /// merge. The call reads `bytes` in all. If it throws because it has no memory, `state` is unchanged.
  template <class State, class Make, class Add>
  void run_merged(State& state, const Make& make, std::size_t n, std::size_t bytes, std::size_t least,
                  const Add& add) const {
    if constexpr (parallel) {
      const std::size_t most = std::min(n / least, bytes / part_bytes);
      if (bytes >= min_parallel_bytes && most > 1) {
        const std::size_t cores = std::max(std::thread::hardware_concurrency(), 1u); // 0 if it is not known
        const std::size_t parts = std::min(most, 4 * cores);
        const std::size_t size = n / parts + (n % parts != 0);
        const std::vector<std::size_t> begins = divide(n, size, size);
        struct own { // a type of this target, because all targets would share std::vector<State>
          State state;
        };
        std::vector<own> states;
        for (std::size_t i = 0; i + 1 < begins.size(); ++i) states.push_back({make()});
        each_part(begins, [&](std::size_t i, std::size_t begin, std::size_t some) {
          add(states[i].state, begin, some);
        });
        for (const own& part : states) state.merge(part.state);
        return;
      }
    }
    add(state, 0, n);
  }

private:
  /// Calls part(i, begin, size) for each part i.
  template <class Part> void each_part(const std::vector<std::size_t>& begins, const Part& part) const {
    // std::for_each passes the elements themselves, and no copies.
    std::for_each(policy, begins.begin(), begins.end() - 1, [&](const std::size_t& begin) {
      part(static_cast<std::size_t>(&begin - begins.data()), begin, *(&begin + 1) - begin);
    });
  }
};

template <execution_policy P> struct executor_of<P> {
  using type = threads<P>;
};

} // namespace detail
} // namespace relu::inline RELU_ABI
