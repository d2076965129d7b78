// exhaustive [ACTIVATION...]: compares value, slope and backward of the exact activations with the reference,
// on the instruction set in use. It tries all bit patterns of float and of integers up to 32 bits, but only
// one in 64 for all parameters except the first. For larger elements it tries all pairs of edges, and random
// patterns. It uses all cores, prints a line for each element type and call, and fails if a result is wrong.
#include "exhaustive.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <mutex>
#include <string>
#include <tuple>

using namespace testing;

namespace {

// --- inputs: numbered pairs of x and dy ---

// The bit patterns at and next to each power of two, of both signs. They contain the boundaries of exponents,
// of NaN and of integers.
template <class T> std::vector<T> edges() {
  std::vector<T> all = specials<T>();
  for (std::size_t bit = 0; bit < 8 * sizeof(T); ++bit)
    for (int beside : {-1, 0, 1}) {
      const std::uint64_t pattern = (std::uint64_t{1} << bit) + static_cast<std::uint64_t>(beside);
      all.push_back(from_bits<T>(pattern));
      all.push_back(from_bits<T>(~pattern));
    }
  return all;
}

std::uint64_t scrambled(std::uint64_t i) { // splitmix64, a bijection: S. Vigna, 2015
  i += 0x9e3779b97f4a7c15;
  i = (i ^ (i >> 30)) * 0xbf58476d1ce4e5b9;
  i = (i ^ (i >> 27)) * 0x94d049bb133111eb;
  return i ^ (i >> 31);
}

template <class T> struct pairs {
  static constexpr bool all_x = sizeof(T) <= 4;
  static constexpr std::uint64_t all = std::uint64_t{1} << (all_x ? 8 * sizeof(T) : 26);

  std::uint64_t stride = 1; // tries one random pattern out of this many consecutive ones
  std::vector<T> edge = edges<T>();

  std::uint64_t size() const {
    if constexpr (sizeof(T) == 1) return all * all;
    else if constexpr (sizeof(T) == 2) return all * edge.size();
    else if constexpr (sizeof(T) == 4) return all / stride;
    else return all + edge.size() * edge.size();
  }
  std::pair<T, T> operator[](std::uint64_t i) const {
    if constexpr (sizeof(T) == 1) return {from_bits<T>(i), from_bits<T>(i >> 8)};
    else if constexpr (sizeof(T) == 2) return {from_bits<T>(i), edge[i >> 16]};
    else if constexpr (sizeof(T) == 4) {
      const std::uint64_t pattern = i * stride + (stride == 1 ? 0 : scrambled(i) % stride);
      return {from_bits<T>(pattern), from_bits<T>(pattern * 2654435761u)}; // dy takes every pattern, too
    } else if (i < all) return {from_bits<T>(scrambled(2 * i)), from_bits<T>(scrambled(2 * i + 1))};
    return {edge[(i - all) / edge.size()], edge[(i - all) % edge.size()]};
  }
};

// --- calls ---

struct verdict {
  std::uint64_t wrong = 0;
  std::string first; // the first wrong result
};

template <class T>
using call = std::function<void(std::span<const T> x, std::span<const T> dy, std::span<T> out)>;

std::uint64_t all_patterns = 0, all_wrong = 0;

// Runs `compute` and then `check` on every pair, one piece at a time on each core.
template <class T, class Check>
void try_all(const std::string& name, std::uint64_t stride, const call<T>& compute, Check check) {
  constexpr std::uint64_t piece = 1 << 16;
  const pairs<T> input{stride};
  const std::uint64_t size = input.size();
  std::atomic<std::uint64_t> next{0};
  std::mutex mutex;
  verdict total;
  const auto start = std::chrono::steady_clock::now();

  const auto work = [&] {
    std::vector<T> x(piece), dy(piece), out(piece);
    verdict mine;
    for (std::uint64_t begin; (begin = next.fetch_add(piece)) < size;) {
      const auto n = static_cast<std::size_t>(std::min(piece, size - begin));
      for (std::size_t i = 0; i < n; ++i) std::tie(x[i], dy[i]) = input[begin + i];
      const auto part = [n](auto& all) { return std::span(all).first(n); };
      compute(part(x), part(dy), part(out));
      check(mine, std::span<const T>(part(x)), std::span<const T>(part(dy)), std::span<const T>(part(out)));
      if (begin * 8 / size != (begin + piece) * 8 / size && begin + piece < size) // progress
        std::fprintf(stderr, "%s: %d %%\n", name.c_str(), static_cast<int>((begin + piece) * 100 / size));
    }
    const std::lock_guard lock(mutex);
    if (mine.first.size() && !total.wrong) total.first = mine.first;
    total.wrong += mine.wrong;
  };
  on_all_cores(work);

  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("%s: %llu patterns, mismatches %llu", name.c_str(), static_cast<unsigned long long>(size),
              static_cast<unsigned long long>(total.wrong));
  std::printf(" (%.1f s)%s\n", seconds.count(), total.first.c_str());
  std::fflush(stdout);
  all_patterns += size;
  all_wrong += total.wrong;
}

template <class T> std::string hex(T x) {
  char text[32];
  std::snprintf(text, sizeof text, "%#llx", static_cast<unsigned long long>(bits(x)));
  return text;
}

// --- expected results ---

// Checks that the results are expected(x, dy), to the last bit.
template <class A, class T, class Expected> auto exactly(Expected expected) {
  return [=](verdict& found, std::span<const T> x, std::span<const T> dy, std::span<const T> out) {
    thread_local std::vector<T> want;
    want.resize(out.size());
    for (std::size_t i = 0; i < out.size(); ++i) want[i] = expected(x[i], dy[i]);
    if (same_bits<T>(out, want)) return;
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (matches<A>(out[i], want[i], x[i])) continue;
      if (!found.wrong++)
        found.first = "\n  x = " + hex(x[i]) + ", dy = " + hex(dy[i]) + ": " + hex(out[i]) + " instead of " +
                      hex(want[i]);
    }
  };
}

template <class A, class T> void try_activation(std::string name) {
  using in = std::span<const T>;
  using out = std::span<T>;
  for (const A& act : row<A>::samples) {
    const std::uint64_t stride = &act == row<A>::samples.data() ? 1 : 64;
    const std::string sampled = name + described(act);
    const call<T> value = [=](in x, in, out y) { relu::forward(act, x, y); };
    const call<T> slope = [=](in x, in, out dx) {
      thread_local const std::vector<T> one(1 << 16, T(1));
      relu::backward(act, std::span(one).first(x.size()), x, dx);
    };
    const call<T> from_mask = [=](in x, in dy, out dx) {
      relu::bitmask mask(x.size());
      if constexpr (relu::maskable_activation<A, T>) {
        relu::mask_of(act, x, mask);
        relu::backward(act, dy, mask, dx);
      }
    };
    const call<T> backward = [=](in x, in dy, out dx) { relu::backward(act, dy, x, dx); };
    try_all<T>(sampled + ", value", stride, value,
               exactly<A, T>([=](T x, T) { return expected_value(act, x); }));
    try_all<T>(sampled + ", slope", stride, slope,
               exactly<A, T>([=](T x, T) { return expected_gradient(act, x, T(1)); }));
    try_all<T>(sampled + ", backward", stride, backward,
               exactly<A, T>([=](T x, T dy) { return expected_gradient(act, x, dy); }));
    if (relu::maskable_activation<A, T> && mask_decides(act))
      try_all<T>(sampled + ", backward from a mask", stride, from_mask,
                 exactly<A, T>([=](T x, T dy) { return expected_gradient(act, x, dy); }));
  }
}

template <class A, class... T> void try_elements(relu::type_list<T...>) {
  const auto one = []<class E>(relu::type_list<E>) {
    if constexpr (relu::activation<A, E>)
      try_activation<A, E>(std::string(relu::isa()) + ", " + row<A>::name + ", " +
                           relu::detail::element_name<E>());
  };
  (one(relu::type_list<T>{}), ...);
}

// Not the unsigned integers, which would take half as long again: their loops are those of the signed ones.
using elements = relu::type_list<float, double, std::int8_t, std::int16_t, std::int32_t, std::int64_t>;

} // namespace

int main(int argc, char** argv) {
  const std::span names(argv + 1, static_cast<std::size_t>(argc - 1));
  const bool known =
      each_activation<true>(names, []<class A>(relu::type_list<A>) { try_elements<A>(elements{}); });
  if (!known) return std::fputs("usage: exhaustive [EXACT_ACTIVATION...]\n", stderr), 2;
  std::printf("%s: %llu patterns in all, mismatches %llu\n", std::string(relu::isa()).c_str(),
              static_cast<unsigned long long>(all_patterns), static_cast<unsigned long long>(all_wrong));
  return all_wrong ? 1 : 0;
}
