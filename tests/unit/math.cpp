// The functions of relu::math give the same results for scalars and for vectors.
#include "testing.hpp"

#include <catch2/catch_template_test_macros.hpp>

#include <common/activation_table.hpp>

using namespace testing;
namespace math = relu::math;

namespace {

// f(x) of every input, computed on scalars and on vectors.
template <class T, class F> std::vector<T> on_scalars(const std::vector<T>& x, F f) {
  std::vector<T> y;
  for (T v : x) y.push_back(f(v));
  return y;
}
template <class T, class F> std::vector<T> on_vectors(const std::vector<T>& x, F f) {
  using vec = relu::detail::vec<T, relu::native>;
  constexpr relu::detail::whole whole;
  std::vector<T> y(x.size());
  for (std::size_t i = 0; i + vec::size <= x.size(); i += vec::size)
    vec::store(&y[i], f(vec::load(&x[i], whole)), whole);
  return y;
}

template <class T, class F, class Reference> void check_condition(F f, Reference reference) {
  const std::vector<T> x = inputs<T>(64 * 50);
  const auto as_number = [&](auto v) { return math::select(f(v), decltype(v)(1), decltype(v)(0)); };
  const std::vector<T> scalar = on_scalars(x, as_number), vectors = on_vectors(x, as_number);
  for (std::size_t i = 0; i < x.size(); ++i) {
    INFO("x = " << +x[i]);
    CHECK((scalar[i] != 0) == reference(x[i]));
    CHECK(same_bits(vectors[i], scalar[i]));
  }
}

} // namespace

TEMPLATE_LIST_TEST_CASE("conditions test the bit pattern", "[math]", all_elements) {
  using T = TestType;
  check_condition<T>([](auto v) { return math::is_zero(v); }, is_zero<T>);
  check_condition<T>([](auto v) { return math::is_active(v); }, [](T x) { return !is_nonpositive(x); });
  check_condition<T>([](auto v) { return math::is_active_or_plus_zero(v); },
                     [](T x) { return !is_nonpositive(x) || same_bits(x, T(0)); });
  check_condition<T>([](auto v) { return math::is_negative(v); },
                     [](T x) { return is_nonpositive(x) && !is_zero(x); });
  for (T bound : {T(0), T(1), T(6), std::numeric_limits<T>::max()})
    check_condition<T>([&](auto v) { return math::is_at_least(v, bound); },
                       [&](T x) { return !is_nan(x) && (x > bound || same_bits(x, bound)); });
  for (const T bound : specials<T>())
    if (!is_nan(bound))
      check_condition<T>([&](auto v) { return math::is_above(v, bound); },
                         [&](T x) { return greater(x, bound); });
}

TEMPLATE_LIST_TEST_CASE("is_nan finds every NaN under all compiler flags", "[math][fast_math]",
                        floating_elements) {
  check_condition<TestType>([](auto v) { return math::is_nan(v); }, is_nan<TestType>);
}

TEMPLATE_LIST_TEST_CASE("scale gives the same results for scalars and vectors", "[math]", all_elements) {
  const std::vector<TestType> x = inputs<TestType>(64 * 20);
  for (double factor : {0.01, 0.5, -1.5, 3.0, 1e30, 0.0}) {
    const auto scale = [&](auto v) { return math::scale(v, factor); };
    const std::vector<TestType> scalar = on_scalars(x, scale), vectors = on_vectors(x, scale);
    for (std::size_t i = 0; i < x.size(); ++i) {
      INFO("x = " << +x[i] << ", factor = " << factor);
      const TestType want = scaled(x[i], factor);
      CHECK((same_bits(scalar[i], want) || (is_nan(want) && is_nan(scalar[i]))));
      CHECK((same_bits(vectors[i], want) || (is_nan(want) && is_nan(vectors[i]))));
    }
  }
}

TEMPLATE_LIST_TEST_CASE("abs clears the sign bit and nothing else", "[math]", floating_elements) {
  const std::vector<TestType> x = inputs<TestType>(64 * 20);
  const auto abs = [](auto v) { return math::abs(v); };
  const std::vector<TestType> scalar = on_scalars(x, abs), vectors = on_vectors(x, abs);
  for (std::size_t i = 0; i < x.size(); ++i) {
    CHECK(bits(scalar[i]) == static_cast<decltype(bits(x[i]))>(bits(x[i]) << 1) >> 1);
    CHECK(same_bits(vectors[i], scalar[i]));
  }
}

// Checks f for scalars and vectors: within `limit` ULP of the true value, the sign of 0, and the bits of NaN.
template <class T, class F, class Reference>
void check_function(double limit, F f, Reference reference, bool keeps_nan = true) {
  std::vector<T> x = inputs<T>(64 * 20);
  for (const T special : {T(-1), std::numeric_limits<T>::min(), -std::numeric_limits<T>::min()})
    x.push_back(special);
  for (const T near_1 : {T(1), T(-1)})
    for (const T d : {std::numeric_limits<T>::epsilon(), T(0.01), T(0.25), T(0.5)})
      for (const T sign : {T(1), T(-1)}) x.push_back(near_1 + sign * d);
  const std::vector<T> scalar = on_scalars(x, f), vectors = on_vectors(x, f);
  for (std::size_t i = 0; i < x.size(); ++i) {
    INFO("x = " << x[i]);
    const wider<T> want = reference(wider<T>(x[i]));
    const bool in_vector = i < x.size() / widest<T> * widest<T>;
    for (const T y : {scalar[i], in_vector ? vectors[i] : scalar[i]}) {
      CHECK(ulp_error(y, want) <= limit);
      if (keeps_nan && is_nan(x[i])) CHECK(same_bits(y, x[i]));
      if (want == 0) CHECK(same_bits(y, static_cast<T>(want)));
    }
  }
}

TEMPLATE_LIST_TEST_CASE("functions are accurate for scalars and vectors", "[math][smooth]",
                        floating_elements) {
  using T = TestType;
  const auto limit = [](double of_double) { return sizeof(T) == 4 ? 0.51 : of_double; };
  check_function<T>(
      limit(1), [](auto v) { return math::exp(v); }, [](auto v) { return std::exp(v); });
  check_function<T>(
      limit(4), [](auto v) { return math::expm1(v); }, [](auto v) { return std::expm1(v); });
  check_function<T>(
      limit(4), [](auto v) { return math::log(v); }, [](auto v) { return std::log(v); });
  check_function<T>(
      limit(4), [](auto v) { return math::log1p(v); }, [](auto v) { return std::log1p(v); });
  check_function<T>(
      0.5, [](auto v) { return math::sqrt(v); }, [](auto v) { return std::sqrt(v); }, false);
  check_function<T>(
      limit(3), [](auto v) { return math::tanh(v); }, [](auto v) { return std::tanh(v); });
  check_function<T>(
      limit(4), [](auto v) { return math::erf(v); }, [](auto v) { return std::erf(v); });
}

TEMPLATE_LIST_TEST_CASE("functions are right when the compiler may reorder arithmetic", "[math][fast_math]",
                        floating_elements) {
  using T = TestType;
  const auto check = [](auto f, std::initializer_list<std::pair<double, double>> pairs) {
    for (const auto& [x, want] : pairs) {
      INFO("x = " << x);
      for (const T y : on_vectors(std::vector<T>(widest<T>, static_cast<T>(x)), f))
        CHECK(std::abs(static_cast<double>(y) - want) <= 1e-6 * std::abs(want));
    }
  };
  check([](auto v) { return math::exp(v); }, {{1, 2.718281828}, {-2, 0.1353352832}});
  check([](auto v) { return math::expm1(v); }, {{1, 1.718281828}, {-2, -0.8646647168}});
  check([](auto v) { return math::log(v); }, {{3, 1.098612289}, {0.25, -1.386294361}});
  check([](auto v) { return math::log1p(v); }, {{2, 1.098612289}, {1e-3, 9.995003331e-4}});
  check([](auto v) { return math::sqrt(v); }, {{2, 1.414213562}});
  check([](auto v) { return math::tanh(v); }, {{1, 0.7615941560}, {-0.1, -0.09966799462}});
  check([](auto v) { return math::erf(v); }, {{1, 0.8427007929}, {-0.1, -0.1124629160}});
  check([](auto v) { return relu::sigmoid{}.value(v); }, {{1, 0.7310585786}, {-2, 0.1192029220}});
  check([](auto v) { return relu::elu{}.value(v); }, {{-1, -0.6321205588}});
  check([](auto v) { return relu::gelu{}.value(v); }, {{1, 0.8413447461}, {-1, -0.1586552539}});
}

namespace {

template <class... A> void check_fast_values(relu::type_list<A...>) {
  const auto check = []<class B>(relu::type_list<B>) {
    const B act = row<B>::samples.front();
    std::vector<float> x(2 * widest<float>);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i) * 1.37f - 21;
    for (const bool slope : {false, true}) {
      const auto f = [&](auto v) { return slope ? act.slope(v) : act.value(v); };
      const std::vector<float> scalar = on_scalars(x, f), vectors = on_vectors(x, f);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double t = x[i], want = slope ? row<B>::slope(act, t) : row<B>::value(act, t);
        const double least = slope && is_near_zero_of_slope<B>(x[i]) ? 1e-7 : 1e-37; // or flushed to 0
        INFO(row<B>::name << (slope ? ", slope" : ", value") << ", x = " << t);
        for (const float y : {scalar[i], vectors[i]})
          CHECK(std::abs(static_cast<double>(y) - want) <= 1e-6 * std::abs(want) + least);
      }
    }
  };
  (check(relu::type_list<A>{}), ...);
}

} // namespace

TEST_CASE("the fast tier is right when the compiler may reorder arithmetic", "[math][fast_math]") {
  check_fast_values(relu::fast_activations{});
  const std::vector<float> nan(widest<float>, from_bits<float>(0xff800001)); // signalling
  CHECK(same_bits<float>(on_vectors(nan, [](auto v) { return relu::fast{relu::sigmoid{}}.value(v); }), nan));
  CHECK(same_bits(relu::fast{relu::gelu{}}.value(nan[0]), nan[0]));
}

// An approximation of a quotient is not 1 where both numbers are the same.
TEST_CASE("float quotients are rounded once under all compiler flags", "[math][fast_math]") {
  std::vector<float> a;
  for (int i = 1; i <= 64; ++i) a.push_back(static_cast<float>(i) * 0.7f);
  for (const float b : {1.0f, 3.0f, 0.7f, 49.0f, -1e10f}) {
    const auto quotient = [&](auto v) { return math::divide(v, decltype(v)(b)); };
    const auto one = [](auto v) { return math::divide(v, v); };
    const std::vector<float> scalar = on_scalars(a, quotient), vectors = on_vectors(a, quotient);
    for (std::size_t i = 0; i < a.size(); ++i) {
      // a double has so many bits that rounding twice gives the float that is rounded once
      const volatile double x = a[i], y = b;
      const float want = static_cast<float>(x / y);
      INFO(a[i] << " / " << b);
      CHECK((same_bits(scalar[i], want) && same_bits(vectors[i], want)));
    }
    CHECK(on_scalars(a, one) == std::vector<float>(64, 1.0f));
    CHECK(on_vectors(a, one) == std::vector<float>(64, 1.0f));
  }
}
