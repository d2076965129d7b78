// relu::fast: float is computed in float, with the documented errors and the special values of the default
// tier; double is the default tier. Tests that loop over relu::activations cover the rest.
#include "testing.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <algorithm>
#include <common/activation_table.hpp>
#include <common/hash.hpp>
#include <string>

using namespace testing;
using Catch::Matchers::Message;

namespace {

template <class F, class... A> void each_type(relu::type_list<A...>, F f) { (f(relu::type_list<A>{}), ...); }

// Calls f(act) for every activation of the fast tier, with each of its parameters.
template <class F> void each_fast(F f) {
  each_type(relu::fast_activations{}, [&]<class A>(relu::type_list<A>) {
    for (const A& act : row<A>::samples) f(act);
  });
}

// Floats of every exponent, and evenly spaced ones where activations change. `scale` is the x at which the
// argument of exp is 1 or -1.
std::vector<float> many_floats(double scale = 1) {
  std::vector<float> x = inputs<float>(64);
  // gelu, the slope of mish, and selu once exceeded their largest errors here.
  for (const float v : {-0.334829211f, -2.44502044f, 3.23862215e+38f}) x.push_back(v);
  for (std::uint64_t i = 0; i < std::uint64_t{1} << 32; i += 0x7ffe5) x.push_back(from_bits<float>(i));
  for (double t = -112; t < 112; t += 0.0271) x.push_back(static_cast<float>(t * scale));
  x.resize(x.size() / 64 * 64); // whole vectors
  return x;
}
template <class A> double scale_of(const relu::fast<A>&) { return 1; }
double scale_of(const relu::fast<relu::softplus>& act) { return 1 / act.act.beta; }
double scale_of(const relu::fast<relu::celu>& act) { return act.act.alpha; }

// Whether the instruction set in use has fused multiply-add.
bool fuses() {
#ifdef RELU_DISPATCH
  return []<class... Arch>(relu::type_list<Arch...>) {
    return ((relu::isa() == relu::isa_name<Arch>() && relu::detail::isa<Arch>::has_fma) || ...);
  }(relu::dispatch_archs{});
#else
  return relu::detail::has_fma<relu::detail::vec_t<float, relu::native>>;
#endif
}

template <class A> std::vector<float> slopes(const A& act, const std::vector<float>& x) {
  const std::vector<float> one(x.size(), 1.0f);
  std::vector<float> dx(x.size());
  relu::backward(act, one, x, dx);
  return dx;
}

template <class A> std::vector<float> values(const A& act, const std::vector<float>& x) {
  std::vector<float> y(x.size());
  relu::forward(act, x, y);
  return y;
}

} // namespace

TEST_CASE("every smooth activation has a fast tier", "[fast]") {
  each_type(relu::default_activations{}, []<class A>(relu::type_list<A>) {
    constexpr bool smooth = !exact<A> || std::is_same_v<A, relu::hard_sigmoid>;
    static_assert(relu::has_fast_tier<A, float> == smooth && relu::has_fast_tier<A, double> == smooth);
    if constexpr (smooth) {
      using fast = relu::fast<A>;
      static_assert(relu::differentiable_activation<fast, float> && !relu::activation<fast, int>);
      static_assert(relu::output_activation<fast, float> == relu::output_activation<A, float>);
      static_assert(relu::maskable_activation<fast, float> == relu::maskable_activation<A, float>);
      static_assert(relu::compute_bound<fast> == relu::compute_bound<A>);
    }
  });
  static_assert(relu::fast{relu::sigmoid{}}.value(0.0f) == 0.5f);
  static_assert(relu::fast{relu::sigmoid{}}.slope(0.0f) == 0.25f);
}

TEST_CASE("the errors of the fast tier are within 4 ULP, and 8 ULP for slopes", "[fast][smooth]") {
  each_fast([]<class A>(const A& act) {
    const std::vector<float> x = many_floats(scale_of(act)), y = values(act, x), dx = slopes(act, x);
    double of_value = 0, of_slope = 0;
    float value_at = 0, slope_at = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double value = ulp_error(y[i], row<A>::value(act, static_cast<double>(x[i])));
      const double slope = slope_error<A>(dx[i], row<A>::slope(act, static_cast<double>(x[i])), x[i]);
      if (value > of_value) of_value = value, value_at = x[i];
      if (slope > of_slope) of_slope = slope, slope_at = x[i];
    }
    INFO(row<A>::name << ", value at " << value_at << ", slope at " << slope_at);
    CHECK(of_value <= value_limit<A, float>);
    CHECK(of_slope <= slope_limit<A, float>);
    if (&act == &row<A>::samples.front()) CHECK(of_value > 0.51); // it is not computed in double
  });
}

TEST_CASE("the fast tier gives the same bits for elements and for vectors", "[fast][smooth]") {
  each_fast([]<class A>(const A& act) {
    const std::vector<float> x = many_floats(scale_of(act));
    using vec = relu::detail::vec<float, relu::native>;
    constexpr relu::detail::whole whole;
    std::vector<float> y(x.size()), dx(x.size());
    bool same = true;
    for (std::size_t i = 0; i < x.size(); i += vec::size) {
      vec::store(&y[i], act.value(vec::load(&x[i], whole)), whole);
      vec::store(&dx[i], act.slope(vec::load(&x[i], whole)), whole);
    }
    for (std::size_t i = 0; i < x.size() && same; ++i) {
      same = same_bits(act.value(x[i]), y[i]) && same_bits(act.slope(x[i]), dx[i]);
      if (!same) FAIL(row<A>::name << ", x = " << x[i]);
    }
  });
  SUCCEED();
}

TEST_CASE("instruction sets with fused multiply-add give the same bits, and so do those without",
          "[fast][smooth]") {
  hash of_results;
  each_fast([&]<class A>(const A& act) {
    const std::vector<float> x = many_floats(scale_of(act));
    hash of_act;
    for (const auto& results : {values(act, x), slopes(act, x)})
      for (const float y : results) of_act.add(is_nan(y) ? ~std::uint64_t{0} : bits(y));
    of_results.add(of_act.value());
    UNSCOPED_INFO(row<A>::name << ' ' << of_act.value()); // compare it with that of another instruction set
  });
  // A change of results or inputs changes these hashes.
  CHECK(of_results.value() == (fuses() ? 0xaece0631536a2186 : 0xd24d63445bcc13a0));
}

TEST_CASE("special values have the bits of the default tier in the fast tier", "[fast][smooth]") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  std::vector<float> x{infinity, -infinity};
  for (const float v : specials<float>())
    if (is_nan(v)) x.push_back(v);
  each_fast([&]<class A>(const A& act) {
    INFO(row<A>::name);
    const std::vector<float> y = values(act, x), dx = slopes(act, x);
    CHECK(same_bits<float>(y, values(act.act, x)));
    for (std::size_t i = 0; i < x.size(); ++i) {
      INFO("x = " << x[i]);
      CHECK(same_bits(act.value(x[i]), y[i]));
      CHECK(same_bits(act.slope(x[i]), act.act.slope(x[i])));
      CHECK((is_nan(x[i]) ? is_nan(dx[i]) == is_nan(act.act.slope(x[i]))
                          : same_bits(dx[i], slopes(act.act, x)[i])));
    }
    for (const float zero : {0.0f, -0.0f}) {
      const float default_value = act.act.value(zero);
      if (is_zero(default_value)) CHECK(same_bits(act.value(zero), default_value));
    }
  });
}

TEST_CASE("double has the bits of the default tier in the fast tier", "[fast][smooth]") {
  const std::vector<double> x = inputs<double>(1000), dy = gradients<double>(1000);
  each_fast([&]<class A>(const A& act) {
    INFO(row<A>::name);
    std::vector<double> got(x.size()), want(x.size()), y(x.size());
    const auto check = [&](auto call) {
      got = want = dy;
      call(act, got);
      call(act.act, want);
      CHECK(same_bits<double>(got, want));
    };
    relu::forward(act.act, x, y);
    check([&](const auto& a, auto& out) { relu::forward(a, x, out); });
    check([&](const auto& a, auto& out) { relu::backward(a, dy, x, out); });
    check([&](const auto& a, auto& out) { relu::backward_accumulate(a, dy, x, out); });
    check([&](const auto& a, auto& out) {
      std::vector<int> indices(x.size());
      CHECK(relu::compress(a, x, out, indices) == relu::compressed_size(act.act, x));
    });
    if constexpr (relu::output_activation<A, double>)
      if (output_decides(act))
        check([&](const auto& a, auto& out) { relu::backward_from_output(a, dy, y, out); });
  });
}

TEST_CASE("results of the fast tier stay in the range of the function", "[fast][smooth]") {
  const std::vector<float> x = many_floats();
  const auto check = [&](const auto& act, float lowest, float highest) {
    INFO(row<std::remove_cvref_t<decltype(act)>>::name);
    for (const float y : values(act, x))
      if (!is_nan(y) && !(lowest <= y && y <= highest)) FAIL_CHECK(y);
  };
  check(relu::fast{relu::sigmoid{}}, 0, 1);
  check(relu::fast{relu::hard_sigmoid{}}, 0, 1);
  check(relu::fast{relu::tanh{}}, -1, 1);
  check(relu::fast{relu::softsign{}}, -1, 1);
  check(relu::fast{relu::softplus{}}, 0, INFINITY);
  check(relu::fast{relu::log_sigmoid{}}, -INFINITY, 0);
  check(relu::fast{relu::elu{}}, -1, INFINITY);
  check(relu::fast{relu::celu{3}}, -3, INFINITY);
  check(relu::fast{relu::selu{}}, static_cast<float>(-relu::selu::scale * relu::selu::alpha), INFINITY);
  SUCCEED();
}

// The error of a difference quotient is below 8 ULP of a value, divided by 2 h, and h^2 / 6 times the third
// derivative, which is at most 6.
TEST_CASE("slopes of the fast tier agree with difference quotients", "[fast][smooth]") {
  each_type(relu::fast_activations{}, []<class A>(relu::type_list<A>) {
    const A act = row<A>::samples.front();
    constexpr float h = 0x1p-6f;
    for (float x = -9.37f; x < 9; x += 0.173f) { // no kink is between x - h and x + h
      const float below = x - h, above = x + h;
      const double y = act.value(above), difference = y - static_cast<double>(act.value(below));
      const double quotient = difference / (static_cast<double>(above) - static_cast<double>(below));
      const double ulp = std::ldexp(1, std::ilogb(std::max(std::abs(y), 0x1p-20)) - 22);
      INFO(row<A>::name << ", x = " << x << ", slope = " << act.slope(x) << ", quotient = " << quotient);
      CHECK(std::abs(static_cast<double>(act.slope(x)) - quotient) <= 8 * ulp / (2 * h) + h * h);
    }
  });
}

TEST_CASE("softplus compares beta x with the threshold without a rounding error", "[fast][smooth]") {
  const double beta = static_cast<double>(0.3f); // 10 beta is above 3, and 3 if rounded to float
  CHECK(relu::fast{relu::softplus{beta, 3}}.value(10.0f) == 10);
  CHECK(relu::fast{relu::softplus{beta, 3}}.slope(10.0f) == 1);
  CHECK(relu::fast{relu::softplus{-beta, 3}}.value(-10.0f) == -10);
  const relu::softplus act{0x1.3333333333333p-2, 3}; // 0.3, rounded down: below 3, and 3 if rounded
  CHECK(act.value(10.0) > 10);
  CHECK(relu::softplus{1, INFINITY}.value(INFINITY) == INFINITY);
  CHECK(relu::fast{relu::softplus{1, -INFINITY}}.value(-2.0f) == -2);
}

TEST_CASE("the fast tier refuses parameters that only the default tier takes", "[fast][check]") {
  std::vector<float> x(3, -1.0f);
  std::vector<double> in_double(3, -1.0);
  const std::vector<float> before = x;
  const auto refused = [&](auto act, const std::string& message) {
    CHECK_THROWS_MATCHES(relu::forward(relu::fast{act}, x), std::invalid_argument,
                         Message("relu::forward: " + message));
    CHECK_THROWS_MATCHES(relu::backward(relu::fast{act}, before, before, x), std::invalid_argument,
                         Message("relu::backward: " + message));
    CHECK_THROWS_AS(relu::forward(relu::fast{act}, in_double), std::invalid_argument);
    CHECK(same_bits<float>(x, before));
  };
  const auto only_default = [&](auto act, const std::string& message) {
    refused(act, message);
    std::vector<float> y(3);
    CHECK_NOTHROW(relu::forward(act, before, y));
  };
  for (const double alpha : {128.1, -128.1, 1e30, double(INFINITY)})
    only_default(relu::elu{alpha}, "fast{elu}: alpha must be from -128 to 128; elu itself takes any alpha");
  for (const double alpha : {-1.0, -1e-30, 1.0001 * 0x1p100})
    only_default(relu::celu{alpha},
                 "fast{celu}: alpha must be above 0 and at most 2^100; celu itself takes others");
  for (const double beta : {1 / 128.1, -1 / 128.1, 1e-30})
    only_default(
        relu::softplus{beta},
        "fast{softplus}: beta must not be between -1/128 and 1/128; softplus itself takes such a beta");
  // parameters that neither tier takes
  refused(relu::celu{0}, "celu: alpha must be a normal float, above or below 0");
  refused(relu::softplus{0}, "softplus: beta must be a normal float, above or below 0");
  refused(relu::softplus{1, NAN}, "softplus: threshold must not be NaN");
  CHECK_THROWS_AS(relu::forward(relu::fast{relu::elu{NAN}}, x), std::invalid_argument);
  CHECK_THROWS_AS(relu::backward_from_output(relu::fast{relu::elu{-1}}, before, before, x),
                  std::invalid_argument);
  CHECK_THROWS_AS(relu::backward_from_output(relu::fast{relu::softplus{1, -1}}, before, before, x),
                  std::invalid_argument);
  CHECK(same_bits<float>(x, before));
}

TEMPLATE_LIST_TEST_CASE("a mask of fast{hard_sigmoid} gives the bits of hard_sigmoid", "[fast]",
                        floating_elements) {
  using T = TestType;
  const std::vector<T> x = inputs<T>(300), dy = gradients<T>(300);
  std::vector<T> y(300), same_y(300), dx(300), want(300);
  relu::bitmask mask(300), same_mask(300);
  relu::forward(relu::fast{relu::hard_sigmoid{}}, x, y, mask);
  relu::forward(relu::fast{relu::hard_sigmoid{}}, x, same_y);
  CHECK(same_bits<T>(y, same_y));
  relu::mask_of(relu::hard_sigmoid{}, x, same_mask);
  CHECK(mask == same_mask);
  relu::backward(relu::fast{relu::hard_sigmoid{}}, dy, mask, dx);
  relu::backward(relu::hard_sigmoid{}, dy, x, want);
  CHECK(same_bits<T>(dx, want));
}

namespace {

// A user's activation with two tiers: value multiplies by 2 in the default tier and by 3 in the fast one.
// Its slope and slope_from_output take no tier; relu::fast calls them all the same.
struct tiers {
  template <relu::floating V, class Tier = relu::math::default_tier> V value(V x, Tier tier = {}) const {
    return relu::math::evaluate(tier, x, [](auto t, auto with) {
      constexpr bool fast = std::is_same_v<decltype(with), relu::math::fast_toolkit>;
      return t * relu::math::constant<decltype(t)>(fast ? 3 : 2);
    });
  }
  template <relu::floating V> V slope(V) const { return V(2); }
  template <relu::floating V> V slope_from_output(V) const { return V(4); }
};

// A user's maskable activation, all of whose optional members fast passes on.
struct tiers_with_mask {
  const char* reason = nullptr;
  template <relu::floating V, class Tier = relu::math::default_tier> V value(V x, Tier = {}) const {
    return relu::math::select(active(x), x, V(0));
  }
  template <relu::floating V> auto active(V x) const { return relu::math::is_active(x); }
  template <relu::floating V> auto active_from_output(V y) const { return relu::math::is_active(y); }
  const char* invalid_reason_for_mask() const { return reason; }
};
struct tiers_with_gradient {
  template <relu::floating V, class Tier = relu::math::default_tier> V value(V x, Tier = {}) const {
    return x;
  }
  template <relu::floating V> V gradient(V dy, V) const { return dy; }
};

} // namespace

TEST_CASE("a user's activation can have a fast tier", "[fast]") {
  const std::vector<float> x{-1, 0, 2, 5, 7}, one(5, 1.0f);
  std::vector<float> y(5);
  relu::forward(tiers{}, x, y);
  CHECK(y == std::vector<float>{-2, 0, 4, 10, 14});
  relu::forward(relu::fast{tiers{}}, x, y);
  CHECK(y == std::vector<float>{-3, 0, 6, 15, 21});
  relu::backward(relu::fast{tiers{}}, one, x, y);
  CHECK(y == std::vector<float>(5, 2.0f));
  relu::backward_from_output(relu::fast{tiers{}}, one, x, y);
  CHECK(y == std::vector<float>(5, 4.0f));
  std::vector<double> in_double{-1, 2};
  relu::forward(relu::fast{tiers{}}, in_double);
  CHECK(in_double == std::vector<double>{-2, 4});
}

TEST_CASE("fast passes on the optional members of an activation", "[fast]") {
  const std::vector<float> x{-1, 0, 2}, dy{5, 6, 7};
  std::vector<float> dx(3);
  relu::bitmask mask(3);
  CHECK(relu::mask_of(relu::fast{tiers_with_mask{}}, x, mask) == 1);
  relu::backward(relu::fast{tiers_with_mask{}}, dy, mask, dx);
  CHECK(dx == std::vector<float>{0, 0, 7});
  relu::backward_from_output(relu::fast{tiers_with_mask{}}, dy, x, dx);
  CHECK(dx == std::vector<float>{0, 0, 7});
  CHECK_THROWS_MATCHES(relu::backward(relu::fast{tiers_with_mask{"no mask"}}, dy, mask, dx),
                       std::invalid_argument, Message("relu::backward: no mask"));
  relu::backward(relu::fast{tiers_with_gradient{}}, dy, x, dx);
  CHECK(dx == dy);
}
