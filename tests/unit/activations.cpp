// Compares every activation with its row of the table, for every element type that it accepts.
#include "testing.hpp"

#include <catch2/catch_template_test_macros.hpp>

#include <algorithm>
#include <common/activation_table.hpp>

using namespace testing;

namespace {

template <class A, class T> void check_against_row() {
  const std::vector<T> x = inputs<T>(3000), dy = gradients<T>(3000);
  std::vector<T> y(x.size()), dx(x.size());
  for (const A& act : row<A>::samples) {
    relu::forward(act, x, y);
    relu::backward(act, dy, x, dx);
    for (std::size_t i = 0; i < x.size(); ++i) {
      INFO(row<A>::name << ", x[" << i << "] = " << +x[i] << ", dy = " << +dy[i] << ", y = " << +y[i]
                        << ", dx = " << +dx[i]);
      if constexpr (exact<A>) {
        CHECK(matches<A>(y[i], expected_value(act, x[i]), x[i]));
        CHECK(matches<A>(dx[i], expected_gradient(act, x[i], dy[i]), x[i]));
        const T slope = act.slope(x[i]);
        CHECK(matches<A>(slope, expected_gradient(act, x[i], T(1)), x[i]));
      } else {
        CHECK(ulp_error(y[i], row<A>::value(act, wider<T>(x[i]))) <= value_limit<A, T>);
        const T slope = act.slope(x[i]);
        CHECK(slope_error<A>(slope, row<A>::slope(act, wider<T>(x[i])), x[i]) <= slope_limit<A, T>);
        if (is_zero(slope)) CHECK(same_bits(dx[i], T(0)));
      }
    }
    if constexpr (!exact<A>) { // for dy = 1, backward returns the slope
      const std::vector<T> one(x.size(), T(1));
      relu::backward(act, one, x, dx);
      for (std::size_t i = 0; i < x.size(); ++i) {
        INFO(row<A>::name << ", x[" << i << "] = " << x[i] << ", slope = " << dx[i]);
        CHECK(slope_error<A>(dx[i], row<A>::slope(act, wider<T>(x[i])), x[i]) <= slope_limit<A, T>);
      }
    }
  }
}

template <class T, class... A> void check_all(relu::type_list<A...>) {
  const auto check = []<class B>(relu::type_list<B>) {
    if constexpr (relu::activation<B, T>) check_against_row<B, T>();
  };
  (check(relu::type_list<A>{}), ...);
}

// Compares slopes with difference quotients, where the function is smooth.
template <class A> void check_differences() {
  for (const A& act : row<A>::samples)
    for (double x = -9.37; x < 9; x += 0.173) { // hits no kink
      const double h = 1e-6;
      const double quotient = (act.value(x + h) - act.value(x - h)) / (2 * h);
      INFO("x = " << x << ", slope = " << act.slope(x) << ", quotient = " << quotient);
      const double scale = std::max(1.0, std::abs(quotient));
      if (std::abs(act.value(x)) > 1000 * scale) continue; // rounding hides the difference
      CHECK(std::abs(act.slope(x) - quotient) <= 1e-7 * scale);
    }
}

template <class... A> void check_all_differences(relu::type_list<A...>) { (check_differences<A>(), ...); }

} // namespace

TEMPLATE_LIST_TEST_CASE("activations agree with their reference", "[activations]", elements_of_each_size) {
  check_all<TestType>(relu::activations{});
}

TEST_CASE("slopes agree with difference quotients", "[activations]") {
  check_all_differences(relu::activations{});
}

namespace {

// The documented results for -inf, -0 and +inf, including the signs of zeros.
struct limits {
  double below, at_minus_zero, above;
};
template <class T, class A> void check_limits(const A& act, limits value, limits slope) {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  const std::vector<T> x{-infinity, -T(0), infinity}, one(3, T(1));
  std::vector<T> y(3);
  const auto as_elements = [](limits l) {
    return std::vector<T>{static_cast<T>(l.below), static_cast<T>(l.at_minus_zero), static_cast<T>(l.above)};
  };
  const auto same = [](T a, T b) {
    return same_bits(a, b) || (!is_zero(b) && ulp_error(a, wider<T>(b)) <= 4);
  };
  const std::vector<T> values = as_elements(value), slopes = as_elements(slope);
  INFO(row<A>::name);
  relu::forward(act, x, y);
  CHECK(std::equal(y.begin(), y.end(), values.begin(), same));
  relu::backward(act, one, x, y); // every zero is +0
  CHECK(std::equal(y.begin(), y.end(), slopes.begin(),
                   [](T a, T b) { return ulp_error(a, wider<T>(b)) <= 4; }));
  CHECK(std::none_of(y.begin(), y.end(), [](T dx) { return is_zero(dx) && sign_bit(dx); }));
  if constexpr (relu::has_fast_tier<A, T>)
    if (const relu::fast fast{act}; !fast.invalid_reason()) check_limits<T>(fast, value, slope);
}

} // namespace

TEMPLATE_LIST_TEST_CASE("activations have the documented limits at infinity and at -0", "[activations]",
                        floating_elements) {
  using T = TestType;
  constexpr double inf = INFINITY, log_2 = 0x1.62e42fefa39efp-1;
  check_limits<T>(relu::sigmoid{}, {0, 0.5, 1}, {0, 0.25, 0});
  check_limits<T>(relu::log_sigmoid{}, {-inf, -log_2, -0.0}, {1, 0.5, 0});
  check_limits<T>(relu::tanh{}, {-1, -0.0, 1}, {0, 1, 0});
  check_limits<T>(relu::softplus{}, {0, log_2, inf}, {0, 0.5, 1});
  check_limits<T>(relu::softplus{-0.5, 3}, {-inf, -2 * log_2, -0.0}, {1, 0.5, 0});
  check_limits<T>(relu::softplus{0x1p-70}, {0, 0x1p70 * log_2, inf}, {0, 0.5, 1});
  check_limits<T>(relu::softsign{}, {-1, -0.0, 1}, {0, 1, 0});
  check_limits<T>(relu::elu{0.25}, {-0.25, -0.0, inf}, {0, 0.25, 1});
  check_limits<T>(relu::elu{0x1p100}, {-0x1p100, -0.0, inf}, {0, 0x1p100, 1});
  check_limits<T>(relu::celu{0.25}, {-0.25, -0.0, inf}, {0, 1, 1});
  check_limits<T>(relu::celu{100}, {-100, -0.0, inf}, {0, 1, 1});
  check_limits<T>(relu::celu{-0.5}, {-inf, -0.0, inf}, {inf, 1, 1});
  check_limits<T>(relu::celu{-0x1p-100}, {-inf, -0.0, inf}, {inf, 1, 1});
  const double scale = relu::selu::scale, product = scale * relu::selu::alpha;
  check_limits<T>(relu::selu{}, {-product, -0.0, inf}, {0, product, scale});
  check_limits<T>(relu::silu{}, {-0.0, -0.0, inf}, {0, 0.5, 1});
  check_limits<T>(relu::gelu{}, {-0.0, -0.0, inf}, {0, 0.5, 1});
  check_limits<T>(relu::gelu_tanh{}, {-0.0, -0.0, inf}, {0, 0.5, 1});
  check_limits<T>(relu::quick_gelu{}, {-0.0, -0.0, inf}, {0, 0.5, 1});
  check_limits<T>(relu::mish{}, {-0.0, -0.0, inf}, {0, 0.6, 1});
  check_limits<T>(relu::hard_sigmoid{}, {0, 0.5, 1}, {0, 1.0 / 6, 0});
  check_limits<T>(relu::hard_swish{}, {-0.0, -0.0, inf}, {0, 0.5, 1});
  check_limits<T>(relu::tanh_shrink{}, {-inf, -0.0, inf}, {1, 0, 1});
}

// In a constant expression, an operation that overflows or returns NaN is an error.
TEMPLATE_LIST_TEST_CASE("hard_swish is constexpr for the largest number and for NaN", "[activations]",
                        floating_elements) {
  using T = TestType;
  constexpr relu::hard_swish hard_swish;
  constexpr T largest = std::numeric_limits<T>::max(), nan = std::numeric_limits<T>::quiet_NaN();
  constexpr T of_largest = hard_swish.value(largest), of_nan = hard_swish.value(nan);
  CHECK((of_largest == largest && is_nan(of_nan)));
}

namespace {

template <class T, class... A> void check_nan(relu::type_list<A...>) {
  const std::vector<T> nan{from_bits<T>(bits(std::numeric_limits<T>::infinity()) + 1), // signalling
                           -std::numeric_limits<T>::quiet_NaN()};
  std::vector<T> y(2);
  const auto check = [&]<class B>(relu::type_list<B>) {
    for (const B& act : row<B>::samples) {
      INFO(row<B>::name);
      relu::forward(act, nan, y);
      CHECK((is_nan(y[0]) && is_nan(y[1])));
      if constexpr (!exact<B>) {
        CHECK(same_bits<T>(y, nan));
        relu::backward(act, y, nan, y);
        CHECK((is_nan(y[0]) && is_nan(y[1])));
      }
    }
  };
  (check(relu::type_list<A>{}), ...);
}

} // namespace

TEMPLATE_LIST_TEST_CASE("activations return NaN for NaN", "[activations]", floating_elements) {
  check_nan<TestType>(relu::activations{});
}

TEST_CASE("activations refuse invalid parameters", "[activations][check]") {
  std::vector<float> x(1);
  const double nan = NAN;
  for (const double beta : {0.0, nan, HUGE_VAL, -HUGE_VAL, 1e-300, -1e39})
    CHECK_THROWS_AS(relu::forward(relu::softplus{beta}, x), std::invalid_argument);
  CHECK_THROWS_AS(relu::forward(relu::softplus{1, nan}, x), std::invalid_argument);
  for (const double alpha : {0.0, -0.0, nan, HUGE_VAL, -HUGE_VAL, 1e-300, -1e-300, 1e300, -1e300})
    CHECK_THROWS_AS(relu::forward(relu::celu{alpha}, x), std::invalid_argument);
  CHECK_THROWS_AS(relu::forward(relu::hard_tanh{1, 1}, x), std::invalid_argument);
  CHECK_THROWS_AS(relu::forward(relu::hard_tanh{2, 1}, x), std::invalid_argument);
  CHECK_THROWS_AS(relu::forward(relu::hard_tanh{nan, 1}, x), std::invalid_argument);
  CHECK_THROWS_AS(relu::forward(relu::hard_tanh{0, nan}, x), std::invalid_argument);
  CHECK_THROWS_AS(relu::forward(relu::hard_shrink{-1}, x), std::invalid_argument);
  CHECK_THROWS_AS(relu::forward(relu::soft_shrink{nan}, x), std::invalid_argument);
}

TEMPLATE_LIST_TEST_CASE("subnormal results are not flushed to zero", "[activations]", floating_elements) {
  using T = TestType;
  const T deep = std::log(std::numeric_limits<T>::denorm_min()) + T(1),
          deeper = std::ceil(-std::sqrt(-2 * deep));
  const auto check = [](const auto& act, T x) {
    const auto check_tier = [&](const auto& tier) {
      INFO(row<std::remove_cvref_t<decltype(tier)>>::name << ", x = " << x);
      std::vector<T> y{x};
      relu::forward(tier, y);
      for (const T v : {y[0], tier.value(x)})
        CHECK((!is_zero(v) && std::abs(v) < std::numeric_limits<T>::min()));
    };
    check_tier(act);
    check_tier(relu::fast{act});
  };
  check(relu::sigmoid{}, deep);
  check(relu::log_sigmoid{}, -deep);
  check(relu::softplus{}, deep);
  check(relu::silu{}, deep);
  check(relu::silu{}, deep - T(3)); // here exp(x) alone is 0
  check(relu::quick_gelu{}, deep / T(1.7));
  check(relu::mish{}, deep);
  check(relu::gelu{}, deeper);
}

TEST_CASE("leaky_relu on integers rounds to nearest, ties to even, and saturates", "[activations]") {
  std::vector<std::int8_t> x{-100, -5, -15, -25, -128, 7, 0}, y(7);
  relu::forward(relu::leaky_relu{0.1}, x, y);
  CHECK(y == std::vector<std::int8_t>{-10, 0, -2, -2, -13, 7, 0});
  relu::forward(relu::leaky_relu{10}, x, y);
  CHECK(y == std::vector<std::int8_t>{-128, -50, -128, -128, -128, 7, 0});
  relu::forward(relu::leaky_relu{-10}, x, y);
  CHECK(y == std::vector<std::int8_t>{127, 50, 127, 127, 127, 7, 0});
}

TEST_CASE("leaky_relu with an infinite slope returns zero for zero", "[activations]") {
  std::vector<float> x{0.0f, -0.0f, -1.0f, 2.0f}, y(4);
  relu::forward(relu::leaky_relu{INFINITY}, x, y);
  CHECK(y == std::vector<float>{0, 0, -INFINITY, 2});
}

TEST_CASE("clipped_relu clamps its maximum to the integer type", "[activations]") {
  std::vector<std::int8_t> x{-1, 5, 6, 7, 127}, y(5);
  relu::forward(relu::relu6{}, x, y);
  CHECK(y == std::vector<std::int8_t>{0, 5, 6, 6, 6});
  relu::forward(relu::clipped_relu{1000}, x, y);
  CHECK(y == std::vector<std::int8_t>{0, 5, 6, 7, 127});
}

namespace {

// Checks the values of x, and the slopes: dx of a dy of 100.
template <class T, class A>
void check_unsigned(const A& act, const std::vector<T>& x, const std::vector<T>& value,
                    const std::vector<T>& dx) {
  std::vector<T> y(x.size()), got(x.size(), 100);
  relu::forward(act, x, y);
  CHECK(y == value);
  relu::backward(act, got, x, got);
  CHECK(got == dx);
}

} // namespace

TEMPLATE_TEST_CASE("activations take unsigned integers", "[activations]", unsigned char, unsigned short,
                   unsigned, unsigned long, unsigned long long) {
  using T = TestType;
  const T most = std::numeric_limits<T>::max(), high = most / 2 + 1; // high is negative as a signed integer
  const std::vector<T> x{0, 1, 2, high, most};
  check_unsigned<T>(relu::rectifier{}, x, x, {0, 100, 100, 100, 100});
  check_unsigned<T>(relu::rectifier{0.5}, x, x, {50, 100, 100, 100, 100});
  check_unsigned<T>(relu::rectifier{-1}, x, x, {0, 100, 100, 100, 100}); // -100 saturates at 0
  check_unsigned<T>(relu::leaky_relu{0.25}, x, x, {25, 100, 100, 100, 100});
  check_unsigned<T>(relu::leaky_relu{-0.25}, x, x, {0, 100, 100, 100, 100});
  check_unsigned<T>(relu::leaky_relu{0x1p100}, x, x, {most, 100, 100, 100, 100});
  check_unsigned<T>(relu::relu6{}, x, {0, 1, 2, 6, 6}, {0, 100, 100, 0, 0});
  check_unsigned<T>(relu::clipped_relu{0x1p100}, x, x, {0, 100, 100, 100, 100});
  check_unsigned<T>(relu::thresholded_relu{1.5}, x, {0, 0, 2, high, most}, {0, 0, 100, 100, 100});
  check_unsigned<T>(relu::thresholded_relu{-2.5}, x, x, {100, 100, 100, 100, 100});
  check_unsigned<T>(relu::thresholded_relu{0x1p100}, x, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0});
  check_unsigned<T>(relu::shifted_relu{}, x, {0, 0, 1, T(high - 1), T(most - 1)}, {0, 0, 100, 100, 100});
  check_unsigned<T>(relu::shifted_relu{-2.5}, x, {3, 4, 5, T(high + 3), most}, {100, 100, 100, 100, 100});
  check_unsigned<T>(relu::hard_tanh{}, x, {0, 1, 1, 1, 1}, {100, 0, 0, 0, 0});
  check_unsigned<T>(relu::hard_tanh{-3, -1}, x, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0});
  check_unsigned<T>(relu::hard_tanh{1, 0x1p100}, x, {1, 1, 2, high, most}, {0, 0, 100, 100, 100});
  check_unsigned<T>(relu::hard_shrink{1}, x, {0, 0, 2, high, most}, {0, 0, 100, 100, 100});
  check_unsigned<T>(relu::soft_shrink{1}, x, {0, 0, 1, T(high - 1), T(most - 1)}, {0, 0, 100, 100, 100});
  static_assert(!relu::element<bool> && !relu::element<char> && !relu::element<char8_t> &&
                !relu::element<char32_t> && !relu::element<wchar_t>);
}

TEST_CASE("integers keep parameters beyond their range apart from its ends", "[activations]") {
  const std::vector<std::int8_t> x{-128, -127, 0, 126, 127}, dy(5, 1);
  std::vector<std::int8_t> dx(5);
  const auto slopes = [&](auto act, const std::vector<std::int8_t>& want) {
    relu::backward(act, dy, x, dx);
    CHECK(dx == want);
  };
  slopes(relu::hard_tanh{-128, 127}, {0, 1, 1, 1, 0});
  slopes(relu::hard_tanh{-129, 128}, {1, 1, 1, 1, 1});
  slopes(relu::clipped_relu{127}, {0, 0, 0, 1, 0});
  slopes(relu::clipped_relu{128}, {0, 0, 0, 1, 1});
  slopes(relu::hard_shrink{127}, {1, 0, 0, 0, 0});
  slopes(relu::hard_shrink{128}, {0, 0, 0, 0, 0});
  slopes(relu::soft_shrink{128}, {0, 0, 0, 0, 0});
}

TEST_CASE("thresholded_relu passes only inputs above the threshold", "[activations]") {
  const std::vector<float> x{-3, -2, -1, -0.0f, 0.0f, 1, 2, INFINITY, -INFINITY};
  std::vector<float> y(x.size());
  relu::forward(relu::thresholded_relu{}, x, y); // the default is 1, as in ONNX
  CHECK(same_bits<float>(y, std::vector<float>{0, 0, 0, 0, 0, 0, 2, INFINITY, 0}));
  relu::forward(relu::thresholded_relu{-2}, x, y);
  CHECK(same_bits<float>(y, std::vector<float>{0, 0, -1, -0.0f, 0, 1, 2, INFINITY, 0}));
  relu::forward(relu::thresholded_relu{-0.0}, x, y);
  CHECK(same_bits<float>(y, std::vector<float>{0, 0, 0, 0, 0, 1, 2, INFINITY, 0}));
}

TEST_CASE("thresholded_relu rounds an integer threshold down", "[activations]") {
  const std::vector<std::int8_t> x{-128, -3, -2, 0, 1, 127};
  std::vector<std::int8_t> y(x.size());
  relu::forward(relu::thresholded_relu{0.5}, x, y);
  CHECK(y == std::vector<std::int8_t>{0, 0, 0, 0, 1, 127});
  relu::forward(relu::thresholded_relu{-2.5}, x, y);
  CHECK(y == std::vector<std::int8_t>{0, 0, -2, 0, 1, 127});
  relu::forward(relu::thresholded_relu{-1000}, x, y);
  CHECK(y == x);
  relu::forward(relu::thresholded_relu{1000}, x, y);
  CHECK(y == std::vector<std::int8_t>(6));
}

TEST_CASE("shifted_relu subtracts the shift and saturates integers", "[activations]") {
  const std::vector<float> x{-3, 1, 1.5f, INFINITY};
  std::vector<float> y(x.size());
  relu::forward(relu::shifted_relu{}, x, y);
  CHECK(y == std::vector<float>{0, 0, 0.5f, INFINITY});
  const std::vector<std::int8_t> i{-128, -100, 0, 28, 127};
  std::vector<std::int8_t> j(i.size());
  relu::forward(relu::shifted_relu{-100}, i, j);
  CHECK(j == std::vector<std::int8_t>{0, 0, 100, 127, 127});
  relu::forward(relu::shifted_relu{-200.5}, i, j);
  CHECK(j == std::vector<std::int8_t>{73, 101, 127, 127, 127});
  relu::forward(relu::shifted_relu{-1000}, i, j);
  CHECK(j == std::vector<std::int8_t>(5, 127));
}

TEST_CASE("clipped_relu treats a maximum of -0 as 0", "[activations]") {
  std::vector<float> x{-1.0f, 0.0f, 1.0f}, y(3, 5.0f);
  relu::forward(relu::clipped_relu{-0.0}, x, y);
  CHECK(same_bits<float>(y, std::vector<float>(3)));
}

namespace {

// A user's activation with only value and slope. Its slope is exactly 0 inside the zone.
struct dead_zone {
  float width;
  template <relu::floating V> V value(V x) const {
    return relu::math::select(relu::math::abs(x) < V(width), V(0), x);
  }
  template <relu::floating V> V slope(V x) const {
    return relu::math::select(relu::math::abs(x) < V(width), V(0), V(1));
  }
};

// A user's activation for integers, whose products wrap and are not promoted. It has a const member, and its
// namespace has a `forward`, which the library must not call.
struct triple {
  const int factor = 3;
  template <relu::numeric V> V value(V x) const { return relu::math::select(x == V(0), V(1), x); }
  template <relu::numeric V> V slope(V) const { return V(static_cast<relu::value_t<V>>(factor)); }
};
[[maybe_unused]] void forward(const triple&, std::vector<std::int8_t>&, std::vector<std::int8_t>&) { FAIL(); }

} // namespace

TEST_CASE("a user's activation can take integers", "[activations]") {
  std::vector<std::int8_t> x{0, 1, -2, 0, 100}, dx(5);
  relu::forward(triple{}, x);
  CHECK(x == std::vector<std::int8_t>{1, 1, -2, 1, 100});
  relu::backward(triple{}, x, x, dx);
  CHECK(dx == std::vector<std::int8_t>{3, 3, -6, 3, 44});
}

TEST_CASE("a user's activation works with forward and backward", "[activations]") {
  const dead_zone act{1};
  const std::vector<float> x = inputs<float>(1000), dy = gradients<float>(1000);
  std::vector<float> y(x.size()), dx(x.size()), in_place = x;
  relu::forward(act, x, y);
  relu::forward(act, in_place);
  relu::backward(act, dy, x, dx);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool dead = std::abs(x[i]) < 1;
    CHECK(same_bits(y[i], dead ? 0.0f : x[i]));
    CHECK((dead ? same_bits(dx[i], 0.0f) : same_bits(dx[i], dy[i]) || (is_nan(dx[i]) && is_nan(dy[i]))));
  }
  CHECK(same_bits<float>(in_place, y));
}
