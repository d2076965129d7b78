// Faults that users reported about other libraries. Each test has the smallest input and the right answer.
// mpmath 1.3 computed the expected values at 300 bits, from the inputs as rounded to float.
#include "testing.hpp"

#include <catch2/catch_template_test_macros.hpp>

#include <common/activation_table.hpp>

using namespace testing;

namespace {

// The result of one element, which must have the same bits as 33 equal elements in one call: vectors and a
// tail.
template <class T, class Call> T same_in_every_position(T x, Call call) {
  const std::vector<T> one{x}, many(33, x);
  std::vector<T> alone(1), together(33);
  call(one, alone);
  call(many, together);
  for (const T result : together) {
    INFO("x = " << x << ", alone " << alone[0] << ", among 33 " << result);
    CHECK(same_bits(result, alone[0]));
  }
  return alone[0];
}

template <class T, class A> T value_at(const A& act, T x) {
  return same_in_every_position(x, [&](const auto& in, auto& y) { relu::forward(act, in, y); });
}
template <class T, class A> T slope_at(const A& act, T x) {
  return same_in_every_position(x, [&](const auto& in, auto& dx) {
    const std::vector<T> one(in.size(), T(1));
    relu::backward(act, one, in, dx);
  });
}

// Whether the result is within the documented error of the truth: 0.51 ULP for float, 4 ULP for double.
template <class T> bool is_right(T result, long double truth) {
  const double error = ulp_error(result, static_cast<wider<T>>(truth));
  UNSCOPED_INFO(result << " is " << error << " ULP from " << static_cast<double>(truth));
  return error <= (sizeof(T) == 4 ? 0.51 : 4);
}

} // namespace

TEMPLATE_LIST_TEST_CASE("celu takes a negative alpha (reported against ONNX Runtime)", "[reports][smooth]",
                        floating_elements) {
  using T = TestType;
  const relu::celu act{-0.5};
  CHECK(is_right(value_at(act, T(-0.49682534f)), -0.8505386248651193414707006L));
  CHECK(is_right(slope_at(act, T(-0.49682534f)), 2.701077249730238682941401L));
  CHECK(same_bits(value_at(act, T(2)), T(2)));
  CHECK(same_bits(slope_at(act, T(2)), T(1)));
}

TEMPLATE_LIST_TEST_CASE("gelu keeps its negative tail (reported against PyTorch)", "[reports][smooth]",
                        floating_elements) {
  using T = TestType;
  CHECK(is_right(value_at(relu::gelu{}, T(-5)), -1.433257859395969558368762e-6L));
  CHECK(is_right(value_at(relu::gelu{}, T(-6)), -5.919525870226188844205185e-9L));
  CHECK(is_right(value_at(relu::gelu{}, T(-8)), -4.976768459417427298812796e-15L));
}

TEMPLATE_LIST_TEST_CASE("gelu_tanh is not NaN below -13 (reported against ExecuTorch)", "[reports][smooth]",
                        floating_elements) {
  using T = TestType;
  const T y = value_at(relu::gelu_tanh{}, T(-13.24f));
  if constexpr (sizeof(T) == 4) CHECK(same_bits(y, T(-0.0))); // no float is close to the true value
  else CHECK(is_right(y, -1.053178246239102599718072e-80L));
}

TEMPLATE_LIST_TEST_CASE("gelu_tanh keeps its negative tail (reported against tt-metal)", "[reports][smooth]",
                        floating_elements) {
  CHECK(is_right(value_at(relu::gelu_tanh{}, TestType(-6)), -8.439646700762297083699443e-11L));
}

TEMPLATE_LIST_TEST_CASE("silu and mish are not 0 from -87.34 to -91.8 (reported against tt-metal)",
                        "[reports][smooth]", floating_elements) {
  using T = TestType;
  const auto check = [](T x, long double truth) { // of both: they differ by less than 1e-37 of their value
    CHECK(is_right(value_at(relu::silu{}, x), truth));
    CHECK(is_right(value_at(relu::mish{}, x), truth));
  };
  check(T(-87.34f), -1.023139167187003289315051e-36L);
  check(T(-90), -7.374611361591463887324997e-38L);
  check(T(-91.8f), -1.243391607119130242513162e-38L);
}

TEMPLATE_LIST_TEST_CASE(
    "the slope of softplus is 1 where exp overflows (reported against tt-metal, burn and PyTorch)",
    "[reports][smooth]", floating_elements) {
  using T = TestType;
  CHECK(slope_at(relu::softplus{1, 100}, T(90)) == T(1));
  CHECK(slope_at(relu::softplus{5}, T(18)) == T(1));
  CHECK(slope_at(relu::softplus{5, INFINITY}, T(18)) == T(1));
}

TEMPLATE_LIST_TEST_CASE("the slopes of elu, celu and selu are not NaN above 88.7 (reported against tinygrad)",
                        "[reports][smooth]", floating_elements) {
  using T = TestType;
  for (const T x : {T(88.75f), T(300)}) {
    CHECK(slope_at(relu::elu{}, x) == T(1));
    CHECK(slope_at(relu::celu{}, x) == T(1));
    CHECK(is_right(slope_at(relu::selu{}, x), 1.0507009873554804934193349852946L));
  }
}

TEMPLATE_LIST_TEST_CASE("hard_sigmoid does not cancel (reported against tinygrad and tt-metal)", "[reports]",
                        floating_elements) {
  using T = TestType;
  CHECK(value_at(relu::hard_sigmoid{}, T(8192)) == T(1));
  CHECK(value_at(relu::hard_sigmoid{}, T(1e8)) == T(1));
  CHECK(is_right(value_at(relu::hard_sigmoid{}, T(-2.9999998f)), 3.973642985026041666666667e-8L));
}

TEMPLATE_LIST_TEST_CASE("the slope of hard_swish is right at its kinks (reported against PyTorch)",
                        "[reports][smooth]", floating_elements) {
  using T = TestType;
  CHECK(same_bits(slope_at(relu::hard_swish{}, T(-3)), T(0)));
  CHECK(same_bits(slope_at(relu::hard_swish{}, T(3)), T(1)));
}

TEMPLATE_LIST_TEST_CASE("elu has the right slope for a negative alpha (reported against PyTorch)",
                        "[reports][smooth]", floating_elements) {
  CHECK(is_right(slope_at(relu::elu{-2}, TestType(-1)), -0.7357588823428846431910475L));
}

TEMPLATE_TEST_CASE("clipped_relu clips unsigned integers (reported against oneDNN)", "[reports]",
                   std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t) {
  using T = TestType;
  const std::vector<T> x{0, 5, 6, 7, 255};
  std::vector<T> y(5);
  relu::forward(relu::clipped_relu{6}, x, y);
  CHECK(y == std::vector<T>{0, 5, 6, 6, 6});
}

TEST_CASE("tanh of float16 stays within 1 (reported against ncnn)", "[reports][smooth]") {
  using T = relu::float16;
  std::vector<T> x{T(-100), T(100), -std::numeric_limits<T>::infinity()}, y(3);
  relu::forward(relu::gelu_tanh{}, x, y);
  CHECK((y[0].bits() == 0x8000 && y[1] == T(100) && y[2].bits() == 0x8000));
  relu::forward(relu::tanh{}, x, y);
  CHECK((y[0] == T(-1) && y[1] == T(1) && y[2] == T(-1)));
}

TEST_CASE("gelu_tanh of float16 has the slope 1 where x^3 overflows (reported against fairseq)",
          "[reports][smooth]") {
  using T = relu::float16;
  const std::vector<T> x{T(60), T(41), T(65504)}, one(3, T(1));
  std::vector<T> dx(3);
  relu::backward(relu::gelu_tanh{}, one, x, dx);
  CHECK((dx[0] == T(1) && dx[1] == T(1) && dx[2] == T(1)));
}

TEST_CASE("results of bfloat16 do not depend on the length (reported against TensorFlow and PyTorch)",
          "[reports][smooth]") {
  using T = relu::bfloat16;
  for (int i = -60; i < 60; ++i) {
    const std::vector<T> x(33, T(static_cast<float>(i) / 7)), first(x.begin(), x.begin() + 1);
    std::vector<T> y(33), alone(1);
    relu::forward(relu::silu{}, x, y);
    relu::forward(relu::silu{}, first, alone);
    CHECK(std::all_of(y.begin(), y.end(), [&](T v) { return v.bits() == alone[0].bits(); }));
  }
}

TEMPLATE_LIST_TEST_CASE("relu returns NaN for NaN (reported against MXNet, Paddle and TensorFlow)",
                        "[reports]", floating_elements) {
  for (const TestType x : specials<TestType>())
    if (is_nan(x)) CHECK(same_bits(value_at(relu::rectifier{}, x), x));
}
