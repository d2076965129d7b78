// SPDX-License-Identifier: MIT
// Prints the largest errors of both tiers of relu and of other libraries, in ULP of float: one table for
// values and one for slopes. relu_bench_accuracy [STEP [FUNCTION...]] tests every STEP-th of the 2^32 bit
// patterns.
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

// Formats with three digits, or one digit for large numbers: 0.501, 2e7.
std::string text(double number) {
  if (std::isnan(number)) return "NaN";
  char digits[32];
  std::snprintf(digits, sizeof digits, std::abs(number) < 1e4 ? "%.3g" : "%.0e", number);
  std::string all = digits;
  if (const auto plus = all.find("e+"); plus != all.npos) all.erase(plus + 1, all[plus + 2] == '0' ? 2 : 1);
  return all;
}

// Collects the largest error of normal results, the largest error of subnormal results, and the first
// mismatch. A mismatch is a result that is infinite or NaN although the expected result is not, or the
// reverse.
class largest_errors {
public:
  void add(float x, float actual, real expected) {
    const auto rounded = static_cast<float>(expected);
    const bool nan = std::isnan(actual) || std::isnan(rounded);
    const real error = nan ? 0 : ulps(actual, expected);
    // An overflow up to 2 ULP too early or too late is an error, not a mismatch.
    const bool mismatch = nan ? !std::isnan(actual) || !std::isnan(rounded)
                              : std::isinf(actual) != std::isinf(rounded) && error > 2;
    error_at& largest = std::abs(expected) < limits::min() ? subnormal_ : normal_;
    if (mismatch && !mismatch_) mismatch_ = text(actual) + " at " + text(x);
    if (!mismatch && error > largest.ulps) largest = {error, x};
  }

  std::string summary() const {
    std::string all = normal_.summary();
    if (subnormal_.ulps > std::max<real>(normal_.ulps, 1)) all += "; subnormal: " + subnormal_.summary();
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

  // Treats infinity as 2^128, the first power of two that overflows. The ULP of subnormal numbers is that of
  // the smallest normal number.
  static real ulps(float actual, real expected) {
    const real end = std::ldexp(real(1), limits::max_exponent), finite = std::clamp<real>(actual, -end, end);
    expected = std::clamp(expected, -end, end);
    const int exponent =
        expected == 0 ? limits::min_exponent : std::max(std::ilogb(expected) + 1, limits::min_exponent);
    return std::abs(finite - expected) / std::ldexp(real(1), exponent - limits::digits);
  }

  error_at normal_, subnormal_;
  std::optional<std::string> mismatch_;
};

// Returns f(x), NaN for NaN, and the limit of f at infinity. Some formulas return NaN at infinity, so 1e100
// replaces it.
real expected_result(real (*f)(real), float x) {
  if (std::isnan(x)) return x;
  return f(std::isinf(x) ? std::copysign(1e100L, static_cast<real>(x)) : static_cast<real>(x));
}

const entry* look_up(const contender& c, std::string_view operation, std::string_view function) {
  const auto matches = [=](const entry& e) {
    return e.operation == operation && e.function == function && e.element == "float";
  };
  const auto found = std::find_if(c.entries.begin(), c.entries.end(), matches);
  return found == c.entries.end() ? nullptr : &*found;
}

// The inputs: every step-th bit pattern, and then special values.
class inputs {
public:
  explicit inputs(std::uint64_t step) : step_(step) {}

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

// Returns the largest errors of each entry. Null entries have none.
std::vector<largest_errors> measure(const std::vector<const entry*>& entries, const function& f, bool slopes,
                                    inputs all) {
  static constexpr std::size_t block = 64 * Ki;
  static const auto dy = allocate<float>(block), x = allocate<float>(block), out = allocate<float>(block);
  std::vector<largest_errors> errors(entries.size());
  std::vector<real> expected(block);
  std::fill_n(dy.get(), block, 1.0f);
  for (std::uint64_t begin = 0; begin < all.size(); begin += block) {
    const std::size_t n = std::min<std::uint64_t>(block, all.size() - begin);
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = all[begin + i];
      expected[i] = expected_result(slopes ? f.slope : f.value, x[i]);
    }
    for (std::size_t k = 0; k < entries.size(); ++k) {
      if (!entries[k]) continue;
      if (entries[k]->prepare) entries[k]->prepare(dy.get(), x.get(), out.get(), n);
      entries[k]->run(dy.get(), x.get(), out.get(), n);
      for (std::size_t i = 0; i < n; ++i)
        if (!slopes || !std::isnan(x[i])) // at NaN, any slope is correct
          errors[k].add(x[i], out[i], expected[i]);
    }
  }
  return errors;
}

void report(std::string_view operation, std::string_view title, const inputs& all,
            const std::vector<std::string_view>& chosen) {
  std::vector<contender> contenders;
  for (const contender& c : {RELU_BENCH_CONTENDERS})
    if (look_up(c, operation, "sigmoid")) contenders.push_back(c);

  std::string head = "| " + std::string(title) + " |", rule = "| --- |";
  for (const contender& c : contenders) {
    head.append(" ").append(c.name).append(c.version.empty() ? "" : " ").append(c.version).append(" |");
    rule += " ---: |";
  }
  std::printf("%s\n%s\n", head.c_str(), rule.c_str());
  for (const function& f : functions) {
    std::vector<const entry*> entries(contenders.size());
    std::transform(contenders.begin(), contenders.end(), entries.begin(),
                   [&](const contender& c) { return look_up(c, operation, f.name); });
    const auto is_f = [&](std::string_view name) { return name == f.name; };
    if (std::none_of(entries.begin(), entries.end(), [](const entry* e) { return e; }) ||
        (!chosen.empty() && std::none_of(chosen.begin(), chosen.end(), is_f)))
      continue;
    const std::vector<largest_errors> errors = measure(entries, f, operation == "backward", all);
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
  if (step == 0 || !std::all_of(chosen.begin(), chosen.end(), bench::find)) {
    std::fputs("Usage: relu_bench_accuracy [STEP [FUNCTION...]]\n"
               "Tests every STEP-th float (default: 401) with these functions of bench/functions.hpp "
               "(default: all).\n",
               stderr);
    return 1;
  }
  bench::report("forward", "value", bench::inputs(step), chosen);
  std::puts("");
  bench::report("backward", "slope", bench::inputs(step), chosen);
}
