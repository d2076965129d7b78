// Quantised 8-bit elements: all 256 inputs against exact integer arithmetic, and against long double.
#include "testing.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <array>
#include <cfenv>
#include <cmath>
#include <common/activation_table.hpp>
#include <cstring>
#include <numeric>
#include <vector>

using namespace testing;
using Catch::Matchers::Message;
using relu::quantization, relu::quantized, relu::lookup_table;
using std::int8_t, std::uint8_t;

namespace {

// A multiple of 2^-192 below 2^128: exact where the library rounds, and independent of it.
class fixed {
public:
  fixed(double number) {
    number = std::clamp(number, -0x1p100, 0x1p100);
    int exponent = 0;
    const auto significand = static_cast<std::int64_t>(std::ldexp(std::frexp(number, &exponent), 53));
    const auto magnitude = static_cast<std::uint64_t>(std::abs(significand));
    const auto lowest = static_cast<std::size_t>(exponent - 53 + 192);
    for (std::size_t i = 0; i < 53; ++i)
      if (magnitude >> i & 1) limb_.at((lowest + i) / 32) |= std::uint32_t{1} << (lowest + i) % 32;
    negative_ = significand < 0;
  }

  friend fixed operator+(fixed a, const fixed& b) {
    if (a.negative_ == b.negative_) {
      std::uint64_t carry = 0;
      for (std::size_t i = 0; i < limbs; ++i) {
        carry += std::uint64_t{a.limb_[i]} + b.limb_[i];
        a.limb_[i] = static_cast<std::uint32_t>(carry);
        carry >>= 32;
      }
      return a;
    }
    if (less_magnitude(a, b)) return b + a;
    std::int64_t borrow = 0;
    for (std::size_t i = 0; i < limbs; ++i) {
      const std::int64_t difference = std::int64_t{a.limb_[i]} - b.limb_[i] - borrow;
      a.limb_[i] = static_cast<std::uint32_t>(difference);
      borrow = difference < 0;
    }
    return a;
  }
  friend fixed operator-(fixed a) { return a.negative_ = !a.negative_, a; }
  friend fixed operator-(const fixed& a, const fixed& b) { return a + -b; }
  friend fixed operator*(const fixed& a, const fixed& b) {
    std::array<std::uint32_t, 2 * limbs> product{};
    for (std::size_t i = 0; i < limbs; ++i) {
      if (a.limb_[i] == 0) continue;
      std::uint64_t carry = 0;
      for (std::size_t j = 0; j < limbs; ++j) {
        carry += std::uint64_t{a.limb_[i]} * b.limb_[j] + product[i + j];
        product[i + j] = static_cast<std::uint32_t>(carry);
        carry >>= 32;
      }
      product[i + limbs] = static_cast<std::uint32_t>(carry);
    }
    fixed result = 0;
    result.negative_ = a.negative_ != b.negative_;
    for (std::size_t i = 0; i < 2 * limbs; ++i)
      if (product[i] != 0 && (i < fraction_limbs || i >= fraction_limbs + limbs))
        FAIL("the product is not exact");
    std::copy_n(product.begin() + fraction_limbs, limbs, result.limb_.begin());
    return result;
  }
  friend bool operator<(const fixed& a, const fixed& b) {
    const fixed difference = a - b;
    return difference.negative_ && difference.limb_ != decltype(limb_){};
  }
  friend bool operator==(const fixed& a, const fixed& b) { return !(a < b) && !(b < a); }

private:
  static constexpr std::size_t limbs = 10, fraction_limbs = 6;
  std::array<std::uint32_t, limbs> limb_{};
  bool negative_ = false;

  static bool less_magnitude(const fixed& a, const fixed& b) {
    return std::lexicographical_compare(a.limb_.rbegin(), a.limb_.rend(), b.limb_.rbegin(), b.limb_.rend());
  }
};

// The activations whose quantised results are exact, as a fraction of integers.
struct fraction {
  fixed numerator;
  int denominator = 1;
};
const fixed zero = 0;
fraction exactly(relu::rectifier, const fixed& v) { return {zero < v ? v : zero}; }
fraction exactly(relu::leaky_relu act, const fixed& v) { return {v < zero ? v * act.negative_slope : v}; }
fraction exactly(relu::clipped_relu act, const fixed& v) {
  const fixed max = act.max;
  return {v < zero ? zero : max < v ? max : v};
}
fraction exactly(relu::thresholded_relu act, const fixed& v) { return {fixed(act.threshold) < v ? v : zero}; }
fraction exactly(relu::shifted_relu act, const fixed& v) {
  const fixed shift = act.shift;
  return {shift < v ? v - shift : zero};
}
fraction exactly(relu::squared_relu, const fixed& v) { return {zero < v ? v * v : zero}; }
fraction exactly(relu::hard_tanh act, const fixed& v) {
  const fixed low = act.min_val, high = act.max_val;
  return {v < low ? low : high < v ? high : v};
}
fraction exactly(relu::hard_shrink act, const fixed& v) {
  const fixed lambda = act.lambda;
  return {lambda < v || v < -lambda ? v : zero};
}
fraction exactly(relu::soft_shrink act, const fixed& v) {
  const fixed lambda = act.lambda;
  return {lambda < v ? v - lambda : v < -lambda ? v + lambda : zero};
}
fraction exactly(relu::hard_sigmoid, const fixed& v) {
  return {v < fixed(-3) ? zero : fixed(3) < v ? fixed(6) : v + fixed(3), 6};
}
fraction exactly(relu::fast<relu::hard_sigmoid> act, const fixed& v) { return exactly(act.act, v); }

// The nearest element, to even in a tie, found among the ties by bisection.
template <class Out> int nearest(const fraction& y, const quantization& by) {
  int low = std::numeric_limits<Out>::min(), high = std::numeric_limits<Out>::max();
  const fixed step = fixed(by.scale) * fixed(y.denominator);
  while (low < high) { // the result is among low, ..., high
    const int q = low + (high - low) / 2;
    const fixed tie = step * fixed(q - by.zero_point + 0.5);
    const bool odd = (q - by.zero_point) % 2 != 0;
    if (tie < y.numerator || (tie == y.numerator && odd)) low = q + 1;
    else high = q;
  }
  return low;
}

// The nearest element for a reference of the other activations, which leaves no result in doubt.
template <class Out> int nearest(long double y, const quantization& by) {
  using of_type = std::numeric_limits<Out>;
  const long double quotient = y / static_cast<long double>(by.scale);
  if (quotient > 600) return of_type::max();
  if (quotient < -600) return of_type::min();
  const long double below = std::floor(quotient), above_tie = quotient - below - 0.5L;
  const bool is_tie = std::abs(above_tie) < 1e-17L, odd = std::fmod(below, 2.0L) != 0;
  if (!is_tie && std::abs(above_tie) < 1e-12L) FAIL("too close to a tie: " << static_cast<double>(above_tie));
  const int q = static_cast<int>(below) + (is_tie ? odd : above_tie > 0) + by.zero_point;
  return std::clamp<int>(q, of_type::min(), of_type::max());
}

// Floats and doubles, with and without common factors: the ties of many inputs.
constexpr std::pair<double, double> exact_scales[]{{0.1f, 0.05f},   {0.0625, 0.125},   {1, 2},
                                                   {0.1f, 0.2f},    {0.1, 0.2},        {0.3, 0.1},
                                                   {0.02f, 0x1p-8}, {1.0 / 3, 2.0 / 3}};
// Scales with which no smooth activation comes close to a tie as it tends to x or to a constant.
constexpr std::pair<double, double> smooth_scales[]{
    {0.1f, 0.05f}, {1, 1}, {0.3f, 0.1f}, {0.02f, 0x1p-8}, {0.7, 0.13}};
template <class A> constexpr bool is_exact = requires(const A& act) { exactly(act, zero); };
template <class A> constexpr auto& scales = smooth_scales;
template <class A>
requires is_exact<A>
constexpr auto& scales<A> = exact_scales;

template <class T> std::array<int, 3> zero_points() {
  using of_type = std::numeric_limits<T>;
  return {of_type::min(), of_type::max(), std::is_signed_v<T> ? 3 : 128};
}

template <class A, class F> void for_each_quantization(F f) {
  const auto with = [&]<class In, class Out>(In, Out) {
    for (const auto& [scale_x, scale_y] : scales<A>)
      for (const int zero_x : zero_points<In>())
        for (const int zero_y : zero_points<Out>())
          f.template operator()<In, Out>(quantization{scale_x, zero_x}, quantization{scale_y, zero_y});
  };
  with(int8_t{}, int8_t{});
  with(int8_t{}, uint8_t{});
  with(uint8_t{}, int8_t{});
  with(uint8_t{}, uint8_t{});
}

template <class T> std::vector<T> all_elements_of() {
  std::vector<T> all(256);
  std::iota(all.begin(), all.end(), std::numeric_limits<T>::min());
  return all;
}

template <class A> void check_every_input(const A& act) {
  for_each_quantization<A>([&]<class In, class Out>(const quantization& qx, const quantization& qy) {
    const std::vector<In> x = all_elements_of<In>();
    std::vector<Out> y(x.size());
    relu::forward(act, quantized{x, qx}, quantized{y, qy});
    for (std::size_t i = 0; i < x.size(); ++i) {
      const int distance = x[i] - qx.zero_point;
      int expected = 0;
      if constexpr (is_exact<A>) expected = nearest<Out>(exactly(act, fixed(distance) * fixed(qx.scale)), qy);
      else expected = nearest<Out>(row<A>::value(act, distance * static_cast<long double>(qx.scale)), qy);
      if (y[i] != expected)
        FAIL(row<A>::name << ", x = " << int{x[i]} << ", scales " << qx.scale << ' ' << qy.scale
                          << ", zero points " << qx.zero_point << ' ' << qy.zero_point << ": " << int{y[i]}
                          << " instead of " << expected);
    }
  });
}

template <class List> struct as_types;
template <class... T> struct as_types<relu::type_list<T...>> {
  using type = std::tuple<T...>;
};

struct no_vectors { // an activation of your own that takes one type
  double value(double x) const { return x * 0.5; }
};

} // namespace

TEMPLATE_LIST_TEST_CASE("every quantised result is the rounded real number", "[quantized][core]",
                        as_types<relu::activations>::type) {
  for (const TestType& act : row<TestType>::samples) {
    if constexpr (requires { act.invalid_reason(); })
      if (act.invalid_reason()) continue;
    check_every_input(act);
  }
  SUCCEED();
}

TEST_CASE("int8 leaky ReLU dequantises, applies and quantises, ties to even", "[quantized][core]") {
  const std::vector<int8_t> x = all_elements_of<int8_t>();
  std::vector<int8_t> y(x.size());
  relu::forward(relu::leaky_relu{0.1}, quantized{x, {.scale = 0.1}}, quantized{y, {.scale = 0.05}});
  for (std::size_t i = 0; i < x.size(); ++i) {
    const int tenths = x[i] < 0 ? 2 * x[i] : 20 * x[i]; // of a step
    const int below = (tenths + 2000) / 10 - 200, rest = tenths - 10 * below;
    const int expected = below + (rest > 5 || (rest == 5 && below % 2 != 0));
    CHECK(y[i] == std::min(expected, 127));
  }
}

TEST_CASE("decimal scales that miss a tie by a rounding error make ties", "[quantized][core]") {
  // 0.1 x / 0.2 is a tie for every odd x. In double, 0.1 * 15 is below 7.5 * 0.2.
  const std::vector<int8_t> x = all_elements_of<int8_t>();
  const quantization tenths{.scale = 0.1}, fifths{.scale = 0.2};
  const auto half = [](int v) { return v / 2 + (v % 2 != 0 && v / 2 % 2 != 0); };
  std::vector<int8_t> y(x.size());
  const auto check = [&](const auto& act, const quantization& by) {
    relu::forward(act, quantized{x, tenths}, quantized{y, by});
    for (std::size_t i = 0; i < x.size(); ++i)
      if (x[i] > 0) CHECK(y[i] == half(x[i]));
  };
  check(relu::rectifier{}, fifths);
  check(relu::elu{}, fifths);
  check(relu::softplus{.beta = 1e6}, fifths);
  check(no_vectors{}, tenths);
  check(relu::scalar_activation{[](double v) { return 0.7 * v; }}, quantization{.scale = 0.14});
}

TEST_CASE("without an activation quantised elements pass through the rectifier", "[quantized]") {
  const std::vector<uint8_t> x = all_elements_of<uint8_t>();
  std::vector<int8_t> y(x.size());
  relu::forward(quantized{x, {1, 100}}, quantized{y, {1, -20}});
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(y[i] == std::min(std::max(int{x[i]} - 100, 0) - 20, 127));
  CHECK((lookup_table<uint8_t, int8_t>{{1, 100}, {1, -20}}(110)) == -10);
}

TEST_CASE("infinities saturate and NaN becomes the zero point", "[quantized][core]") {
  const std::vector<int8_t> x{-1, 0, 1, 2};
  std::vector<uint8_t> y(x.size());
  const auto special = relu::scalar_activation{[](double v) {
    return v < 0   ? from_bits<double>(0xfff0000000000000)
           : v > 1 ? from_bits<double>(0x7ff8000000000001)
           : v > 0 ? from_bits<double>(0x7ff0000000000000)
                   : 0.0;
  }};
  relu::forward(special, quantized{x, {1, 0}}, quantized{y, {0.5, 7}});
  CHECK(y == std::vector<uint8_t>{0, 7, 255, 7});
  // (x - zero_point) * scale overflows
  relu::forward(quantized{x, {1.7e308, -2}}, quantized{y, {1.7e308, 7}});
  CHECK(y == std::vector<uint8_t>{8, 255, 255, 255});
}

TEMPLATE_TEST_CASE("a table gives the result of every length and position", "[quantized][memory]", int8_t,
                   uint8_t) {
  using T = TestType;
  const quantization q{0.1, 5};
  const lookup_table<T, T> table{relu::gelu{}, q, q};
  CHECK(table.entries().size() == 256);
  std::vector<T> all(1000);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<T>(i * 37 % 256);
  for (std::size_t n = 0; n <= 200; ++n)
    for (const std::size_t at : {0u, 1u, 7u, 33u}) {
      const std::span<const T> x = std::span(all).subspan(at + n, n);
      std::vector<T> expected(n + 64, T(9));
      for (std::size_t i = 0; i < n; ++i) expected[at + i] = table(x[i]);
      const auto check = [&](auto forward) {
        std::vector<T> y(n + 64, T(9));
        forward(std::span(y).subspan(at, n));
        if (y != expected) FAIL("n = " << n << ", at " << at);
      };
      for (const relu::stores how : {relu::stores::cached, relu::stores::streaming}) {
        check([&](std::span<T> y) { relu::forward(table, x, y, how); });
        check([&](std::span<T> y) { relu::forward(relu::gelu{}, quantized{x, q}, quantized{y, q}, how); });
      }
      check([&](std::span<T> y) { // in place
        std::copy(x.begin(), x.end(), y.begin());
        relu::forward(table, y);
      });
      check([&](std::span<T> y) {
        std::copy(x.begin(), x.end(), y.begin());
        relu::forward(relu::gelu{}, quantized{y, q});
      });
    }
  SUCCEED();
}

TEST_CASE("matrices of quantised elements give the elements of ranges", "[quantized][matrices]") {
  const quantization qx{0.1, 3}, qy{0x1p-8, -7};
  const lookup_table<int8_t, uint8_t> table{relu::gelu{}, qx, {0.05, 100}};
  for (const auto& [rows, columns] : {std::pair<std::size_t, std::size_t>{3, 5}, {7, 100}, {1, 300}, {0, 4}})
    for (const auto& [row_stride, column_stride] :
         {std::pair{columns, std::size_t{1}}, {columns + 3, 1}, {2 * columns + 1, 2}, {1, rows + 2}}) {
      INFO(rows << " rows of " << columns << ", strides " << row_stride << " and " << column_stride);
      const std::size_t n = rows * columns;
      std::vector<int8_t> x(n), spread(4 * n + 8, int8_t{50}), want(n), y(n), wide(4 * n + 8, int8_t{9});
      std::vector<uint8_t> want_of_table(n), looked_up(n);
      // clang 14 cannot capture structured bindings by reference
      const auto place = [columns = columns, row = row_stride, column = column_stride](std::size_t i) {
        return i / columns * row + i % columns * column;
      };
      for (std::size_t i = 0; i < n; ++i) spread[place(i)] = x[i] = static_cast<int8_t>(i * 77);
      const relu::matrix_view m{spread.data(), rows, columns, row_stride, column_stride},
          out{wide.data(), rows, columns, row_stride, column_stride};
      relu::forward(relu::tanh{}, quantized{x, qx}, quantized{want, qy});
      relu::forward(relu::tanh{}, quantized{m, qx}, quantized{y, qy});
      CHECK(y == want);
      relu::forward(relu::tanh{}, quantized{x, qx}, quantized{out, qy});
      std::size_t written = 0;
      for (std::size_t i = 0; i < n; ++i) written += wide[place(i)] == want[i] && want[i] != 9;
      CHECK(written == n - static_cast<std::size_t>(std::count(want.begin(), want.end(), 9)));
      CHECK(static_cast<std::size_t>(std::count(wide.begin(), wide.end(), 9)) == wide.size() - written);
      relu::forward(table, x, want_of_table);
      relu::forward(table, m, looked_up);
      CHECK(looked_up == want_of_table);
      relu::forward(relu::tanh{}, quantized{m, qx}, quantized{m, qy}); // in place
      for (std::size_t i = 0; i < n; ++i) CHECK(spread[place(i)] == want[i]);
    }
  std::vector<int8_t> x(20);
  const relu::matrix_view m{x.data(), 4, 5}, other{x.data(), 5, 4};
  CHECK_THROWS_MATCHES(relu::forward(quantized{m, qx}, quantized{other, qx}), std::invalid_argument,
                       Message("relu::forward: x has 4 rows and 5 columns, y has 5 and 4"));
}

TEST_CASE("elements of another type in the same memory", "[quantized]") {
  std::vector<int8_t> x = all_elements_of<int8_t>();
  const lookup_table<int8_t, uint8_t> table{relu::sigmoid{}, {0.1, 0}, {0x1p-8, 0}};
  const std::vector<int8_t> from = x;
  const std::span y(reinterpret_cast<uint8_t*>(x.data()), x.size());
  relu::forward(relu::sigmoid{}, quantized{x, {0.1, 0}}, quantized{y, {0x1p-8, 0}});
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(y[i] == table(from[i]));
}

#if defined(FE_UPWARD) && !defined(__FAST_MATH__)
TEMPLATE_LIST_TEST_CASE("exact quantised results do not depend on the rounding mode", "[quantized]",
                        as_types<relu::detail::extended_activations>::type) {
  using A = TestType;
  for (const A& act : row<A>::samples) {
    if constexpr (requires { act.invalid_reason(); })
      if (act.invalid_reason()) continue;
    for_each_quantization<A>([&]<class In, class Out>(const quantization& qx, const quantization& qy) {
      const lookup_table<In, Out> expected{act, qx, qy};
      for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
        if (std::fesetround(mode) != 0) continue;
        const lookup_table<In, Out> table{act, qx, qy};
        std::fesetround(FE_TONEAREST);
        if (!std::ranges::equal(table.entries(), expected.entries()))
          FAIL("mode " << mode << ", scales " << qx.scale << ' ' << qy.scale);
      }
    });
  }
  SUCCEED();
}
#endif

TEST_CASE("wrong quantised arguments are errors, and nothing is written", "[quantized][check]") {
  const std::vector<int8_t> x(100, 50);
  std::vector<uint8_t> y(100, 9);
  const quantization good{0.1, 0};
  const auto refuses = [&](const auto& act, const quantization& qx, const quantization& qy,
                           const char* message) {
    CHECK_THROWS_MATCHES(relu::forward(act, quantized{x, qx}, quantized{y, qy}), std::invalid_argument,
                         Message(message));
    CHECK(y == std::vector<uint8_t>(100, 9));
  };
  const relu::rectifier act;
  refuses(act, {0, 0}, good, "relu::forward: the scale of x is 0, but it must be positive and finite");
  refuses(act, {-0.5, 0}, good, "relu::forward: the scale of x is -0.5, but it must be positive and finite");
  refuses(act, good, {from_bits<double>(0x7ff0000000000000), 0},
          "relu::forward: the scale of y is inf, but it must be positive and finite");
  refuses(act, good, {from_bits<double>(0x7ff8000000000000), 0},
          "relu::forward: the scale of y is nan, but it must be positive and finite");
  refuses(act, {0.1, 128}, good,
          "relu::forward: the zero point of x is 128, which is not among its elements, -128 to 127");
  refuses(act, good, {0.1, -1},
          "relu::forward: the zero point of y is -1, which is not among its elements, 0 to 255");
  refuses(relu::soft_shrink{-1}, good, good, "relu::forward: soft_shrink: lambda must be at least 0");
  CHECK_THROWS_MATCHES(relu::forward(quantized{x, good}, quantized{std::span(y).first(99), good}),
                       std::invalid_argument, Message("relu::forward: x has 100 elements, y has 99"));
  std::vector<int8_t> memory(101, 50);
  CHECK_THROWS_AS(relu::forward(quantized{std::span(memory).first(100), good},
                                quantized{std::span(memory).last(100), good}),
                  std::invalid_argument);
  CHECK(memory == std::vector<int8_t>(101, 50));

  using table = lookup_table<int8_t, uint8_t>;
  CHECK_THROWS_MATCHES(
      (table{act, {0, 0}, good}), std::invalid_argument,
      Message("relu::lookup_table: the scale of qx is 0, but it must be positive and finite"));
  CHECK_THROWS_MATCHES(
      (table{good, {1, 256}}), std::invalid_argument,
      Message("relu::lookup_table: the zero point of qy is 256, which is not among its elements, 0 to 255"));
  CHECK_THROWS_MATCHES(relu::forward(table{good, good}, x, std::span(y).first(99)), std::invalid_argument,
                       Message("relu::forward: x has 100 elements, y has 99"));
}
