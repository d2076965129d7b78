// exhaustive.smooth [STRIDE] [ACTIVATION...]: compares value and slope of the smooth activations with the
// reference, for every float, or for one float in STRIDE (which is odd), on every instruction set of the
// machine. It tries other parameters, and the scalar fallback, for one in 61 of these. It prints the largest
// error, in ULP, and its input; and the number of inputs for which other instruction sets give other bits
// than the best one. It fails if the table allows less than the largest error, or if two instruction sets
// differ that both have, or both lack, fused multiply-add.
#include "ways.hpp"

#include <atomic>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>

using namespace testing;

namespace {

bool all_well = true;

struct verdict {
  double error = -1;
  float at = 0;
  std::string_view on;
  std::vector<std::uint64_t> differences; // for each way: inputs with other bits than the first way
  std::uint64_t inconsistent = 0;         // pieces in which a way differs from another one of its kind

  explicit verdict(std::size_t ways) : differences(ways) {}

  void add(double e, float x, std::string_view way) {
    if (!(e <= error)) error = e, at = x, on = way;
  }
  void add(const verdict& v) {
    add(v.error, v.at, v.on);
    for (std::size_t i = 0; i < differences.size(); ++i) differences[i] += v.differences[i];
    inconsistent += v.inconsistent;
  }
};

// Compares the first way with the reference everywhere, and each other way where it differs from the first.
template <class Error>
void compare(verdict& found, const std::vector<way<float>>& ways, const std::vector<std::vector<float>>& y,
             std::span<const float> x, Error error_of) {
  for (std::size_t i = 0; i < x.size(); ++i)
    found.add(error_of(y[0][i], x[i], found.error), x[i], ways[0].name);
  for (std::size_t w = 1; w < ways.size(); ++w) {
    std::size_t same_kind = 0;
    while (ways[same_kind].fuses != ways[w].fuses) ++same_kind;
    if (!same_bits<float>(y[w], y[same_kind])) ++found.inconsistent;
    if (same_bits<float>(y[w], y[0])) continue;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (same_bits(y[w][i], y[0][i])) continue;
      ++found.differences[w];
      found.add(error_of(y[w][i], x[i], found.error), x[i], ways[w].name);
    }
  }
}

template <class Error>
void try_all(const std::string& what, std::uint64_t stride, double limit, const std::vector<way<float>>& ways,
             values_of<float> way<float>::*compute, Error error_of) {
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
        (ways[w].*compute)(x, y[w]);
      }
      compare(mine, ways, y, x, error_of);
    }
    const std::lock_guard lock(mutex);
    total.add(mine);
  });
  const bool well = total.error <= limit && total.inconsistent == 0;
  all_well = all_well && well;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("%s: %llu floats, largest error %.4f ULP at %.9g (%.*s); other bits than %.*s:", what.c_str(),
              static_cast<unsigned long long>(size), total.error, static_cast<double>(total.at),
              static_cast<int>(total.on.size()), total.on.data(), static_cast<int>(ways[0].name.size()),
              ways[0].name.data());
  for (std::size_t w = 1; w < ways.size(); ++w)
    std::printf(" %.*s %llu", static_cast<int>(ways[w].name.size()), ways[w].name.data(),
                static_cast<unsigned long long>(total.differences[w]));
  std::printf(" (%.0f s)%s\n", seconds.count(), well ? "" : ", WRONG");
  std::fflush(stdout);
}

// The error, or `known` if it is not larger than that. If n floats lie between y and the rounded truth, the
// error is at most n + 1/2. That is much faster to compute.
template <class Error> double error_over(double known, float y, double truth, Error error_of) {
  const auto rounded = static_cast<float>(truth);
  if (same_bits(y, rounded)) return std::max(known, 0.5);
  const auto as_integer = [](float v) { return std::int64_t{__builtin_bit_cast(std::int32_t, v)}; };
  const auto floats_between = static_cast<double>(std::abs(as_integer(y) - as_integer(rounded)));
  const bool is_smaller = std::isfinite(y) && std::isfinite(rounded) && floats_between + 0.5 <= known;
  return is_smaller ? known : error_of(y, truth);
}

template <class A>
void try_with(const A& act, const std::string& name, std::uint64_t stride,
              const std::vector<way<float>>& all) {
  try_all(name + ", value", stride, value_limit<A, float>, all, &way<float>::value,
          [=](float y, float x, double known) {
            return error_over(known, y, row<A>::value(act, static_cast<double>(x)), ulp_error<float>);
          });
  try_all(name + ", slope", stride, slope_limit<A, float>, all, &way<float>::slope,
          [=](float y, float x, double known) {
            return error_over(known, y, row<A>::slope(act, static_cast<double>(x)),
                              [x](float got, double truth) { return slope_error<A>(got, truth, x); });
          });
}

template <class A> void try_activation(std::uint64_t stride) {
  const A& first = row<A>::samples.front();
  try_with(first, row<A>::name, stride, vector_ways<float>(first));
  for (const A& act : row<A>::samples) {
    std::vector<way<float>> all = vector_ways<float>(act);
    all.push_back(scalar_way<float>(act));
    try_with(act, row<A>::name + described(act), 61 * stride, all);
  }
}

} // namespace

int main(int argc, char** argv) {
  std::span names(argv + 1, static_cast<std::size_t>(argc - 1));
  std::uint64_t stride = 1;
  if (!names.empty() && std::isdigit(static_cast<unsigned char>(names[0][0]))) {
    stride = std::strtoull(names[0], nullptr, 10) | 1; // odd, so that all bits change
    names = names.subspan(1);
  }
  const bool known =
      each_activation<false>(names, [=]<class A>(relu::type_list<A>) { try_activation<A>(stride); });
  if (!known) return std::fputs("usage: exhaustive.smooth [STRIDE] [SMOOTH_ACTIVATION...]\n", stderr), 2;
  return all_well ? 0 : 1;
}
