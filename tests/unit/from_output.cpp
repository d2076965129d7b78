// backward_from_output gives the bits that backward gives from x for exact activations, and the slope of a
// formula in y for smooth ones.
#include "testing.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <common/activation_table.hpp>
#include <string>

using namespace testing;

namespace {

// Sample parameters, and the slope as a formula in y. The formula rounds parameters as documented.
template <class A> struct output_row;
template <> struct output_row<relu::sigmoid> {
  static constexpr std::array samples{relu::sigmoid{}};
  template <class T> static long double slope(relu::sigmoid, T y) {
    return static_cast<long double>(y) * (1 - static_cast<long double>(y));
  }
};
template <> struct output_row<relu::tanh> {
  static constexpr std::array samples{relu::tanh{}};
  template <class T> static long double slope(relu::tanh, T y) {
    return (1 - static_cast<long double>(y)) * (1 + static_cast<long double>(y));
  }
};
template <> struct output_row<relu::softsign> {
  static constexpr std::array samples{relu::softsign{}};
  template <class T> static long double slope(relu::softsign, T y) {
    const long double r = 1 - std::abs(static_cast<long double>(y));
    return r * r;
  }
};
template <> struct output_row<relu::log_sigmoid> {
  static constexpr std::array samples{relu::log_sigmoid{}};
  template <class T> static long double slope(relu::log_sigmoid, T y) {
    return -std::expm1(static_cast<long double>(y));
  }
};
template <> struct output_row<relu::softplus> {
  static constexpr std::array samples{
      relu::softplus{},     relu::softplus{2, 20},       relu::softplus{0.3, 5},   relu::softplus{-1.5, 20},
      relu::softplus{3, 0}, relu::softplus{1, INFINITY}, relu::softplus{1e-3, 100}};
  template <class T> static long double slope(relu::softplus act, T y) {
    const long double scaled = static_cast<long double>(static_cast<T>(act.beta)) * y;
    return scaled > static_cast<T>(act.threshold) ? 1 : -std::expm1(-scaled);
  }
};
template <> struct output_row<relu::elu> {
  static constexpr std::array samples{relu::elu{}, relu::elu{0.3}, relu::elu{0}, relu::elu{-0.0},
                                      relu::elu{100}};
  template <class T> static long double slope(relu::elu act, T y) {
    return y > 0 ? 1 : static_cast<long double>(y) + static_cast<T>(act.alpha);
  }
};
template <> struct output_row<relu::selu> {
  static constexpr std::array samples{relu::selu{}};
  template <class T> static long double slope(relu::selu act, T y) {
    return y > 0 ? act.scale : static_cast<long double>(y) + static_cast<T>(act.scale * act.alpha);
  }
};
template <> struct output_row<relu::celu> {
  static constexpr std::array samples{relu::celu{}, relu::celu{0.3}, relu::celu{100}, relu::celu{-0.3},
                                      relu::celu{-2}};
  template <class T> static long double slope(relu::celu act, T y) {
    const long double alpha = static_cast<T>(act.alpha);
    return y > 0 ? 1 : (y + alpha) / alpha;
  }
};

// The fast tier, with the parameters that it accepts.
template <class A> struct output_row<relu::fast<A>> {
  static std::vector<relu::fast<A>> accepted() {
    std::vector<relu::fast<A>> acts;
    for (const A& act : output_row<A>::samples)
      if (!relu::fast<A>{act}.invalid_reason()) acts.push_back({act});
    return acts;
  }
  static inline const std::vector<relu::fast<A>> samples = accepted();
  template <class T> static long double slope(const relu::fast<A>& act, T y) {
    return output_row<A>::slope(act.act, y);
  }
};

// Users' activations, for which relu::dispatch has no kernels.
struct user_leaky {
  double below = 0.25;
  template <relu::numeric V> constexpr V value(V x) const { return relu::leaky_relu{below}.value(x); }
  template <relu::numeric V> constexpr V slope(V x) const { return relu::leaky_relu{below}.slope(x); }
  template <relu::numeric V> constexpr auto active(V x) const { return relu::math::is_active(x); }
  template <relu::numeric V> constexpr auto active_from_output(V y) const { return relu::math::is_active(y); }
  template <class C, relu::numeric V> constexpr V masked_gradient(V dy, C active) const {
    return relu::leaky_relu{below}.masked_gradient(dy, active);
  }
};
struct user_exponential {
  template <relu::floating V> V value(V x) const { return relu::math::exp(x); }
  template <relu::floating V> V slope(V x) const { return relu::math::exp(x); }
  template <relu::floating V> V slope_from_output(V y) const { return y; }
};

// Checks that backward_from_output gives the bits of backward from the outputs of forward.
template <class A, class T> void check_exact_outputs() {
  const std::vector<T> x = inputs<T>(3000), dy = gradients<T>(3000);
  std::vector<T> y(x.size()), want(x.size()), dx(x.size());
  for (const A& act : row<A>::samples) {
    if (!output_decides(act)) continue;
    relu::forward(act, x, y);
    relu::backward(act, dy, x, want);
    relu::backward_from_output(act, dy, y, dx);
    for (std::size_t i = 0; i < x.size(); ++i) {
      // when subnormals are flushed, a difference may be 0 although x is beyond the bound
      const bool lost =
          (std::is_same_v<A, relu::shifted_relu> || std::is_same_v<A, relu::soft_shrink>)&&is_zero(y[i]);
      INFO("x[" << i << "] = " << +x[i] << ", y = " << +y[i] << ", dy = " << +dy[i] << ", dx = " << +dx[i]);
      CHECK(matches<A>(dx[i], lost ? T(0) : want[i], x[i]));
    }
  }
}

// Checks that backward_from_output gives the slope from the outputs of forward, within the rounding errors of
// the formula.
template <class A, class T> constexpr double output_limit = sizeof(T) == 4 ? 2 : 4;
template <class A> constexpr double output_limit<relu::fast<A>, float> = 8;

template <class A, class T> void check_smooth_outputs() {
  const std::vector<T> x = inputs<T>(3000), dy = gradients<T>(3000), one(x.size(), T(1));
  std::vector<T> y(x.size()), slope(x.size()), dx(x.size());
  for (const A& act : output_row<A>::samples) {
    REQUIRE(output_decides(act));
    relu::forward(act, x, y);
    relu::backward_from_output(act, one, y, slope);
    relu::backward_from_output(act, dy, y, dx);
    for (std::size_t i = 0; i < x.size(); ++i) {
      INFO("x[" << i << "] = " << x[i] << ", y = " << y[i] << ", slope = " << slope[i]);
      CHECK(ulp_error(slope[i], static_cast<wider<T>>(output_row<A>::slope(act, y[i]))) <=
            output_limit<A, T>);
      const T product = is_zero(slope[i]) ? T(0) : slope[i] * dy[i];
      CHECK((same_bits(dx[i], product) || (is_nan(dx[i]) && is_nan(product))));
    }
  }
}

template <bool Exact, class T, class... A> void check_all_outputs(relu::type_list<A...>) {
  const auto check = []<class B>(relu::type_list<B>) {
    if constexpr (relu::output_activation<B, T> && relu::has_active_from_output<B, T> == Exact) {
      if constexpr (Exact) check_exact_outputs<B, T>();
      else check_smooth_outputs<B, T>();
    }
  };
  (check(relu::type_list<A>{}), ...);
}

// Checks that calls of every length, at some offsets, in place and not, give the bits of one long call and
// write nothing else.
template <class A, class T> void check_lengths_from_output(A act) {
  constexpr std::size_t margin = widest<T>, size = longest<T> + 3 * margin;
  const std::vector<T> x = inputs<T>(1000), dy = gradients<T>(1000);
  std::vector<T> y(x.size()), dx(x.size());
  relu::forward(act, x, y);
  relu::backward_from_output(act, dy, y, dx);
  for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, margin - 1})
    for (std::size_t n = 0; n <= longest<T>; ++n) {
      const auto part = [&](const std::vector<T>& all) {
        return std::span(all).subspan(offset * 7 % 200, n);
      };
      bool ok = true;
      // Runs call(out), where out starts as a copy of `before`.
      const auto check = [&](std::span<const T> before, auto call) {
        std::vector<T> memory(size, T(77));
        const std::span<T> out = std::span(memory).subspan(margin + offset, n);
        std::copy(before.begin(), before.end(), out.begin());
        call(out);
        ok = ok && same_bits<T>(out, part(dx));
        std::fill(out.begin(), out.end(), T(77));
        ok = ok && std::all_of(memory.begin(), memory.end(), [](T v) { return same_bits(v, T(77)); });
      };
      for (const relu::stores how : {relu::stores::cached, relu::stores::streaming})
        check({}, [&](auto out) { relu::backward_from_output(act, part(dy), part(y), out, how); });
      check(part(dy), [&](auto out) { relu::backward_from_output(act, out, part(y), out); });
      check(part(y), [&](auto out) { relu::backward_from_output(act, part(dy), out, out); });
      if (!ok) FAIL("n = " << n << ", offset = " << offset);
    }
  SUCCEED();
}

} // namespace

TEST_CASE("backward_from_output takes the activations whose output determines the slope", "[elementwise]") {
  const auto all_accepted = []<class... A>(relu::type_list<A...>) {
    return (relu::output_activation<A, float> && ...);
  };
  static_assert(all_accepted(
      relu::type_list<relu::rectifier, relu::leaky_relu, relu::clipped_relu, relu::relu6,
                      relu::thresholded_relu, relu::shifted_relu, relu::hard_tanh, relu::hard_shrink,
                      relu::soft_shrink, relu::sigmoid, relu::log_sigmoid, relu::tanh, relu::softplus,
                      relu::softsign, relu::elu, relu::celu, relu::selu, user_leaky, user_exponential>{}));
  // one output may belong to two slopes, or the slope would need a square root
  const auto all_rejected = []<class... A>(relu::type_list<A...>) {
    return (!relu::output_activation<A, float> && ...);
  };
  static_assert(all_rejected(
      relu::type_list<relu::silu, relu::gelu, relu::gelu_tanh, relu::quick_gelu, relu::mish,
                      relu::tanh_shrink, relu::squared_relu, relu::hard_sigmoid, relu::hard_swish>{}));
  static_assert(relu::output_activation<relu::leaky_relu, int> && !relu::output_activation<relu::tanh, int>);
  static_assert(relu::sigmoid{}.slope_from_output(0.5f) == 0.25f);
}

TEMPLATE_LIST_TEST_CASE("backward_from_output of an exact activation gives the bits of backward",
                        "[elementwise]", elements_of_each_size) {
  check_all_outputs<true, TestType>(relu::activations{});
}

TEMPLATE_LIST_TEST_CASE("backward_from_output of a smooth activation gives the slope of the formula",
                        "[elementwise][smooth]", floating_elements) {
  check_all_outputs<false, TestType>(relu::activations{});
}

TEMPLATE_LIST_TEST_CASE("backward_from_output without an activation uses the rectifier", "[elementwise]",
                        all_elements) {
  const std::vector<TestType> y = inputs<TestType>(1000), dy = gradients<TestType>(1000); // y < 0, too
  std::vector<TestType> dx(y.size()), want(y.size());
  relu::backward(dy, y, want);
  relu::backward_from_output(dy, y, dx);
  CHECK(same_bits<TestType>(dx, want));
  dx = y;
  relu::backward_from_output(dy, dx, dx);
  CHECK(same_bits<TestType>(dx, want));
}

TEMPLATE_LIST_TEST_CASE("backward_from_output gives the same bits for every length, aliasing and store",
                        "[elementwise]", elements_of_each_size) {
  check_lengths_from_output<relu::rectifier, TestType>({});
  check_lengths_from_output<relu::leaky_relu, TestType>({});
  check_lengths_from_output<user_leaky, TestType>({});
}

TEMPLATE_LIST_TEST_CASE(
    "backward_from_output of a smooth activation gives the same bits for every length, aliasing and store",
    "[elementwise][smooth]", floating_elements) {
  check_lengths_from_output<relu::tanh, TestType>({});
  check_lengths_from_output<relu::softplus, TestType>({});
  check_lengths_from_output<user_exponential, TestType>({});
}

TEMPLATE_LIST_TEST_CASE("an output at a limit of the activation has the slope of that limit",
                        "[elementwise][smooth]", floating_elements) {
  using T = TestType;
  const T infinity = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const std::vector<T> x{-infinity, infinity, T(0), T(-0.0), nan};
  const auto slopes = [&](auto act, std::vector<T> want) {
    std::vector<T> y(x), dx(x.size(), T(1));
    relu::forward(act, y);
    relu::backward_from_output(act, dx, y, dx);
    CHECK(is_nan(dx.back()));
    dx.back() = want.back() = T(0);
    CHECK(same_bits<T>(dx, want));
    dx.assign(x.size(), infinity);
    relu::backward_from_output(act, dx, y, dx);
    for (std::size_t i = 0; i + 1 < x.size(); ++i)
      CHECK(same_bits(dx[i], is_zero(want[i]) ? T(0) : infinity));
  };
  const T beyond_selu = T(relu::selu::scale * relu::selu::alpha);
  slopes(relu::sigmoid{}, {0, 0, T(0.25), T(0.25), 0});
  slopes(relu::tanh{}, {0, 0, 1, 1, 0});
  slopes(relu::softsign{}, {0, 0, 1, 1, 0});
  slopes(relu::elu{0.3}, {0, 1, T(0.3), T(0.3), 0});
  slopes(relu::selu{}, {0, T(relu::selu::scale), beyond_selu, beyond_selu, 0});
  slopes(relu::celu{0.3}, {0, 1, 1, 1, 0});
  const auto at_limits = [&](auto act, T of_minus, T of_plus) {
    std::vector<T> y{-infinity, infinity}, dx{1, 1};
    relu::forward(act, y);
    relu::backward_from_output(act, dx, y, dx);
    CHECK(same_bits<T>(dx, std::vector<T>{of_minus, of_plus}));
  };
  at_limits(relu::log_sigmoid{}, 1, 0);
  at_limits(relu::softplus{}, 0, 1);
  at_limits(relu::softplus{-2}, 1, 0);
  at_limits(relu::celu{-0.3}, infinity, 1);
}

TEST_CASE("backward_from_output refuses wrong calls and writes nothing", "[check]") {
  using Catch::Matchers::Message;
  std::vector<float> memory(40, -1.0f);
  const std::vector<float> other(20, -1.0f), before = memory;
  const std::span all(memory);
  const auto dx = all.first(20), shorter = all.first(19), shifted = all.subspan(1, 20);
  const auto refused = [&](const std::string& message, auto call) {
    CHECK_THROWS_MATCHES(call(), std::invalid_argument, Message("relu::backward_from_output: " + message));
    CHECK(same_bits<float>(memory, before));
  };
  refused("dy has 19 elements, dx has 20", [&] { relu::backward_from_output(shorter, other, dx); });
  refused("y has 19 elements, dx has 20", [&] { relu::backward_from_output(other, shorter, dx); });
  refused("y has 20 elements, dx has 19",
          [&] { relu::backward_from_output(relu::tanh{}, shorter, other, shorter); });
  const std::string overlap = ", 20 elements each, overlap without being the same: ";
  refused("dy and dx" + overlap + "dy is 4 bytes after dx",
          [&] { relu::backward_from_output(shifted, other, dx); });
  refused("y and dx" + overlap + "y is -4 bytes after dx",
          [&] { relu::backward_from_output(other, dx, shifted); });

  const auto invalid = [&](auto act, const std::string& message) {
    refused(message, [&] { relu::backward_from_output(act, other, other, dx); });
  };
  for (const double slope : {1.0, -2.0, 1e-300, double(NAN)})
    invalid(relu::rectifier{slope},
            "rectifier: an output of 0 does not tell whether x is 0: slope_at_zero must be 0");
  for (const double below : {-1.0, -1e-300, double(-INFINITY), double(NAN)}) {
    invalid(relu::leaky_relu{below},
            "leaky_relu: with a negative negative_slope, an output above 0 has two inputs: "
            "negative_slope must be at least 0");
    invalid(relu::elu{below},
            "elu: with a negative alpha, an output above 0 has two inputs: alpha must be at least 0");
  }
  for (const double below : {-1.0, -1e-300, double(-INFINITY)}) {
    invalid(relu::thresholded_relu{below},
            "thresholded_relu: with a negative threshold, an output of 0 has inputs of both slopes: "
            "threshold must be at least 0");
    invalid(relu::softplus{1, below},
            "softplus: every output is above a negative threshold: threshold must be at least 0");
  }
  // forward and backward refuse these, too
  invalid(relu::clipped_relu{-1}, "clipped_relu: max must be at least 0");
  invalid(relu::thresholded_relu{NAN}, "thresholded_relu: threshold must not be NaN");
  invalid(relu::softplus{0}, "softplus: beta must be a normal float, above or below 0");
}
