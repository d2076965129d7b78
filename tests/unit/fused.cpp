// Fused inputs and gated units: the bits of separate calls.
#include "testing.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <stdexcept>

using namespace testing;
using Catch::Matchers::Message;

namespace {

using real_types = std::tuple<float, double, relu::float16, relu::bfloat16>;

// Numbers of ordinary size: a NaN in a sum or product may have the bits of any operand.
template <class T> std::vector<T> moderate(std::size_t n, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<T> x(n);
  for (T& v : x) v = static_cast<T>(static_cast<float>(static_cast<int>(random() % 4001) - 2000) / 512);
  return x;
}

template <class T> double number(T x) {
  if constexpr (is_float16<T>) return static_cast<float>(x);
  else return static_cast<double>(x);
}
template <class T> T add(T a, T b) {
  if constexpr (is_float16<T>) return T(static_cast<float>(a) + static_cast<float>(b));
  else return static_cast<T>(a + b);
}
template <class T> T multiply(T a, T b) {
  if constexpr (is_float16<T>) return T(static_cast<float>(a) * static_cast<float>(b));
  else return a * b;
}
template <class T, class F> std::vector<T> combine(std::span<const T> a, std::span<const T> b, F f) {
  std::vector<T> y(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) y[i] = f(a[i], b[i]);
  return y;
}

// An activation of a user: only a formula, for value and slope.
struct own_activation {
  template <relu::floating V> V value(V x) const { return x * x; }
  template <relu::floating V> V slope(V x) const { return x + x; }
};

// Every call that reads `fused` gives what it gives for x.
template <class A, class T, class Fused>
void check_fused(const A& act, const Fused& fused, const std::vector<T>& x) {
  const std::size_t n = x.size();
  const std::vector<T> dy = moderate<T>(n, 7);
  std::vector<T> want(n), got(n);
  relu::forward(act, x, want);
  relu::forward(act, fused, got);
  CHECK(same_bits<T>(got, want));
  relu::forward(act, fused, got, relu::stores::streaming);
  CHECK(same_bits<T>(got, want));
  CHECK(relu::compressed_size(act, fused) == relu::compressed_size(act, x));
  if constexpr (relu::differentiable_activation<A, T>) {
    relu::backward(act, dy, x, want);
    relu::backward(act, dy, fused, got);
    CHECK(same_bits<T>(got, want));
    relu::backward(act, dy, fused, got, relu::stores::streaming);
    CHECK(same_bits<T>(got, want));
    relu::backward_accumulate(act, dy, x, want);
    relu::backward_accumulate(act, dy, fused, got);
    CHECK(same_bits<T>(got, want));
  }
  if constexpr (relu::maskable_activation<A, T>) {
    relu::bitmask mask(n), expected(n);
    const std::size_t active = relu::forward(act, x, want, expected);
    CHECK(relu::forward(act, fused, got, mask) == active);
    CHECK(same_bits<T>(got, want));
    CHECK(mask == expected);
    mask.reset();
    CHECK(relu::mask_of(act, fused, mask) == active);
    CHECK(mask == expected);
  }
}

template <class A, class T> void check_sums(const A& act) {
  for (const auto& [channels, plane, samples] : {std::array<std::size_t, 3>{1, 1, 5},
                                                 {3, 1, 50},
                                                 {64, 1, 20},
                                                 {1500, 1, 3},
                                                 {2, 3, 4},
                                                 {3, 700, 2},
                                                 {1, 2500, 1},
                                                 {5, 1, 0}}) {
    INFO(channels << " channels of " << plane << " elements, " << samples << " samples");
    const std::size_t n = channels * plane * samples;
    const std::vector<T> x = moderate<T>(n, 1), bias = moderate<T>(channels, 2), residual = moderate<T>(n, 3);
    std::vector<T> repeated(n);
    for (std::size_t i = 0; i < n; ++i) repeated[i] = bias[i / plane % channels];
    const std::vector<T> biased_x = combine<T>(x, repeated, add<T>);
    check_fused(act, relu::biased{x, bias, plane}, biased_x);
    const std::vector<T> sum = combine<T>(x, residual, add<T>);
    check_fused(act, relu::sum{x, residual}, sum);
    std::vector<T> in_place = residual, want_in_place(n);
    relu::forward(act, sum, want_in_place);
    relu::forward(act, relu::sum{x, in_place}, in_place, relu::stores::streaming);
    CHECK(same_bits<T>(in_place, want_in_place));

    if constexpr (relu::real_element<T> && relu::differentiable_activation<A, T>) {
      const std::vector<T> dy = moderate<T>(n, 7);
      std::vector<T> want(n), dx(n), dbias(channels), again(channels);
      relu::backward(act, dy, biased_x, want);
      relu::backward(act, dy, relu::biased{x, bias, plane}, dx, dbias);
      CHECK(same_bits<T>(dx, want));
      std::vector<double> sums(channels);
      for (std::size_t i = 0; i < n; ++i) sums[i / plane % channels] += number(dx[i]);
      for (std::size_t c = 0; c < channels; ++c) {
        const double error = std::abs(number(dbias[c]) - sums[c]);
        CHECK(error <= 1e-12 + std::abs(sums[c]) * number(std::numeric_limits<T>::epsilon()));
      }
      if (plane != 1) continue;
      // The same in a matrix with gaps.
      std::vector<T> wide((channels + 3) * samples);
      relu::backward(act, dy, relu::biased{x, bias},
                     relu::matrix_view{wide.data(), samples, channels, channels + 3}, again);
      CHECK(same_bits<T>(again, dbias));
    }
  }
}

template <class A, class T> void check_gated(const A& act) {
  for (const std::size_t n :
       {0u, 1u, 2u, 3u, 7u, 8u, 9u, 15u, 16u, 17u, 31u, 33u, 64u, 1023u, 1024u, 1025u, 2100u}) {
    const std::vector<T> gate = moderate<T>(n, 1), up = moderate<T>(n, 2), dy = moderate<T>(n, 3);
    std::vector<T> value(n), y(n), dgate(n), dup(n), want_dgate(n);
    relu::forward(act, gate, value);
    const std::vector<T> want = combine<T>(value, up, multiply<T>),
                         want_dup = combine<T>(value, dy, multiply<T>);
    relu::backward(act, combine<T>(dy, up, multiply<T>), gate, want_dgate);

    relu::forward(relu::gated{act}, gate, up, y);
    CHECK(same_bits<T>(y, want));
    relu::backward(relu::gated{act}, dy, gate, up, dgate, dup);
    CHECK(same_bits<T>(dgate, want_dgate));
    CHECK(same_bits<T>(dup, want_dup));

    // In place: each output in the memory of each input.
    std::vector<T> a = gate, b = up, c = dy;
    relu::forward(relu::gated{act}, a, b, a);
    CHECK(same_bits<T>(a, want));
    a = gate;
    relu::forward(relu::gated{act}, a, b, b);
    CHECK(same_bits<T>(b, want));
    for (int to_gate = 0; to_gate < 3; ++to_gate)
      for (int to_up = 0; to_up < 3; ++to_up) {
        if (to_gate == to_up) continue;
        a = gate, b = up, c = dy;
        std::vector<T>* const memory[]{&a, &b, &c};
        relu::backward(relu::gated{act}, c, a, b, *memory[to_gate], *memory[to_up]);
        CHECK(same_bits<T>(*memory[to_gate], want_dgate));
        CHECK(same_bits<T>(*memory[to_up], want_dup));
      }
    if (n % 3 != 0) continue;
    // gate and up in the two halves of each row, with a bias, into the same memory
    const std::size_t rows = 3, columns = n / 3;
    const std::vector<T> bias = moderate<T>(columns, 4);
    std::vector<T> packed(2 * n), biased_gate = gate;
    for (std::size_t i = 0; i < n; ++i) {
      packed[i / columns * 2 * columns + i % columns] = gate[i];
      packed[i / columns * 2 * columns + columns + i % columns] = up[i];
      biased_gate[i] = add(gate[i], bias[i % columns]);
    }
    const relu::matrix_view<T> gates{packed.data(), rows, columns, 2 * columns},
        ups{packed.data() + columns, rows, columns, 2 * columns};
    relu::forward(relu::gated{act}, gates, ups, y);
    CHECK(same_bits<T>(y, want));
    if (columns == 0) continue;
    std::vector<T> want_biased(n);
    relu::forward(relu::gated{act}, biased_gate, up, want_biased);
    relu::forward(relu::gated{act}, relu::biased{gates, bias}, ups, y);
    CHECK(same_bits<T>(y, want_biased));
    relu::backward(relu::gated{act}, dy, biased_gate, up, want_dgate, value);
    relu::backward(relu::gated{act}, dy, relu::biased{gates, bias}, ups, gates, ups);
    for (std::size_t i = 0; i < n; ++i) {
      dgate[i] = packed[i / columns * 2 * columns + i % columns];
      dup[i] = packed[i / columns * 2 * columns + columns + i % columns];
    }
    CHECK(same_bits<T>(dgate, want_dgate));
    CHECK(same_bits<T>(dup, value));
    // the other gradient in the memory of each part of the gate
    std::vector<T> in_gate = gate, in_residual(n);
    relu::backward(relu::gated{act}, dy, relu::biased{in_gate, bias}, up, dgate, in_gate);
    CHECK((same_bits<T>(dgate, want_dgate) && same_bits<T>(in_gate, value)));
    for (std::size_t i = 0; i < n; ++i) in_residual[i] = bias[i % columns];
    relu::backward(relu::gated{act}, dy, relu::sum{gate, in_residual}, up, dgate, in_residual);
    CHECK((same_bits<T>(dgate, want_dgate) && same_bits<T>(in_residual, value)));
  }
}

} // namespace

TEMPLATE_LIST_TEST_CASE("calls with a bias or a residual give the bits of separate calls", "[fused]",
                        real_types) {
  check_sums<relu::gelu, TestType>({});
  if constexpr (std::is_same_v<TestType, float> || std::is_same_v<TestType, relu::bfloat16>) {
    check_sums<relu::rectifier, TestType>({});
    check_sums<own_activation, TestType>({});
  }
  if constexpr (std::is_same_v<TestType, float>) check_sums<relu::fast<relu::silu>, TestType>({});
}

TEST_CASE("integers with a bias or a residual wrap", "[fused]") {
  const std::vector<std::int8_t> x{100, -100, 5}, bias{100, -100, -7};
  std::vector<std::int8_t> y(3);
  relu::forward(relu::sum{x, bias}, y);
  CHECK(y == std::vector<std::int8_t>{0, 56, 0});
  relu::forward(relu::biased{x, bias}, y);
  CHECK(y == std::vector<std::int8_t>{0, 56, 0});
}

TEMPLATE_LIST_TEST_CASE("gated units give the bits of separate calls", "[gated]", real_types) {
  check_gated<relu::silu, TestType>({});
  if constexpr (std::is_same_v<TestType, float> || std::is_same_v<TestType, relu::bfloat16>) {
    check_gated<relu::rectifier, TestType>({});
    check_gated<own_activation, TestType>({});
  }
  if constexpr (std::is_same_v<TestType, float>) check_gated<relu::fast<relu::sigmoid>, TestType>({});
}

TEST_CASE("gated units follow IEEE 754 where the activation is 0", "[gated]") {
  const float inf = INFINITY;
  const std::vector<float> gate{-1, -1, -1, -1, 2}, up{3, -3, inf, NAN, -inf};
  std::vector<float> y(5);
  relu::forward(relu::reglu{}, gate, up, y);
  CHECK(same_bits(y[0], 0.0f));
  CHECK(same_bits(y[1], -0.0f));
  CHECK(std::isnan(y[2]));
  CHECK(std::isnan(y[3]));
  CHECK(y[4] == -inf);
}

TEST_CASE("the gradients of a gated unit are differences of its values", "[gated]") {
  const double h = 0x1p-20;
  for (double gate = -3; gate <= 3; gate += 0.37)
    for (const double up : {-1.5, 0.25, 2.0}) {
      const auto value = [](double g, double u) {
        double y[1];
        relu::forward(relu::swiglu{}, std::span(&g, 1), std::span(&u, 1), y);
        return y[0];
      };
      const double dy[]{1.0};
      double dgate[1], dup[1];
      relu::backward(relu::swiglu{}, dy, std::span(&gate, 1), std::span(&up, 1), dgate, dup);
      CHECK(std::abs(dgate[0] - (value(gate + h, up) - value(gate - h, up)) / (2 * h)) < 1e-8);
      CHECK(std::abs(dup[0] - (value(gate, up + h) - value(gate, up - h)) / (2 * h)) < 1e-8);
    }
}

TEST_CASE("fused and gated calls refuse arguments that do not fit", "[fused][gated]") {
  std::vector<float> x(12, 1), y(12, 7), bias(5), residual(11), more(12);
  const std::vector<float> before = y;
  const auto check = [&](auto call, const char* message) {
    CHECK_THROWS_MATCHES(call(), std::invalid_argument, Message(message));
    CHECK(y == before);
  };
  check(
      [&] {
        relu::forward(relu::biased{x, bias}, y);
      },
      "relu::forward: x has 12 elements, which is not a multiple of 5 channels of 1 elements");
  check(
      [&] {
        relu::forward(relu::sum{x, residual}, y);
      },
      "relu::forward: residual has 11 elements, x has 12");
  check(
      [&] {
        relu::forward(relu::biased{x, std::span(y).first(6)}, y);
      },
      "relu::forward: y and bias overlap");
  check([&] { relu::forward(relu::swiglu{}, x, residual, y); },
        "relu::forward: up has 11 elements, y has 12");
  check([&] { relu::backward(relu::swiglu{}, x, x, more, y, y); }, "relu::backward: dgate and dup overlap");
  check([&] { relu::forward(relu::gated{relu::clipped_relu{-1}}, x, more, y); },
        "relu::forward: clipped_relu: max must be at least 0");
  std::vector<float> dbias(4);
  check(
      [&] {
        relu::backward(relu::gelu{}, x, relu::biased{x, std::span(more).first(6)}, y, dbias);
      },
      "relu::backward: dbias has 4 elements, bias has 6");
  const relu::matrix_view matrix{x.data(), 3, 4};
  const std::span in_matrix = std::span(x).subspan(7, 4);
  check(
      [&] {
        relu::backward(relu::gelu{}, matrix, relu::biased{matrix, dbias}, y, in_matrix);
      },
      "relu::backward: dbias and dy overlap");

  // Matrices that fit the range of the output, and not each other.
  const relu::matrix_view wide{x.data(), 2, 6}, tall{more.data(), 3, 4};
  check([&] { relu::forward(relu::reglu{}, wide, tall, y); },
        "relu::forward: up has 3 rows and 4 columns, gate has 2 and 6");
  check([&] { relu::backward(relu::rectifier{}, wide, tall, y); },
        "relu::backward: x has 3 rows and 4 columns, dy has 2 and 6");
  check(
      [&] {
        relu::backward(relu::rectifier{}, wide, relu::sum{x, tall}, y);
      },
      "relu::backward: residual has 3 rows and 4 columns, dy has 2 and 6");
  std::vector<float> gate(12, 1), up(12, 1);
  check(
      [&] {
        relu::backward(relu::reglu{}, gate, up, x, relu::matrix_view{y.data(), 2, 6}, tall);
      },
      "relu::backward: dup has 3 rows and 4 columns, dgate has 2 and 6");
}
