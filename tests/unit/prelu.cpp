// prelu applies to each element the weight of its channel, in every dimension of the channels. The gradient
// of the weights adds in the same order on every instruction set.
#include "testing.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

using namespace testing;
using Catch::Matchers::Message;

namespace {

struct shape {
  std::size_t samples, channels, plane;
  std::size_t size() const { return samples * channels * plane; }
  std::size_t channel(std::size_t i) const { return i / plane % channels; }
};

std::vector<shape> shapes() {
  std::vector<shape> all;
  for (std::size_t channels = 1; channels <= 70; ++channels) {
    for (const std::size_t rows : {1u, 2u, 3u, 5u}) all.push_back({rows, channels, 1});
    all.push_back({1, channels, channels});
    all.push_back({2, 71 - channels, channels});
  }
  for (const shape more :
       {shape{700, 1, 1}, shape{700, 2, 1}, shape{700, 3, 1}, shape{300, 64, 1}, shape{90, 100, 1},
        shape{9, 256, 1}, shape{7, 511, 1}, shape{5, 512, 1}, shape{5, 513, 1}, shape{3, 1500, 1},
        shape{1, 3, 1500}, shape{2, 40, 49}, shape{3, 9, 196}, shape{2, 1, 500}, shape{1, 2, 5000}})
    all.push_back(more);
  return all;
}

template <class T> T scaled_by(T weight, T v) { return is_zero(weight) ? T(0) : weight * v; }
template <class T> T value(T weight, T x) {
  return is_nonpositive(x) && !is_zero(x) ? scaled_by(weight, x) : x;
}
template <class T> T gradient(T weight, T dy, T x) { return is_nonpositive(x) ? scaled_by(weight, dy) : dy; }

// The processor chooses which NaN a product returns.
template <class T> bool matches(T got, T expected, T x) {
  return same_bits(got, expected) || (is_nonpositive(x) && is_nan(got) && is_nan(expected));
}

template <class T>
bool all_match(std::span<const T> got, const std::vector<T>& want, const std::vector<T>& x) {
  bool ok = got.size() == want.size();
  for (std::size_t i = 0; ok && i < want.size(); ++i) ok = matches(got[i], want[i], x[i]);
  return ok;
}

// A copy of a range between guard elements.
template <class T> struct framed {
  static constexpr std::size_t margin = widest<T>;
  std::vector<T> memory;
  std::size_t offset, n;

  framed(const std::vector<T>& of, std::size_t at)
      : memory(margin + at % margin, T(77)),
        offset(memory.size()),
        n(of.size()) {
    memory.insert(memory.end(), of.begin(), of.end());
    memory.resize(memory.size() + 2 * margin, T(77));
  }
  std::span<T> range() { return std::span(memory).subspan(offset, n); }
  bool intact() const {
    const auto untouched = [](T v) { return same_bits(v, T(77)); };
    const auto begin = memory.begin() + static_cast<std::ptrdiff_t>(offset);
    return std::all_of(memory.begin(), begin, untouched) &&
           std::all_of(begin + static_cast<std::ptrdiff_t>(n), memory.end(), untouched);
  }
};

// Numbers between -8 and 8. No sum of their products overflows or depends on subnormals.
template <class T> std::vector<T> ordinary(std::size_t n, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<T> x(n);
  for (T& v : x) v = static_cast<T>(static_cast<std::int64_t>(random())) / T(std::uint64_t{1} << 60);
  return x;
}

template <class T>
std::vector<T> gradient_of_weights(shape of, const std::vector<T>& dy, const std::vector<T>& x) {
  const std::vector<T> weight(of.channels, T(0.25));
  std::vector<T> dx(x.size()), dweight(of.channels, T(77)), alone(x.size());
  relu::backward(relu::prelu{weight, of.plane}, dy, x, dx, dweight);
  relu::backward(relu::prelu{weight, of.plane}, dy, x, alone);
  CHECK(same_bits<T>(dx, alone));
  return dweight;
}

} // namespace

TEMPLATE_LIST_TEST_CASE("prelu applies the weight of the channel to each element", "[prelu]",
                        floating_elements) {
  using T = TestType;
  std::size_t at = 0;
  for (const shape of : shapes()) {
    INFO(of.samples << " samples, " << of.channels << " channels of " << of.plane);
    const std::vector<T> x = inputs<T>(of.size()), dy = gradients<T>(of.size());
    const std::vector<T> weight = inputs<T>(of.channels, 3);
    std::vector<T> y(x.size()), dx(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      y[i] = value(weight[of.channel(i)], x[i]);
      dx[i] = gradient(weight[of.channel(i)], dy[i], x[i]);
    }
    const relu::prelu act{weight, of.plane};
    bool ok = true;
    const auto check = [&](framed<T>& got, const std::vector<T>& want) {
      ok = ok && all_match<T>(got.range(), want, x) && got.intact();
    };
    ++at;
    for (const relu::stores how : {relu::stores::cached, relu::stores::streaming}) {
      framed<T> out(std::vector<T>(x.size()), at), gradient(std::vector<T>(x.size()), at);
      relu::forward(act, x, out.range(), how);
      check(out, y);
      relu::backward(act, dy, x, gradient.range(), how);
      check(gradient, dx);
    }
    framed<T> in_place(x, at), over_dy(dy, at), over_x(x, at);
    relu::forward(act, in_place.range());
    check(in_place, y);
    relu::backward(act, over_dy.range(), x, over_dy.range());
    check(over_dy, dx);
    relu::backward(act, dy, over_x.range(), over_x.range());
    check(over_x, dx);

    framed<T> sum(dy, at), with_weights(dy, at);
    std::vector<T> dweight(of.channels), want_dweight(of.channels), alone(x.size());
    relu::backward_accumulate(act, dy, x, sum.range());
    relu::backward(act, dy, x, alone, want_dweight);
    relu::backward_accumulate(act, with_weights.range(), x, with_weights.range(), dweight);
    const auto is_sum = [](T got, T a, T b) {
      return same_bits(got, a + b) || (is_nan(got) && is_nan(a + b));
    };
    for (std::size_t i = 0; i < x.size(); ++i)
      ok = ok && is_sum(sum.range()[i], dy[i], dx[i]) && is_sum(with_weights.range()[i], dy[i], dx[i]);
    ok = ok && sum.intact() && with_weights.intact();
    for (std::size_t c = 0; c < of.channels; ++c)
      ok = ok && (same_bits(dweight[c], want_dweight[c]) || (is_nan(dweight[c]) && is_nan(want_dweight[c])));
    CHECK(ok);
  }
}

TEMPLATE_LIST_TEST_CASE("prelu with one weight gives the results of leaky_relu", "[prelu]",
                        floating_elements) {
  using T = TestType;
  for (const double slope : {0.0, 0.25, 1.0, -2.0}) {
    const std::vector<T> x = inputs<T>(1000), dy = gradients<T>(1000), weight{static_cast<T>(slope)};
    std::vector<T> want(1000), got(1000);
    relu::forward(relu::leaky_relu{slope}, x, want);
    relu::forward(relu::prelu{weight}, x, got);
    CHECK(same_bits<T>(got, want));
    relu::backward(relu::leaky_relu{slope}, dy, x, want);
    relu::backward(relu::prelu{weight}, dy, x, got);
    CHECK(all_match<T>(got, want, x));
  }
}

TEST_CASE("prelu takes any contiguous range", "[prelu]") {
  const float x[]{-1, 2, -3, -4}, weight[]{0.5f, 2};
  std::vector<float> y(4);
  relu::forward(relu::prelu{weight}, x, y);
  CHECK(y == std::vector<float>{-0.5f, 2, -1.5f, -8});
  relu::forward(relu::prelu{weight, 2}, x, y); // channels first
  CHECK(y == std::vector<float>{-0.5f, 2, -6, -8});
  relu::forward(relu::prelu<float>{weight, 1}, std::span(y));
  CHECK(y == std::vector<float>{-0.25f, 2, -3, -16});
  static_assert(!std::is_constructible_v<relu::prelu<float>, std::vector<float>>); // a temporary
  static_assert(std::is_constructible_v<relu::prelu<float>, std::span<float>>);
  static_assert(!std::is_constructible_v<relu::prelu<float>, std::vector<double>&>);
}

TEST_CASE("prelu takes one weight as a number", "[prelu]") {
  const float x[]{-1, 2, -3, -4}, dy[]{1, 1, 1, 1};
  std::vector<float> y(4), dx(4), dweight(1);
  relu::prelu act{0.5f};
  static_assert(std::is_same_v<decltype(act), relu::prelu<float>>);
  const relu::prelu copy = act;
  act = relu::prelu{2.0f}; // does not change the copy
  relu::forward(copy, x, y);
  CHECK(y == std::vector<float>{-0.5f, 2, -1.5f, -2});
  relu::backward(copy, dy, x, dx, dweight);
  CHECK(dx == std::vector<float>{0.5f, 1, 0.5f, 0.5f});
  CHECK(dweight == std::vector<float>{-8});
  CHECK(copy.weight()[0] == 0.5f);
}

TEMPLATE_LIST_TEST_CASE("prelu computes the gradient of the weights", "[prelu]", floating_elements) {
  using T = TestType;
  for (const shape of : shapes()) {
    INFO(of.samples << " samples, " << of.channels << " channels of " << of.plane);
    const std::vector<T> x = ordinary<T>(of.size(), 1), dy = ordinary<T>(of.size(), 2);
    std::vector<long double> sum(of.channels), magnitude(of.channels);
    std::vector<std::size_t> terms(of.channels);
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!is_nonpositive(x[i])) continue;
      const long double term = static_cast<long double>(dy[i]) * static_cast<long double>(x[i]);
      sum[of.channel(i)] += term;
      magnitude[of.channel(i)] += term < 0 ? -term : term;
      ++terms[of.channel(i)];
    }
    const std::vector<T> dweight = gradient_of_weights(of, dy, x);
    for (std::size_t c = 0; c < of.channels; ++c) {
      // of_sum bounds the errors of both sums, also where long double is double. of_result bounds the
      // rounding of the result to float.
      const long double of_sum = 2 * static_cast<long double>(terms[c]) * 0x1p-53L * magnitude[c];
      const long double of_result = is_float<T> && sizeof(T) == 4 ? 0x1p-24L * std::abs(sum[c]) : 0;
      CHECK(std::abs(static_cast<long double>(dweight[c]) - sum[c]) <= of_sum + of_result * 1.0001L);
    }
  }
}

TEMPLATE_LIST_TEST_CASE("the gradient of the weights of prelu has the same bits everywhere", "[prelu]",
                        floating_elements) {
  using T = TestType;
  std::uint64_t hash = 14695981039346656037u; // FNV-1a
  for (const shape of : shapes())
    for (const T sum : gradient_of_weights(of, ordinary<T>(of.size(), 2), ordinary<T>(of.size(), 1)))
      hash = (hash ^ bits(sum)) * 1099511628211u;
  CHECK(hash == (sizeof(T) == 4 ? 0x1ce6debbc6b05b10u : 0x6a7e217d22a92b54u));
}

TEMPLATE_LIST_TEST_CASE("only negative and NaN inputs add to the gradient of a weight", "[prelu]",
                        floating_elements) {
  using T = TestType;
  using limits = std::numeric_limits<T>;
  const T infinity = limits::infinity(), nan = limits::quiet_NaN();
  for (const std::size_t plane : {1u, 3u})
    for (const std::size_t channels : {1u, 2u, 40u, 600u}) {
      INFO(channels << " channels of " << plane);
      const auto sum_of = [&](T dy, T x) { // in the last channel
        std::vector<T> all_dy(2 * channels * plane), all_x(all_dy.size(), T(1));
        for (std::size_t i = all_x.size() - plane; i < all_x.size(); ++i) all_dy[i] = dy, all_x[i] = x;
        const auto dweight = gradient_of_weights({2, channels, plane}, all_dy, all_x);
        CHECK(std::all_of(dweight.begin(), dweight.end() - 1, [](T v) { return same_bits(v, T(0)); }));
        return dweight.back();
      };
      const T times = static_cast<T>(plane);
      CHECK(same_bits(sum_of(2, -3), T(-6) * times));
      CHECK(same_bits(sum_of(-2, -3), T(6) * times));
      for (const T dy : {T(1), T(-1), infinity, -infinity, nan, -nan})
        for (const T x : {T(0), T(-0.0), T(3), limits::denorm_min(), infinity})
          CHECK(same_bits(sum_of(dy, x), T(0)));
      CHECK(same_bits(sum_of(infinity, -3), -infinity));
      CHECK(same_bits(sum_of(2, -infinity), -infinity));
      for (const T x : {nan, from_bits<T>(bits(infinity) + 1), from_bits<T>(bits(-infinity) + 1)})
        CHECK((is_nan(sum_of(1, x)) && is_nan(sum_of(0, x)))); // the output is NaN, too
      CHECK((is_nan(sum_of(nan, -3)) && is_nan(sum_of(0, -infinity))));
    }
}

TEST_CASE("prelu takes empty ranges", "[prelu]") {
  const std::span<float> none;
  std::vector<float> weight(3, 0.25f), dweight(3, 77.0f);
  for (const std::size_t plane : {0u, 1u, 4u}) {
    relu::forward(relu::prelu{none, plane}, none, none);
    relu::forward(relu::prelu{weight, plane}, none);
    relu::backward(relu::prelu{none, plane}, none, none, none, none);
    dweight.assign(3, 77.0f);
    relu::backward(relu::prelu{weight, plane}, none, none, none, dweight);
    CHECK(same_bits<float>(dweight, std::vector<float>(3)));
  }
}

TEST_CASE("prelu refuses wrong calls and writes nothing", "[prelu]") {
  std::vector<float> memory(100, -1.0f);
  const std::span all(memory);
  const std::vector<float> x(12, -1.0f), weight(3, 0.25f);
  const auto refused = [&](const std::string& message, auto call) {
    const std::vector<float> before = memory;
    CHECK_THROWS_MATCHES(call(), std::invalid_argument, Message(message));
    CHECK(same_bits<float>(memory, before));
  };
  const auto y = all.first(12), dweight = all.subspan(50, 3);
  const relu::prelu act{weight};

  refused("relu::forward: x has 12 elements, y has 13", [&] { relu::forward(act, x, all.first(13)); });
  refused("relu::backward: dy has 12 elements, dx has 9", [&] { relu::backward(act, x, x, all.first(9)); });
  refused("relu::backward: x has 12 elements, dx has 9",
          [&] { relu::backward(act, all.first(9), x, all.first(9), dweight); });
  refused("relu::forward: y has 10 elements, which is not a multiple of 3 channels of 1 elements",
          [&] { relu::forward(act, all.first(10)); });
  refused("relu::forward: y has 12 elements, which is not a multiple of 3 channels of 3 elements", [&] {
    relu::forward(relu::prelu{weight, 3}, x, y);
  });
  refused("relu::forward: y has 12 elements, which is not a multiple of 3 channels of 0 elements", [&] {
    relu::forward(relu::prelu{weight, 0}, x, y);
  });
  refused("relu::forward: y has 12 elements, which is not a multiple of 0 channels of 1 elements",
          [&] { relu::forward(relu::prelu<float>{}, x, y); });
  refused("relu::backward: dx has 12 elements, which is not a multiple of 3 channels of " +
              std::to_string(SIZE_MAX) + " elements",
          [&] {
            relu::backward(relu::prelu{weight, SIZE_MAX}, x, x, y, dweight);
          });
  refused("relu::forward: x and y, 12 elements each, overlap without being the same: x is 4 bytes after y",
          [&] { relu::forward(act, all.subspan(1, 12), y); });
  refused("relu::forward: y and weight overlap",
          [&] { relu::forward(relu::prelu{all.subspan(11, 3)}, x, y); });
  refused("relu::backward: dx and weight overlap",
          [&] { relu::backward(relu::prelu{all.first(3)}, x, x, y, dweight); });

  refused("relu::backward_accumulate: x has 12 elements, dx has 9",
          [&] { relu::backward_accumulate(act, all.first(9), x, all.first(9)); });
  refused("relu::backward_accumulate: dx and weight overlap",
          [&] { relu::backward_accumulate(relu::prelu{all.first(3)}, x, x, y); });
  refused("relu::backward_accumulate: dweight has 4 elements, weight has 3",
          [&] { relu::backward_accumulate(act, x, x, y, all.subspan(50, 4)); });
  refused("relu::backward: dweight has 4 elements, weight has 3",
          [&] { relu::backward(act, x, x, y, all.subspan(50, 4)); });
  refused("relu::backward: dweight and dx overlap",
          [&] { relu::backward(act, x, x, y, all.subspan(11, 3)); });
  refused("relu::backward: dweight and dy overlap",
          [&] { relu::backward(act, all.subspan(20, 12), x, y, all.subspan(31, 3)); });
  refused("relu::backward: dweight and x overlap",
          [&] { relu::backward(act, x, all.subspan(20, 12), y, all.subspan(18, 3)); });
  refused("relu::backward: dweight and weight overlap",
          [&] { relu::backward(relu::prelu{dweight}, x, x, y, dweight); });
  // adjacent ranges
  CHECK_NOTHROW(relu::backward(relu::prelu{all.subspan(12, 3)}, x, x, y, all.subspan(15, 3)));
}
