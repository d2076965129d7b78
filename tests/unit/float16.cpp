// float16 and bfloat16 in every call: all 65,536 numbers of each type for every activation, and each call
// against forward and backward.
#include "testing.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <cmath>
#include <common/activation_table.hpp>
#include <vector>

using namespace testing;

namespace {

using float16_types = relu::detail::float16_elements;

template <class T> std::vector<T> all_numbers() {
  std::vector<T> all;
  for (unsigned i = 0; i < 65536; ++i) all.push_back(T::from_bits(static_cast<std::uint16_t>(i)));
  return all;
}

template <class T> bool is_nan16(T x) {
  return (x.bits() & 0x7fff) > std::numeric_limits<T>::infinity().bits();
}
template <class T> T quiet(T x) { // a NaN
  return T::from_bits(static_cast<std::uint16_t>(x.bits() | std::numeric_limits<T>::quiet_NaN().bits()));
}

// The number of T that is nearest to v, to even in a tie. `beyond` says on which side of v the true value is:
// 1 if it is farther from 0, -1 if it is closer, 0 if it is v.
template <class T, class R> T nearest(R v, int beyond = 0) {
  using of_type = std::numeric_limits<T>;
  const auto sign = std::signbit(static_cast<double>(v)) ? 0x8000u : 0u;
  const R size = v < 0 ? R(-v) : v;
  int exponent = 0;
  std::frexp(size, &exponent);
  if (size == 0) return T::from_bits(static_cast<std::uint16_t>(sign));
  if (std::isinf(size) || exponent > of_type::max_exponent)
    return T::from_bits(static_cast<std::uint16_t>(sign | of_type::infinity().bits()));
  exponent = std::max(exponent, of_type::min_exponent);
  const R scaled = std::ldexp(size, of_type::digits - exponent), below = std::floor(scaled),
          rest = scaled - below;
  auto pattern = static_cast<unsigned>(below); // the digits of subnormal numbers are their pattern
  const bool up = rest == R(0.5) ? beyond > 0 || (beyond == 0 && pattern % 2 != 0) : rest > R(0.5);
  const auto binade = static_cast<unsigned>(exponent - of_type::min_exponent);
  pattern += (binade << (of_type::digits - 1)) + up;
  return T::from_bits(static_cast<std::uint16_t>(sign | pattern));
}

// The correct result of a smooth function at x. Where x is so small that the reference loses the second term
// of the Taylor series, that term decides ties: f is convex or concave, so it has the same sign at h.
template <class T, class F, class D> T correct(F value, D slope, T x) {
  using R = long double;
  const auto v = static_cast<R>(float(x));
  const R y = value(v);
  if (std::abs(v) >= 0x1p-40L || v == 0) return nearest<T>(y);
  const R h = std::copysign(R(0x1p-20L), v), curve = std::abs(value(h)) - std::abs(slope(R(0)) * h);
  return nearest<T>(y, curve > 0 ? 1 : curve < 0 ? -1 : 0);
}

// The number that the exact result r of a computation with doubles is rounded to.
template <class T> T rounded(double r) { return std::isnan(r) ? T(std::nanf("")) : nearest<T>(r); }

// An activation whose results are inputs or constants. Its bounds are rounded to T.
template <class A> constexpr bool only_selects = relu::only_selects<A>;

template <class T> std::vector<T> some_numbers(std::size_t n, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::vector<T> all;
  while (all.size() < n) {
    const auto r = static_cast<std::uint32_t>(random());
    all.push_back(r % 4 == 0   ? T::from_bits(static_cast<std::uint16_t>(r >> 16)) // any pattern
                  : r % 4 == 1 ? T((r >> 8) % 2 == 0 ? 0.0f : -0.0f)
                               : T(static_cast<float>(r >> 8 & 0x3ff) / 64 - 8));
  }
  return all;
}

template <class T> bool same(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

template <class T> struct tally {
  std::size_t wrong = 0;
  T x{}, is{}, should_be{};
  // any_zero: whether zeros may have either sign
  void add(T at, T got, T expected, bool any_zero = false) {
    if (got.bits() == expected.bits() || (any_zero && got == T(0) && expected == T(0))) return;
    if (wrong++ == 0) x = at, is = got, should_be = expected;
  }
};

} // namespace

TEMPLATE_LIST_TEST_CASE("smooth activations round all 16-bit floats correctly", "[float16][smooth]",
                        float16_types) {
  using T = TestType;
  const std::vector<T> x = all_numbers<T>(), one(x.size(), T(1));
  std::vector<T> y(x.size()), dx(x.size());
  const auto check = [&]<class A>(relu::type_list<A>) {
    if constexpr (!exact<A>)
      for (const A& act : row<A>::samples) {
        relu::forward(act, x, y);
        relu::backward(act, one, x, dx);
        tally<T> values, slopes;
        const auto value = [&](long double v) { return row<A>::value(act, v); };
        const auto slope = [&](long double v) { return row<A>::slope(act, v); };
        for (std::size_t i = 0; i < x.size(); ++i) {
          if (is_nan16(x[i])) {
            values.add(x[i], y[i], quiet(x[i]));
            slopes.add(x[i], quiet(dx[i]), quiet(x[i]));
            continue;
          }
          const long double v = float(x[i]);
          values.add(x[i], y[i], correct(value, slope, x[i]),
                     value(v) == 0); // activations.cpp checks the signs
          slopes.add(x[i], dx[i], nearest<T>(slope(v)), true);
        }
        INFO(row<A>::name);
        INFO("f(" << float(values.x) << ") is " << float(values.is) << ", not " << float(values.should_be));
        INFO("f'(" << float(slopes.x) << ") is " << float(slopes.is) << ", not " << float(slopes.should_be));
        CHECK(values.wrong == 0);
        CHECK(slopes.wrong == 0);
      }
  };
  [&]<class... A>(relu::type_list<A...>) { (check(relu::type_list<A>{}), ...); }(relu::default_activations{});
}

TEMPLATE_LIST_TEST_CASE("exact activations round all 16-bit floats correctly", "[float16][core]",
                        float16_types) {
  using T = TestType;
  const std::vector<T> x = all_numbers<T>(), dy = some_numbers<T>(x.size());
  std::vector<T> y(x.size()), dx(x.size());
  const auto check = [&]<class A>(relu::type_list<A>) {
    if constexpr (exact<A>)
      for (const A& act : row<A>::samples) {
        relu::forward(act, x, y);
        relu::backward(act, dy, x, dx);
        tally<T> values, gradients;
        for (std::size_t i = 0; i < x.size(); ++i) {
          const double v = float(x[i]), d = float(dy[i]);
          if (std::isinf(v) && &act != &row<A>::samples[0]) continue; // a bound may be infinite as a T
          if (!only_selects<A> && std::abs(v) > std::numeric_limits<float>::max() / 2)
            continue; // 2 x overflows
          if (is_nan16(x[i])) {
            if (only_selects<A>) values.add(x[i], y[i], x[i]);
            else values.add(x[i], quiet(y[i]), quiet(x[i]));
          } else values.add(x[i], y[i], rounded<T>(row<A>::value(act, v)), v == 0);
          const double gradient = row<A>::gradient(act, v, d);
          const bool selected = only_selects<A> && row<A>::selects(act);
          if (std::isnan(gradient)) {
            if (is_nan16(dy[i]) && selected) gradients.add(x[i], dx[i], dy[i]);
            else if (is_nan16(dy[i]) && !is_nan16(x[i])) gradients.add(x[i], quiet(dx[i]), quiet(dy[i]));
            else CHECK(is_nan16(dx[i])); // of two NaN, the processor chooses
          } else gradients.add(x[i], dx[i], rounded<T>(gradient), gradient == 0);
        }
        INFO(row<A>::name << ", parameters " << &act - &row<A>::samples[0]);
        INFO("f(" << float(values.x) << ") is " << float(values.is) << ", not " << float(values.should_be));
        INFO("dx at " << float(gradients.x) << " is " << float(gradients.is) << ", not "
                      << float(gradients.should_be));
        CHECK(values.wrong == 0);
        CHECK(gradients.wrong == 0);
      }
  };
  [&]<class... A>(relu::type_list<A...>) { (check(relu::type_list<A>{}), ...); }(relu::default_activations{});
}

namespace {

// Calls f(name, act) for an activation of each way to compute 16-bit floats: as patterns, as float, as float
// and where necessary double, and your own.
template <class F> void each_kind(F f) {
  f("rectifier", relu::rectifier{});
  f("hard_tanh", relu::hard_tanh{});
  f("leaky_relu", relu::leaky_relu{0.25});
  f("hard_sigmoid", relu::hard_sigmoid{});
  f("gelu", relu::gelu{});
  f("fast{tanh}", relu::fast{relu::tanh{}});
  f("your own", relu::scalar_activation{[](float x) { return x / 2; }, [](float) { return 0.5f; }});
}

} // namespace

TEMPLATE_LIST_TEST_CASE("results do not depend on the length or the position", "[float16][elementwise]",
                        float16_types) {
  using T = TestType;
  each_kind([]<class A>(const char* name, const A& act) {
    constexpr std::size_t most = longest<T> + 40;
    const std::vector<T> x = some_numbers<T>(most), dy = some_numbers<T>(most, 2);
    std::vector<T> y(most), dx(most);
    relu::forward(act, x, y);
    relu::backward(act, dy, x, dx);
    std::size_t wrong = 0;
    for (std::size_t n = 0; n <= longest<T>; ++n)
      for (const std::size_t begin : {0u, 1u, 7u}) {
        const auto part = [=](auto& all) { return std::span(all).subspan(begin, n); };
        const auto equal = [=](const std::vector<T>& a, const std::vector<T>& b) {
          return n == 0 || std::memcmp(a.data() + begin, b.data() + begin, n * sizeof(T)) == 0;
        };
        std::vector<T> out(most, T(42)), in_place = x;
        relu::forward(act, part(x), part(out));
        relu::forward(act, part(in_place));
        wrong += !equal(out, y) + !equal(in_place, y);
        wrong += !std::all_of(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(begin),
                              [](T v) { return v == T(42); });
        wrong += !std::all_of(out.begin() + static_cast<std::ptrdiff_t>(begin + n), out.end(),
                              [](T v) { return v == T(42); });
        relu::backward(act, part(dy), part(x), part(out));
        wrong += !equal(out, dx);
      }
    INFO(name);
    CHECK(wrong == 0);
  });
}

TEMPLATE_LIST_TEST_CASE("streaming stores write the same 16-bit floats", "[float16][elementwise]",
                        float16_types) {
  using T = TestType;
  each_kind([]<class A>(const char* name, const A& act) {
    const std::vector<T> x = some_numbers<T>(5000);
    std::vector<T> cached(x.size()), streamed(x.size());
    relu::forward(act, x, cached, relu::stores::cached);
    for (const std::size_t begin : {0u, 1u, 3u}) {
      const auto part = [=](auto& all) { return std::span(all).subspan(begin); };
      streamed.assign(x.size(), T(42));
      relu::forward(act, part(x), part(streamed), relu::stores::streaming);
      INFO(name);
      CHECK(std::memcmp(streamed.data() + begin, cached.data() + begin, (x.size() - begin) * sizeof(T)) == 0);
    }
  });
}

TEMPLATE_LIST_TEST_CASE("masks of 16-bit floats", "[float16][mask]", float16_types) {
  using T = TestType;
  each_kind([]<class A>(const char* name, const A& act) {
    if constexpr (relu::maskable_activation<A, T>)
      for (const std::size_t n : {0u, 1u, 5u, 16u, 63u, 64u, 65u, 200u, 1000u}) {
        const std::vector<T> x = some_numbers<T>(n), dy = some_numbers<T>(n, 2);
        std::vector<T> y(n), expected(n), dx(n), expected_dx(n);
        relu::bitmask mask(n), same_mask(n);
        const std::size_t active = relu::forward(act, x, y, mask);
        relu::forward(act, x, expected);
        INFO(name << ", n = " << n);
        CHECK(same(y, expected));
        CHECK(relu::mask_of(act, x, same_mask) == active);
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < n; ++i)
          wrong += mask[i] != act.active(float(x[i])) || same_mask[i] != mask[i];
        CHECK(wrong == 0);
        relu::backward(act, dy, mask, dx);
        relu::backward(act, dy, x, expected_dx);
        CHECK(same(dx, expected_dx));
        std::vector<T> sum = some_numbers<T>(n, 3), expected_sum = sum;
        relu::backward_accumulate(act, dy, mask, sum);
        relu::backward_accumulate(act, dy, x, expected_sum);
        CHECK(same(sum, expected_sum));
      }
  });
}

TEMPLATE_LIST_TEST_CASE("backward_accumulate adds a gradient in float", "[float16]", float16_types) {
  using T = TestType;
  const std::vector<T> x = some_numbers<T>(1000), dy = some_numbers<T>(1000, 2),
                       before = some_numbers<T>(1000, 3);
  const auto check = [&](const auto& act, auto term) {
    std::vector<T> dx = before, gradient(x.size());
    relu::backward(act, dy, x, gradient);
    relu::backward_accumulate(act, dy, x, dx);
    tally<T> sums;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double sum = double(float(before[i])) + term(float(x[i]), float(dy[i]), float(gradient[i]));
      if (!std::isnan(sum)) sums.add(x[i], dx[i], rounded<T>(static_cast<float>(sum)), true);
    }
    INFO("dx at " << float(sums.x) << " is " << float(sums.is) << ", not " << float(sums.should_be));
    CHECK(sums.wrong == 0);
  };
  // Bounds that are no numbers of T: backward and backward_accumulate round them alike.
  const auto same_gradient = [](double, double, double gradient) { return gradient; };
  check(relu::rectifier{}, same_gradient);
  check(relu::clipped_relu{2.001}, same_gradient);
  check(relu::thresholded_relu{0.1}, same_gradient);
  check(relu::hard_tanh{-0.3, 0.7}, same_gradient);
  check(relu::hard_shrink{0.1}, same_gradient);
  // The product is not rounded to T before it is added.
  const auto float_product = [](double v, double d, double) {
    return v > 0 || std::isnan(v) ? d : double(static_cast<float>(0.3f * static_cast<float>(d)));
  };
  check(relu::leaky_relu{0.3}, float_product);
}

TEMPLATE_LIST_TEST_CASE("backward_from_output of 16-bit floats", "[float16]", float16_types) {
  using T = TestType;
  const std::vector<T> x = some_numbers<T>(2000), dy = some_numbers<T>(2000, 2), one(2000, T(1));
  std::vector<T> y(x.size()), dx(x.size()), expected(x.size());
  for (const auto act : {relu::clipped_relu{6}, relu::clipped_relu{2.5}}) {
    relu::forward(act, x, y);
    relu::backward_from_output(act, dy, y, dx);
    relu::backward(act, dy, x, expected);
    CHECK(same(dx, expected));
  }
  // The slope at an output y of tanh is 1 - y^2, for every y.
  const std::vector<T> all = all_numbers<T>(), ones(all.size(), T(1));
  std::vector<T> slopes(all.size());
  relu::backward_from_output(relu::tanh{}, ones, all, slopes);
  tally<T> wrong;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const long double v = float(all[i]);
    if (std::abs(v) <= 1) wrong.add(all[i], slopes[i], nearest<T>((1 - v) * (1 + v)), true);
  }
  INFO("at y = " << float(wrong.x) << ": " << float(wrong.is) << ", not " << float(wrong.should_be));
  CHECK(wrong.wrong == 0);
}

TEMPLATE_LIST_TEST_CASE("sparse outputs of 16-bit floats", "[float16][sparse]", float16_types) {
  using T = TestType;
  each_kind([]<class A>(const char* name, const A& act) {
    for (const std::size_t n : {0u, 1u, 17u, 64u, 300u, 1000u}) {
      std::vector<T> x = some_numbers<T>(n);
      for (std::size_t i = 0; i < n; i += 5) x[i] = T::from_bits(1); // half of it rounds to 0
      std::vector<T> y(n), values(n), back(n, T(42));
      std::vector<std::uint32_t> indices(n);
      relu::forward(act, x, y);
      const std::size_t found = relu::compress(act, x, values, indices);
      const auto zeros = static_cast<std::size_t>(std::count(y.begin(), y.end(), T(0)));
      INFO(name << ", n = " << n);
      CHECK(found == n - zeros);
      CHECK(relu::compressed_size(act, x) == found);
      CHECK(relu::count_zeros(y) == zeros);
      relu::expand(std::span(values).first(found), std::span(indices).first(found), back);
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < n; ++i) wrong += back[i].bits() != (y[i] == T(0) ? 0 : y[i].bits());
      CHECK(wrong == 0);
    }
  });
  relu::unit_activity units(3);
  units.update(std::vector<T>{T(1), T(-1), T(-0.0f), T(2), T(3), T(0)});
  CHECK(units.count(0) == 2);
  CHECK(units.count(1) == 1);
  CHECK(units.count(2) == 0);
}

TEMPLATE_LIST_TEST_CASE("prelu of 16-bit floats", "[float16][prelu]", float16_types) {
  using T = TestType;
  const std::size_t channels = 6;
  for (const std::size_t plane : {1u, 5u, 64u}) {
    const std::size_t n = channels * plane * 7;
    const std::vector<T> weight = {T(0.25f), T(-1.5f), T(0), T(1), T(0.3f), T(100)};
    std::vector<T> x(n), dy(n);
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = T(static_cast<float>(i * 37 % 101) / 8 - 6);
      dy[i] = T(static_cast<float>(i * 53 % 97) / 16 - 3);
    }
    std::vector<T> y(n), dx(n), dweight(channels);
    relu::forward(relu::prelu{weight, plane}, x, y);
    relu::backward(relu::prelu{weight, plane}, dy, x, dx, dweight);
    tally<T> values, gradients, sums;
    std::vector<double> sum(channels);
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t channel = i / plane % channels;
      const double v = float(x[i]), d = float(dy[i]), w = float(weight[channel]);
      values.add(x[i], y[i], rounded<T>(v < 0 ? w * v : v), true);
      gradients.add(x[i], dx[i], rounded<T>(v > 0 ? d : w * d), true);
      if (v < 0) sum[channel] += d * v; // exact
    }
    for (std::size_t c = 0; c < channels; ++c) sums.add(weight[c], dweight[c], rounded<T>(sum[c]));
    INFO("plane " << plane);
    CHECK(values.wrong == 0);
    CHECK(gradients.wrong == 0);
    CHECK(sums.wrong == 0);
  }
  std::vector<T> y{T(-2), T(3)};
  relu::forward(relu::prelu{T(0.5f)}, y);
  CHECK((y[0] == T(-1) && y[1] == T(3)));
}

TEMPLATE_LIST_TEST_CASE("tiny results of a small alpha do not follow a line", "[float16][smooth]",
                        float16_types) {
  using T = TestType;
  std::vector<T> y{T(-0x1p-70), T(-0x1p-100)};
  relu::forward(relu::celu{0x1.01p-100}, y); // exp(x / alpha) - 1 is -1 for the first
  CHECK(y[0].bits() == nearest<T>(-0x1.01p-100, -1).bits());
}

// Your own activation with a fast tier. It is not rounded correctly, because its errors are not known.
struct squared_tanh {
  template <relu::floating V, class Tier = relu::math::default_tier>
  constexpr V value(V x, Tier tier = {}) const noexcept {
    const V t = relu::tanh{}.value(x, tier);
    return t * t;
  }
  template <relu::floating V> constexpr V gradient(V dy, V x) const noexcept { return dy * value(x); }
};

TEMPLATE_LIST_TEST_CASE("your own activation with two tiers takes 16-bit floats", "[float16][smooth]",
                        float16_types) {
  using T = TestType;
  const std::vector<T> x{T(0.5f), T(-2), T(0)}, dy{T(2), T(2), T(2)};
  std::vector<T> y(3), fast_y(3), dx(3);
  relu::forward(squared_tanh{}, x, y);
  relu::forward(relu::fast{squared_tanh{}}, x, fast_y);
  relu::backward(squared_tanh{}, dy, x, dx);
  for (std::size_t i = 0; i < 3; ++i) {
    const float expected = squared_tanh{}.value(float(x[i]));
    CHECK((y[i] == T(expected) && fast_y[i] == T(expected) && dx[i] == T(2 * expected)));
  }
}

TEMPLATE_LIST_TEST_CASE("one 16-bit float", "[float16][core]", float16_types) {
  using T = TestType;
  constexpr T three = relu::relu(T(3)), zero = relu::relu(T(-3)), slope = relu::relu_grad(T(3));
  static_assert(three == T(3) && zero == T(0) && slope == T(1));
  static_assert(relu::hard_tanh{}.value(T(-3)) == T(-1) && relu::leaky_relu{0.5}.value(T(-3)) == T(-1.5f));
  static_assert(relu::shifted_relu{}.value(T(3)) == T(2) && relu::soft_shrink{}.value(T(-3)) == T(-2.5f));
  static_assert(!relu::activation<relu::leaky_relu, int[2]>);
  CHECK(relu::rectifier{.slope_at_zero = 0.5}.gradient(T(3), T(0)) == T(1.5f));
  CHECK(relu::relu(-T(0)).bits() == 0);
}

TEMPLATE_LIST_TEST_CASE("numbers of 16 bits round from double once", "[float16][core]", float16_types) {
  using T = TestType;
  using of_type = std::numeric_limits<T>;
  for (const double one : {1.0, double(float(of_type::min())), double(float(of_type::denorm_min())) * 8})
    for (int k = 0; k < 64; ++k) {
      const double ulp =
          std::max(one * double(float(of_type::epsilon())), double(float(of_type::denorm_min())));
      const double tie = one + (k + 0.5) * ulp;
      for (const double v : {tie, tie * (1 - 0x1p-52), tie * (1 + 0x1p-52), tie - ulp / 2}) {
        CHECK(T(v).bits() == nearest<T>(v).bits());
        CHECK(T(-v).bits() == nearest<T>(-v).bits());
      }
    }
  const double largest = double(float(of_type::max())),
               beyond = largest * (1 + 0.25 * double(float(of_type::epsilon())));
  for (const double v :
       {largest, beyond, largest * 2, 1e300, HUGE_VAL, 0.0, 1e-300, 5e-324, 0x1p-149, 0x1p-150})
    for (const double signed_v : {v, -v}) CHECK(T(signed_v).bits() == nearest<T>(signed_v).bits());
  CHECK(is_nan16(T(double(NAN))));
  CHECK(T(7) == T(7.0f));
  CHECK(T(std::int64_t{-3}) == T(-3.0f));
}

TEST_CASE("limits of the 16-bit types", "[float16][core]") {
  using half = std::numeric_limits<relu::float16>;
  using brain = std::numeric_limits<relu::bfloat16>;
  static_assert(half::digits == 11 && half::digits10 == 3 && half::max_digits10 == 5);
  static_assert(half::max_exponent == 16 && half::min_exponent == -13);
  static_assert(half::max_exponent10 == 4 && half::min_exponent10 == -4);
  static_assert(brain::digits == 8 && brain::digits10 == 2 && brain::max_digits10 == 4);
  static_assert(brain::max_exponent == 128 && brain::min_exponent == -125);
  static_assert(brain::max_exponent10 == 38 && brain::min_exponent10 == -37);
  CHECK((float(half::max()) == 65504 && float(half::lowest()) == -65504));
  CHECK((float(half::min()) == 0x1p-14f && float(half::denorm_min()) == 0x1p-24f));
  CHECK((float(half::epsilon()) == 0x1p-10f && float(half::round_error()) == 0.5f));
  CHECK((float(brain::max()) == 0x1.fep127f && float(brain::min()) == 0x1p-126f));
  CHECK((float(brain::epsilon()) == 0x1p-7f && float(brain::round_error()) == 0.5f));
  CHECK((std::isinf(float(half::infinity())) && std::isinf(float(brain::infinity()))));
  CHECK((std::isnan(float(half::quiet_NaN())) && std::isnan(float(brain::signaling_NaN()))));
}
