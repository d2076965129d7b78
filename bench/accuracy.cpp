// SPDX-License-Identifier: MIT
// The largest errors of floats, of relu and of the others: relu_bench_accuracy [STEP [FUNCTION...]] tries
// every STEP-th of the 2^32 bit patterns, and prints a table of the values and one of the slopes.
#include "contenders.hpp"
#include "functions.hpp"
#include "inputs.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace bench {
namespace {

using limits = std::numeric_limits<float>;

// Three digits, and of large numbers one: 0.501, 2e7.
std::string text(double number) {
  if (std::isnan(number)) return "NaN";
  char digits[32];
  std::snprintf(digits, sizeof digits, std::abs(number) < 1e4 ? "%.3g" : "%.0e", number);
  std::string all = digits;
  if (const auto plus = all.find("e+"); plus != all.npos) all.erase(plus + 1, all[plus + 2] == '0' ? 2 : 1);
  return all;
}

// The largest error of results that are normal numbers, and of those that are not; and the first result that
// is infinite or NaN where it should not be, or is not where it should.
class worst {
public:
  void add(float x, float got, real want) {
    const auto rounded = static_cast<float>(want);
    const bool nan = std::isnan(got) || std::isnan(rounded);
    const real error = nan ? 0 : ulps(got, want);
    const bool other_kind = nan ? !std::isnan(got) || !std::isnan(rounded)
                                : std::isinf(got) != std::isinf(rounded) && error > 2; // not where it begins
    error_at& largest = std::abs(want) < limits::min() ? denormal_ : normal_;
    if (other_kind && !mismatch_) mismatch_ = text(got) + " at " + text(x);
    if (!other_kind && error > largest.ulps) largest = {error, x};
  }

  std::string summary() const {
    std::string all = normal_.summary();
    if (denormal_.ulps > std::max<real>(normal_.ulps, 1)) all += "; denormal: " + denormal_.summary();
    return mismatch_ ? all + "; " + *mismatch_ : all;
  }

private:
  struct error_at {
    real ulps = 0;
    float x = 0;
    std::string summary() const {
      return text(static_cast<double>(ulps)) + (ulps > 0 ? " (at " + text(x) + ")" : "");
    }
  };

  // Infinity is the number that the exponent would stand for; denormals have the last place of the least
  // normal.
  static real ulps(float got, real want) {
    const real end = std::ldexp(real(1), limits::max_exponent), numeric = std::clamp<real>(got, -end, end);
    want = std::clamp(want, -end, end);
    const int exponent =
        want == 0 ? limits::min_exponent : std::max(std::ilogb(want) + 1, limits::min_exponent);
    return std::abs(numeric - want) / std::ldexp(real(1), exponent - limits::digits);
  }

  error_at normal_, denormal_;
  std::optional<std::string> mismatch_;
};

// NaN of NaN; and at infinity what is expected on the way there.
real expected(real (*f)(real), float x) {
  if (std::isnan(x)) return x;
  return f(std::isinf(x) ? std::copysign(1e100L, static_cast<real>(x)) : static_cast<real>(x));
}

const entry* look_up(const contender& c, std::string_view verb, std::string_view function) {
  const auto is_it = [=](const entry& e) {
    return e.verb == verb && e.function == function && e.element == "float";
  };
  const auto found = std::find_if(c.entries.begin(), c.entries.end(), is_it);
  return found == c.entries.end() ? nullptr : &*found;
}

// Every step-th pattern, and then what is special.
class patterns {
public:
  explicit patterns(std::uint64_t step) : step_(step) {}

  std::uint64_t size() const { return regular() + std::size(special); }
  float operator[](std::uint64_t i) const {
    if (i >= regular()) return special[i - regular()];
    const auto bits = static_cast<std::uint32_t>(i * step_);
    float x;
    std::memcpy(&x, &bits, sizeof x);
    return x;
  }

private:
  static constexpr float special[]{0,
                                   -0.0f,
                                   limits::denorm_min(),
                                   -limits::denorm_min(),
                                   limits::max(),
                                   limits::lowest(),
                                   limits::infinity(),
                                   -limits::infinity(),
                                   limits::quiet_NaN()};
  std::uint64_t regular() const { return ((std::uint64_t{1} << 32) + step_ - 1) / step_; }

  std::uint64_t step_;
};

// The errors of those that compute it, in the order of the entries.
std::vector<worst> measure(const std::vector<const entry*>& entries, const function& f, bool slopes,
                           patterns all) {
  static constexpr std::size_t most = 64 * Ki;
  static const auto dy = room_for<float>(most), x = room_for<float>(most), out = room_for<float>(most);
  std::vector<worst> errors(entries.size());
  std::vector<real> want(most);
  std::fill_n(dy.get(), most, 1.0f);
  for (std::uint64_t begin = 0; begin < all.size(); begin += most) {
    const std::size_t n = std::min<std::uint64_t>(most, all.size() - begin);
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = all[begin + i];
      want[i] = expected(slopes ? f.slope : f.value, x[i]);
    }
    for (std::size_t k = 0; k < entries.size(); ++k) {
      if (!entries[k]) continue;
      if (entries[k]->prepare) entries[k]->prepare(dy.get(), x.get(), out.get(), n);
      entries[k]->run(dy.get(), x.get(), out.get(), n);
      for (std::size_t i = 0; i < n; ++i)
        if (!slopes || !std::isnan(x[i])) errors[k].add(x[i], out[i], want[i]); // which have any slope
    }
  }
  return errors;
}

void report(std::string_view verb, std::string_view what, const patterns& all,
            const std::vector<std::string_view>& chosen) {
  std::vector<contender> contenders;
  for (const contender& c : {RELU_BENCH_CONTENDERS})
    if (look_up(c, verb, "sigmoid")) contenders.push_back(c);

  std::string head = "| " + std::string(what) + " |", rule = "| --- |";
  for (const contender& c : contenders) {
    head.append(" ").append(c.name).append(c.version.empty() ? "" : " ").append(c.version).append(" |");
    rule += " ---: |";
  }
  std::printf("%s\n%s\n", head.c_str(), rule.c_str());
  for (const function& f : functions) {
    std::vector<const entry*> entries(contenders.size());
    std::transform(contenders.begin(), contenders.end(), entries.begin(),
                   [&](const contender& c) { return look_up(c, verb, f.name); });
    const auto is_f = [&](std::string_view name) { return name == f.name; };
    if (std::none_of(entries.begin(), entries.end(), [](const entry* e) { return e; }) ||
        (!chosen.empty() && std::none_of(chosen.begin(), chosen.end(), is_f)))
      continue;
    const std::vector<worst> errors = measure(entries, f, verb == "backward", all);
    std::string row = "| " + std::string(f.name) + " |";
    for (std::size_t k = 0; k < entries.size(); ++k)
      row += entries[k] ? " " + errors[k].summary() + " |" : " |";
    std::printf("%s\n", row.c_str());
    std::fflush(stdout);
  }
}

} // namespace
} // namespace bench

int main(int argc, char** argv) {
  const std::uint64_t step = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 401;
  const std::vector<std::string_view> chosen(argv + std::min(argc, 2), argv + argc);
  const auto known = [](std::string_view name) {
    return std::any_of(std::begin(bench::functions), std::end(bench::functions),
                       [=](const bench::function& f) { return f.name == name; });
  };
  if (step == 0 || !std::all_of(chosen.begin(), chosen.end(), known)) {
    std::fputs("relu_bench_accuracy [STEP [FUNCTION...]]: every STEP-th float, 401st if it is not said\n",
               stderr);
    return 1;
  }
  bench::report("forward", "value", bench::patterns(step), chosen);
  std::puts("");
  bench::report("backward", "slope", bench::patterns(step), chosen);
}
