// convert, float16 and bfloat16: every pattern of the 16-bit types, and the floats at which rounding changes.
#include "testing.hpp"
#include <relu/convert.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <bit>
#include <cfenv>
#include <cmath>
#include <cstring>
#include <vector>

namespace {
struct other_half { // another library's type
  std::uint16_t bits;
};
} // namespace
template <> struct relu::same_layout_as<other_half> {
  using type = relu::float16;
};

using namespace testing;
using Catch::Matchers::Message;

namespace {

// A format by its numbers of bits, as IEEE 754 defines it.
template <class T> struct format;
template <> struct format<relu::float16> {
  static constexpr int fraction = 10, bias = 15, largest_exponent = 31;
};
template <> struct format<relu::bfloat16> {
  static constexpr int fraction = 7, bias = 127, largest_exponent = 255;
};

template <class T> std::uint16_t infinity_of = format<T>::largest_exponent << format<T>::fraction;

// The number of a pattern without its sign, which is not NaN. Infinity counts as the next power of 2.
template <class T> double magnitude_of(std::uint16_t pattern) {
  using f = format<T>;
  const int exponent = pattern >> f::fraction, fraction = pattern & ((1 << f::fraction) - 1);
  const int significand = exponent == 0 ? fraction : fraction + (1 << f::fraction);
  return std::ldexp(significand, std::max(exponent, 1) - f::bias - f::fraction);
}

std::uint32_t pattern_of(float x) { return static_cast<std::uint32_t>(bits(x)); }
float float_with(std::uint32_t pattern) { return from_bits<float>(pattern); }

// The pattern of the float v >= 0, without an operation on a subnormal float, which a program may flush to 0.
std::uint32_t float_pattern(double v) {
  return v < 0x1p-126 ? static_cast<std::uint32_t>(v * 0x1p149) : pattern_of(static_cast<float>(v));
}

// What float(T) must return, as a pattern.
template <class T> std::uint32_t widened(std::uint16_t pattern) {
  const std::uint32_t sign = std::uint32_t{pattern} >> 15 << 31, size = pattern & 0x7fff;
  if (size > infinity_of<T>) return sign | 0x7fc00000 | (size << (23 - format<T>::fraction) & 0x3fffff);
  if (size == infinity_of<T>) return sign | 0x7f800000;
  return sign | float_pattern(magnitude_of<T>(static_cast<std::uint16_t>(size)));
}

// Floats, and the pattern that T(x) must have: for every number of T the float itself, the tie with the next
// number, and the floats next to it; and NaN.
template <class T> struct roundings {
  std::vector<float> x;
  std::vector<std::uint16_t> expected;

  void add(std::uint32_t pattern, unsigned size) {
    for (const unsigned sign : {0u, 1u}) {
      x.push_back(float_with(pattern | sign << 31));
      expected.push_back(static_cast<std::uint16_t>(size | sign << 15));
    }
  }
  roundings() {
    for (unsigned size = 0; size < infinity_of<T>; ++size) {
      const double here = magnitude_of<T>(static_cast<std::uint16_t>(size)),
                   next = magnitude_of<T>(static_cast<std::uint16_t>(size + 1));
      const std::uint32_t tie = float_pattern(here / 2 + next / 2);
      add(float_pattern(here), size);
      add(tie, size + size % 2);
      add(tie - 1, size);
      add(tie + 1, size + 1);
    }
    const std::uint32_t first_tie = float_pattern(magnitude_of<T>(1) / 2), last = pattern_of(INFINITY);
    const std::uint32_t last_tie =
        float_pattern(magnitude_of<T>(infinity_of<T> - 1) / 2 + magnitude_of<T>(infinity_of<T>) / 2);
    for (std::uint32_t pattern = 0; pattern < first_tie; pattern += first_tie / 1000 + 1) add(pattern, 0);
    for (std::uint32_t pattern = last_tie; pattern < last; pattern += (last - last_tie) / 1000 + 1)
      add(pattern, infinity_of<T>);
    add(last, infinity_of<T>);
    for (std::uint32_t payload = 1; payload < 0x800000; payload = payload * 3 + 1)
      for (const std::uint32_t sign : {0u, 0x80000000u}) {
        const std::uint32_t kept = (payload | 0x400000) >> (23 - format<T>::fraction);
        x.push_back(float_with(sign | 0x7f800000 | payload));
        expected.push_back(static_cast<std::uint16_t>(sign >> 16 | infinity_of<T> | kept));
      }
  }
};

template <class T> std::vector<T> all_patterns() {
  std::vector<T> all;
  for (unsigned i = 0; i < 65536; ++i) all.push_back(T::from_bits(static_cast<std::uint16_t>(i)));
  return all;
}

using float16_types = relu::detail::float16_elements;

} // namespace

TEMPLATE_LIST_TEST_CASE("every 16-bit pattern converts to float", "[convert][core]", float16_types) {
  using T = TestType;
  const std::vector<T> x = all_patterns<T>();
  std::vector<float> y(x.size());
  for (const relu::stores how : {relu::stores::cached, relu::stores::streaming}) {
    std::fill(y.begin(), y.end(), 1.0f);
    relu::convert(x, y, how);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      wrong += pattern_of(y[i]) != widened<T>(x[i].bits()) || pattern_of(float(x[i])) != pattern_of(y[i]);
    CHECK(wrong == 0);
  }
}

TEMPLATE_LIST_TEST_CASE("floats are rounded to the nearest 16-bit number, to even in a tie",
                        "[convert][core]", float16_types) {
  using T = TestType;
  const roundings<T> all;
  CHECK(all.x.size() > 200'000);
  std::vector<T> y(all.x.size());
  for (const relu::stores how : {relu::stores::cached, relu::stores::streaming}) {
    std::fill(y.begin(), y.end(), T::from_bits(1));
    relu::convert(all.x, y, how);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < y.size(); ++i)
      wrong += y[i].bits() != all.expected[i] || T(all.x[i]).bits() != y[i].bits();
    CHECK(wrong == 0);
  }
}

TEST_CASE("conversions are constant expressions", "[convert]") {
  static_assert(relu::float16(1.5f).bits() == 0x3e00 && float(relu::float16::from_bits(0x3e00)) == 1.5f);
  static_assert(relu::bfloat16(1.5f).bits() == 0x3fc0 && float(relu::bfloat16::from_bits(0x3fc0)) == 1.5f);
  static_assert(relu::float16(0x1p-25f).bits() == 0 && relu::float16(0x1.1p-25f).bits() == 1);
  static_assert(relu::float16{}.bits() == 0 && std::is_trivially_copyable_v<relu::float16>);
  static_assert(relu::bfloat16{}.bits() == 0 && sizeof(relu::bfloat16) == 2);
  SUCCEED();
}

TEMPLATE_LIST_TEST_CASE("16-bit floats compare as numbers", "[convert]", float16_types) {
  using T = TestType;
  CHECK(T(2.0f) == T(2.0f));
  CHECK(T(2.0f) != T(-2.0f));
  CHECK(T(0.0f) == T(-0.0f));
  CHECK(T(INFINITY) == T(INFINITY));
  CHECK(T(NAN) != T(NAN));
}

TEMPLATE_LIST_TEST_CASE("convert rounds a NaN between numbers to a NaN, at every position", "[convert]",
                        float16_types) {
  using T = TestType;
  const float nan = std::bit_cast<float>(0xffffffff);
  for (std::size_t at = 0; at < 70; ++at) {
    std::vector<float> x(70, 1.5f);
    x[at] = nan;
    std::vector<T> y(70), want(70, T(1.5f));
    want[at] = T::from_bits(0xffff);
    relu::convert(x, y);
    CHECK(std::memcmp(y.data(), want.data(), y.size() * sizeof(T)) == 0);
  }
}

TEMPLATE_LIST_TEST_CASE("convert gives the same result for every length and position", "[convert][memory]",
                        float16_types) {
  using T = TestType;
  const std::vector<T> all = all_patterns<T>();
  for (std::size_t n = 0; n < 150; ++n)
    for (const std::size_t at : {0x3c00u, 0x3f7fu, 0x3ffu, 0x7b01u}) {
      const std::size_t shift = at % 7;
      const relu::stores how = n % 2 == 0 ? relu::stores::cached : relu::stores::streaming;
      const auto x = std::span(all).subspan(at, n);
      std::vector<float> wide(n + 8, 7.0f);
      relu::convert(x, std::span(wide).subspan(shift, n), how);
      std::vector<T> narrow(n + 8, T(7.0f));
      relu::convert(std::span(wide).subspan(shift, n), std::span(narrow).subspan(shift, n), how);
      bool same = true;
      for (std::size_t i = 0; i < n + 8; ++i) {
        const bool inside = i >= shift && i < shift + n;
        const T expected = inside ? x[i - shift] : T(7.0f);
        same = same && wide[i] == float(expected) && narrow[i].bits() == expected.bits();
      }
      CHECK(same);
    }
}

#if defined(FE_UPWARD) && !defined(__FAST_MATH__)
TEMPLATE_LIST_TEST_CASE("convert rounds to nearest in every rounding mode", "[convert]", float16_types) {
  using T = TestType;
  const roundings<T> all;
  const std::vector<T> patterns = all_patterns<T>();
  std::vector<T> y(all.x.size());
  std::vector<float> wide(patterns.size());
  for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
    std::fill(y.begin(), y.end(), T::from_bits(1));
    std::fill(wide.begin(), wide.end(), 1.0f);
    if (std::fesetround(mode) != 0) continue;
    relu::convert(all.x, y);
    relu::convert(patterns, wide);
    std::fesetround(FE_TONEAREST);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < y.size(); ++i) wrong += y[i].bits() != all.expected[i];
    for (std::size_t i = 0; i < wide.size(); ++i)
      wrong += pattern_of(wide[i]) != widened<T>(patterns[i].bits());
    CHECK(wrong == 0);
  }
}
#endif

TEST_CASE("convert takes the 16-bit types of the compiler, and others with their layout", "[convert]") {
  const std::vector<float> x{0, -1.5f, 3, 1e10f, -INFINITY};
  const auto check = [&]<class Mine, class Theirs>(Mine, Theirs) {
    std::vector<Theirs> theirs(x.size());
    std::vector<Mine> mine(x.size());
    relu::convert(x, theirs);
    relu::convert(x, mine);
    CHECK(std::memcmp(theirs.data(), mine.data(), 2 * x.size()) == 0);
    std::vector<float> back(x.size()), expected(x.size());
    relu::convert(theirs, back);
    relu::convert(mine, expected);
    CHECK(back == expected);
  };
  check(relu::float16{}, other_half{});
#ifdef RELU_WITH_COMPILER_FLOAT16
  check(relu::float16{}, _Float16{});
#endif
#ifdef RELU_WITH_COMPILER_BFLOAT16
  check(relu::bfloat16{}, __bf16{});
#endif
}

TEST_CASE("convert refuses wrong ranges and writes nothing", "[convert][check]") {
  std::vector<float> x(5, 1.0f), y(6, 7.0f);
  std::vector<relu::float16> h(6, relu::float16(7.0f));
  CHECK_THROWS_MATCHES(relu::convert(x, h), std::invalid_argument,
                       Message("relu::convert: x has 5 elements, y has 6"));
  CHECK(h == std::vector(6, relu::float16(7.0f)));
  float memory[4] = {1, 2, 3, 4};
  const std::span halves(reinterpret_cast<relu::float16*>(memory), 4);
  CHECK_THROWS_AS(relu::convert(std::span<const float>(memory), halves), std::invalid_argument);
  CHECK(memory[0] == 1);
  CHECK_THROWS_AS(relu::convert(h, x), std::invalid_argument);
}
