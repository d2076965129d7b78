// Every activation against its row of the table, for every element type that it takes.
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
      INFO("x[" << i << "] = " << +x[i] << ", dy = " << +dy[i] << ", y = " << +y[i] << ", dx = " << +dx[i]);
      if constexpr (exact<A>) {
        CHECK(matches<A>(y[i], expected_value(act, x[i]), x[i]));
        CHECK(matches<A>(dx[i], expected_gradient(act, x[i], dy[i]), x[i]));
        const T slope = act.slope(x[i]);
        CHECK(matches<A>(slope, expected_gradient(act, x[i], T(1)), x[i]));
      } else {
        CHECK(ulp_error(y[i], row<A>::value(wider<T>(x[i]))) <= row<A>::value_limit);
        const T slope = act.slope(x[i]);
        CHECK(ulp_error(slope, row<A>::slope(wider<T>(x[i]))) <= row<A>::slope_limit);
        if (is_zero(slope)) CHECK(same_bits(dx[i], T(0)));
      }
    }
    if constexpr (!exact<A>) { // with a gradient of 1, backward is the slope
      const std::vector<T> one(x.size(), T(1));
      relu::backward(act, one, x, dx);
      for (std::size_t i = 0; i < x.size(); ++i) {
        INFO("x[" << i << "] = " << x[i] << ", slope = " << dx[i]);
        CHECK(ulp_error(dx[i], row<A>::slope(wider<T>(x[i]))) <= row<A>::slope_limit);
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

// Where the function is smooth, its slope is the limit of difference quotients.
template <class A> void check_differences() {
  for (const A& act : row<A>::samples)
    for (double x = -9.37; x < 9; x += 0.173) { // meets none of the kinks
      const double h = 1e-6;
      const double quotient = (act.value(x + h) - act.value(x - h)) / (2 * h);
      INFO("x = " << x << ", slope = " << act.slope(x) << ", quotient = " << quotient);
      CHECK(std::abs(act.slope(x) - quotient) <= 1e-7 * std::max(1.0, std::abs(quotient)));
    }
}

template <class... A> void check_all_differences(relu::type_list<A...>) { (check_differences<A>(), ...); }

} // namespace

TEMPLATE_LIST_TEST_CASE("activations agree with their reference", "[activations]", all_elements) {
  check_all<TestType>(relu::activations{});
}

TEST_CASE("slopes agree with difference quotients", "[activations]") {
  check_all_differences(relu::activations{});
}

TEMPLATE_LIST_TEST_CASE("sigmoid and tanh are right in the far tails", "[activations]", floating_elements) {
  using T = TestType;
  const T huge = std::numeric_limits<T>::max(), infinity = std::numeric_limits<T>::infinity();
  std::vector<T> x{-infinity, -huge, huge, infinity}, y(4), slope(4), one(4, T(1));
  relu::forward(relu::sigmoid{}, x, y);
  relu::backward(relu::sigmoid{}, one, x, slope);
  CHECK(y == std::vector<T>{0, 0, 1, 1});
  CHECK(slope == std::vector<T>{0, 0, 0, 0});
  relu::forward(relu::tanh{}, x, y);
  relu::backward(relu::tanh{}, one, x, slope);
  CHECK(y == std::vector<T>{-1, -1, 1, 1});
  CHECK(slope == std::vector<T>{0, 0, 0, 0});

  // a value that only a denormal can hold
  const T deep = std::log(std::numeric_limits<T>::denorm_min()) + T(1);
  std::vector<T> tail{deep}, result(1);
  relu::forward(relu::sigmoid{}, tail, result);
  CHECK(result[0] > 0);
  CHECK(result[0] < std::numeric_limits<T>::min());
}

TEMPLATE_LIST_TEST_CASE("sigmoid and tanh at zero and NaN", "[activations]", floating_elements) {
  using T = TestType;
  const T nan = std::numeric_limits<T>::quiet_NaN();
  const std::vector<T> x{T(0), -T(0), nan, -nan}, one(4, T(1));
  std::vector<T> y(4), slope(4);
  relu::forward(relu::sigmoid{}, x, y);
  relu::backward(relu::sigmoid{}, one, x, slope);
  CHECK((y[0] == T(0.5) && y[1] == T(0.5) && is_nan(y[2]) && is_nan(y[3])));
  CHECK((slope[0] == T(0.25) && slope[1] == T(0.25) && is_nan(slope[2]) && is_nan(slope[3])));
  relu::forward(relu::tanh{}, x, y);
  relu::backward(relu::tanh{}, one, x, slope);
  CHECK((same_bits(y[0], x[0]) && same_bits(y[1], x[1]) && is_nan(y[2]) && is_nan(y[3])));
  CHECK((slope[0] == 1 && slope[1] == 1 && is_nan(slope[2]) && is_nan(slope[3])));
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

TEST_CASE("an infinite leaky slope leaves zero at zero", "[activations]") {
  std::vector<float> x{0.0f, -0.0f, -1.0f, 2.0f}, y(4);
  relu::forward(relu::leaky_relu{INFINITY}, x, y);
  CHECK(y == std::vector<float>{0, 0, -INFINITY, 2});
}

TEST_CASE("clipped_relu limits integers to the range of their type", "[activations]") {
  std::vector<std::int8_t> x{-1, 5, 6, 7, 127}, y(5);
  relu::forward(relu::relu6{}, x, y);
  CHECK(y == std::vector<std::int8_t>{0, 5, 6, 6, 6});
  relu::forward(relu::clipped_relu{1000}, x, y);
  CHECK(y == std::vector<std::int8_t>{0, 5, 6, 7, 127});
}

TEST_CASE("a threshold lets only what is above it pass", "[activations]") {
  const std::vector<float> x{-3, -2, -1, -0.0f, 0.0f, 1, 2, INFINITY, -INFINITY};
  std::vector<float> y(x.size());
  relu::forward(relu::thresholded_relu{}, x, y); // 1, as in ONNX
  CHECK(same_bits<float>(y, std::vector<float>{0, 0, 0, 0, 0, 0, 2, INFINITY, 0}));
  relu::forward(relu::thresholded_relu{-2}, x, y);
  CHECK(same_bits<float>(y, std::vector<float>{0, 0, -1, -0.0f, 0, 1, 2, INFINITY, 0}));
  relu::forward(relu::thresholded_relu{-0.0}, x, y);
  CHECK(same_bits<float>(y, std::vector<float>{0, 0, 0, 0, 0, 1, 2, INFINITY, 0}));
}

TEST_CASE("a threshold of integers is rounded down, and limited to their type", "[activations]") {
  const std::vector<std::int8_t> x{-128, -3, -2, 0, 1, 127};
  std::vector<std::int8_t> y(x.size());
  relu::forward(relu::thresholded_relu{0.5}, x, y);
  CHECK(y == std::vector<std::int8_t>{0, 0, 0, 0, 1, 127});
  relu::forward(relu::thresholded_relu{-2.5}, x, y);
  CHECK(y == std::vector<std::int8_t>{0, 0, -2, 0, 1, 127});
  relu::forward(relu::thresholded_relu{-1000}, x, y);
  CHECK(y == std::vector<std::int8_t>{0, -3, -2, 0, 1, 127});
  relu::forward(relu::thresholded_relu{1000}, x, y);
  CHECK(y == std::vector<std::int8_t>(6));
}

TEST_CASE("shifted_relu subtracts, and limits integers to their type", "[activations]") {
  const std::vector<float> x{-3, 1, 1.5f, INFINITY};
  std::vector<float> y(x.size());
  relu::forward(relu::shifted_relu{}, x, y);
  CHECK(y == std::vector<float>{0, 0, 0.5f, INFINITY});
  const std::vector<std::int8_t> i{-128, -100, 0, 28, 127};
  std::vector<std::int8_t> j(i.size());
  relu::forward(relu::shifted_relu{-100}, i, j);
  CHECK(j == std::vector<std::int8_t>{0, 0, 100, 127, 127});
  relu::forward(relu::shifted_relu{-1000}, i, j); // as -128
  CHECK(j == std::vector<std::int8_t>{0, 28, 127, 127, 127});
}

TEST_CASE("a limit of -0 is a limit of 0", "[activations]") {
  std::vector<float> x{-1.0f, 0.0f, 1.0f}, y(3, 5.0f);
  relu::forward(relu::clipped_relu{-0.0}, x, y);
  CHECK(same_bits<float>(y, std::vector<float>(3)));
}

namespace {

// A user's own: value and slope only, and a slope of exactly 0.
struct dead_zone {
  float width;
  template <relu::floating V> V value(V x) const {
    return relu::math::select(relu::math::abs(x) < V(width), V(0), x);
  }
  template <relu::floating V> V slope(V x) const {
    return relu::math::select(relu::math::abs(x) < V(width), V(0), V(1));
  }
};

} // namespace

namespace {

// On integers, whose products wrap and are not promoted; with a constant member, which is fine; and with
// verbs of its own namespace, which must not be taken for the library's.
struct triple {
  const int factor = 3;
  template <relu::numeric V> V value(V x) const { return relu::math::select(x == V(0), V(1), x); }
  template <relu::numeric V> V slope(V) const { return V(static_cast<relu::value_t<V>>(factor)); }
};
[[maybe_unused]] void forward(const triple&, std::vector<std::int8_t>&, std::vector<std::int8_t>&) { FAIL(); }

} // namespace

TEST_CASE("a user's activation may be for integers", "[activations]") {
  std::vector<std::int8_t> x{0, 1, -2, 0, 100}, dx(5);
  relu::forward(triple{}, x);
  CHECK(x == std::vector<std::int8_t>{1, 1, -2, 1, 100});
  relu::backward(triple{}, x, x, dx);
  CHECK(dx == std::vector<std::int8_t>{3, 3, -6, 3, 44});
}

TEST_CASE("a user's activation works with every verb", "[activations]") {
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
