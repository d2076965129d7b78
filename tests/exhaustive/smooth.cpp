// exhaustive.smooth [ACTIVATION...]: value and slope of the smooth activations for every float, on every
// instruction set of the machine; and for one float in 61 with other parameters, and on plain loops. Prints
// the largest error, in ULP, and where it is; and for how many inputs other instruction sets give other bits
// than the best one. Fails if an error is larger than the table says, or if two sets that both have fused
// operations, or both have not, differ at all.
#include "ways.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>

using namespace testing;

namespace {

bool all_well = true;

struct verdict {
  double error = -1;
  float at = 0;
  std::string_view on;
  std::vector<std::uint64_t> others; // of each way: how many bits differ from those of the first
  std::uint64_t strangers = 0;       // pieces in which a way differs from one of its kind

  explicit verdict(std::size_t ways) : others(ways) {}

  void add(double e, float x, std::string_view way) {
    if (!(e <= error)) error = e, at = x, on = way;
  }
  void add(const verdict& v) {
    add(v.error, v.at, v.on);
    for (std::size_t i = 0; i < others.size(); ++i) others[i] += v.others[i];
    strangers += v.strangers;
  }
};

// The first way is compared with the reference; where another one differs from it, so is that.
template <class Error>
void compare(verdict& found, const std::vector<way<float>>& ways, const std::vector<std::vector<float>>& y,
             std::span<const float> x, Error error_of) {
  for (std::size_t i = 0; i < x.size(); ++i) found.add(error_of(y[0][i], x[i]), x[i], ways[0].name);
  for (std::size_t w = 1; w < ways.size(); ++w) {
    std::size_t kin = 0;
    while (ways[kin].fuses != ways[w].fuses) ++kin;
    if (!same_bits<float>(y[w], y[kin])) ++found.strangers;
    if (same_bits<float>(y[w], y[0])) continue;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (same_bits(y[w][i], y[0][i])) continue;
      ++found.others[w];
      found.add(error_of(y[w][i], x[i]), x[i], ways[w].name);
    }
  }
}

template <class Error>
void try_all(const std::string& what, std::uint64_t stride, double limit, const std::vector<way<float>>& ways,
             values_of<float> way<float>::*verb, Error error_of) {
  constexpr std::uint64_t piece = 1 << 14;
  const std::uint64_t size = (std::uint64_t{1} << 32) / stride;
  std::atomic<std::uint64_t> next{0};
  std::mutex mutex;
  verdict total(ways.size());
  const auto start = std::chrono::steady_clock::now();
  on_all_cores([&] {
    std::vector<float> x;
    std::vector<std::vector<float>> y(ways.size());
    verdict mine(ways.size());
    for (std::uint64_t begin; (begin = next.fetch_add(piece)) < size;) {
      x.resize(static_cast<std::size_t>(std::min(piece, size - begin)));
      for (std::size_t i = 0; i < x.size(); ++i) x[i] = from_bits<float>((begin + i) * stride);
      for (std::size_t w = 0; w < ways.size(); ++w) {
        y[w].resize(x.size());
        (ways[w].*verb)(x, y[w]);
      }
      compare(mine, ways, y, x, error_of);
    }
    const std::lock_guard lock(mutex);
    total.add(mine);
  });
  const bool well = total.error <= limit && total.strangers == 0;
  all_well = all_well && well;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("%s: %llu floats, largest error %.4f ULP at %.9g (%.*s); other bits than %.*s:", what.c_str(),
              static_cast<unsigned long long>(size), total.error, static_cast<double>(total.at),
              static_cast<int>(total.on.size()), total.on.data(), static_cast<int>(ways[0].name.size()),
              ways[0].name.data());
  for (std::size_t w = 1; w < ways.size(); ++w)
    std::printf(" %.*s %llu", static_cast<int>(ways[w].name.size()), ways[w].name.data(),
                static_cast<unsigned long long>(total.others[w]));
  std::printf(" (%.0f s)%s\n", seconds.count(), well ? "" : ", which is WRONG");
  std::fflush(stdout);
}

// At most 0.5 is 0.5: that is what most results have, and to tell them so takes much less time.
template <class Error> double error_over_half(float y, double truth, Error error_of) {
  return same_bits(y, static_cast<float>(truth)) ? 0.5 : error_of(y, truth);
}

template <class A>
void try_with(const A& act, const std::string& name, std::uint64_t stride,
              const std::vector<way<float>>& all) {
  try_all(name + ", value", stride, value_limit<A, float>, all, &way<float>::value, [=](float y, float x) {
    return error_over_half(y, row<A>::value(act, static_cast<double>(x)), ulp_error<float>);
  });
  try_all(name + ", slope", stride, slope_limit<A, float>, all, &way<float>::slope, [=](float y, float x) {
    return error_over_half(y, row<A>::slope(act, static_cast<double>(x)), slope_error<A, float>);
  });
}

template <class A> void try_activation() {
  const A& first = row<A>::samples.front();
  try_with(first, row<A>::name, 1, vector_ways<float>(first));
  for (const A& act : row<A>::samples) {
    std::vector<way<float>> all = vector_ways<float>(act);
    all.push_back(plain_way<float>(act));
    try_with(act, row<A>::name + described(act), 61, all);
  }
}

} // namespace

int main(int argc, char** argv) {
  const std::span names(argv + 1, static_cast<std::size_t>(argc - 1));
  const bool known = each_activation<false>(names, []<class A>(relu::type_list<A>) { try_activation<A>(); });
  if (!known) return std::fputs("usage: exhaustive.smooth [ACTIVATION...], of the smooth ones\n", stderr), 2;
  return all_well ? 0 : 1;
}
