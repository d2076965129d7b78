// forward and backward give the documented results, and the same bits for every length, offset, aliasing and
// kind of store.
#include "testing.hpp"

#include <catch2/catch_template_test_macros.hpp>

#include <algorithm>
#include <array>
#include <common/activation_table.hpp>

using namespace testing;

TEST_CASE("the core is constexpr and noexcept on scalars", "[core]") {
  static_assert(relu::relu(3.0f) == 3.0f && relu::relu(-3.0f) == 0.0f && relu::relu(std::int8_t{-5}) == 0);
  static_assert(relu::relu_grad(3.0) == 1.0 && relu::relu_grad(-3.0) == 0.0 && relu::relu_grad(0.0) == 0.0);
  static_assert(relu::relu_grad(std::int64_t{7}) == 1 && relu::relu_grad(std::int64_t{0}) == 0);
  static_assert(noexcept(relu::relu(1.0f))&& noexcept(relu::relu_grad(1.0f)));
  static_assert(std::is_same_v<decltype(relu::relu(std::int16_t{1})), std::int16_t>);
  static_assert(relu::rectifier{.slope_at_zero = 0.5f}.slope(0.0f) == 0.5f);
}

TEMPLATE_LIST_TEST_CASE("the core agrees with the table on scalars", "[core]", all_elements) {
  for (const TestType x : inputs<TestType>(5000)) {
    INFO("x = " << +x);
    CHECK(same_bits(relu::relu(x), is_nonpositive(x) ? TestType(0) : x));
    CHECK(relu::relu_grad(x) == (is_nonpositive(x) ? TestType(0) : TestType(1)));
  }
}

#if RELU_WITH_XSIMD
TEMPLATE_LIST_TEST_CASE("the core agrees with the table on a batch", "[core]", all_elements) {
  using vec = relu::detail::vec<TestType, relu::native>;
  constexpr relu::detail::whole whole;
  if constexpr (vec::size > 1) { // where there are vectors of that type
    const std::vector<TestType> x = inputs<TestType>(100 * vec::size);
    for (std::size_t i = 0; i < x.size(); i += vec::size) {
      std::array<TestType, vec::size> y, slope;
      vec::store(y.data(), relu::relu(vec::load(&x[i], whole)), whole);
      vec::store(slope.data(), relu::relu_grad(vec::load(&x[i], whole)), whole);
      for (std::size_t j = 0; j < vec::size; ++j) {
        INFO("x = " << +x[i + j]);
        CHECK(same_bits(y[j], relu::relu(x[i + j])));
        CHECK(same_bits(slope[j], relu::relu_grad(x[i + j])));
      }
    }
  }
}
#endif

TEST_CASE("forward and backward take any contiguous range", "[elementwise]") {
  const float x[]{-1, 2, -3};
  std::array<float, 3> y{};
  std::vector<float> dx(3);
  relu::forward(x, y);
  CHECK(y == std::array<float, 3>{0, 2, 0});
  relu::forward(std::span(x), std::span(y));
  relu::backward(y, x, std::span<float>(dx));
  CHECK(dx == std::vector<float>{0, 2, 0});
  float in_place[]{-1, 2, -3};
  relu::forward(in_place);
  CHECK(in_place[0] == 0);
  relu::forward(std::span(in_place).subspan(1));
  CHECK(in_place[1] == 2);
}

TEST_CASE("the slope at zero is a parameter", "[elementwise]") {
  const std::vector<float> x{0.0f, -0.0f, 1.0f, -1.0f}, dy{8, 8, 8, 8};
  std::vector<float> dx(4);
  relu::backward(dy, x, dx);
  CHECK(same_bits<float>(dx, std::vector<float>{0, 0, 8, 0}));
  relu::backward(relu::rectifier{.slope_at_zero = 0.5f}, dy, x, dx);
  CHECK(same_bits<float>(dx, std::vector<float>{4, 4, 8, 0}));
}

TEST_CASE("backward gives a dead unit +0 for every incoming gradient", "[elementwise]") {
  const std::vector<float> x{-1, -1, -1, -1, 0}, dy{INFINITY, -INFINITY, NAN, -1, NAN};
  std::vector<float> dx(5, 7.0f);
  relu::backward(dy, x, dx);
  CHECK(same_bits<float>(dx, std::vector<float>(5)));
}

TEST_CASE("empty ranges are valid, even with null pointers", "[elementwise]") {
  std::span<float> none;
  relu::forward(none, none);
  relu::forward(none);
  relu::backward(none, none, none);
  relu::forward(relu::tanh{}, none);
  CHECK(relu::count_zeros(none) == 0);
  CHECK(relu::sparsity(none) == 0);
}

namespace {

// The results of one long call, which other tests compare with the reference. Every shorter, shifted or
// in-place call must give the same bits and write nothing else.
template <class A, class T> struct expected {
  A act = row<A>::samples.front();
  std::vector<T> x = inputs<T>(1000), dy = gradients<T>(1000), y = x, dx = x;
  expected() {
    relu::forward(act, x, y);
    relu::backward(act, dy, x, dx);
  }
};

template <class T> struct guarded {
  static constexpr std::size_t margin = widest<T>;
  std::vector<T> memory = std::vector<T>(longest<T> + 3 * margin, T(77));

  std::span<T> at(std::size_t offset, std::size_t n) { return std::span(memory).subspan(margin + offset, n); }
  // Whether nothing outside [offset, offset + n) was written.
  bool intact(std::size_t offset, std::size_t n) const {
    const auto untouched = [](T v) { return same_bits(v, T(77)); };
    const auto first = memory.begin() + static_cast<std::ptrdiff_t>(margin + offset);
    return std::all_of(memory.begin(), first, untouched) &&
           std::all_of(first + static_cast<std::ptrdiff_t>(n), memory.end(), untouched);
  }
};

template <class T> void copy(const std::vector<T>& from, std::size_t start, std::span<T> to) {
  std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(start), to.size(), to.begin());
}

// Whether a sum of two numbers is right. The processor chooses which NaN a sum returns.
template <class T> bool is_sum(T got, T a, T b) {
  const T want = sum_of(a, b);
  return same_bits(got, want) || (is_nan(got) && is_nan(want));
}

template <class T, class... A> void check_all_sums(relu::type_list<A...>) {
  const std::vector<T> x = inputs<T>(1000), dy = gradients<T>(1000), before = inputs<T>(1000, 3);
  const auto one = [&]<class B>(relu::type_list<B>) {
    // One activation on all element types and all activations on some of them cover the templates.
    constexpr bool checked =
        std::is_same_v<B, relu::rectifier> || std::is_same_v<T, std::int8_t> || std::is_same_v<T, float>;
    if constexpr (relu::differentiable_activation<B, T> && checked)
      for (const B& act : row<B>::samples) {
        std::vector<T> dx(x.size()), sum = before;
        relu::backward(act, dy, x, dx);
        relu::backward_accumulate(act, dy, x, sum);
        for (std::size_t i = 0; i < x.size(); ++i)
          if (!is_sum(sum[i], before[i], dx[i])) FAIL(row<B>::name << ", i = " << i);
      }
  };
  (one(relu::type_list<A>{}), ...);
  SUCCEED();
}

template <class A, class T> void check_lengths_and_offsets() {
  const expected<A, T> want;
  for (std::size_t offset = 0; offset <= widest<T>; ++offset)
    for (std::size_t n = 0; n <= longest<T>; ++n) {
      const std::size_t start = offset * 7 % 200; // other inputs at other offsets
      const std::span x = std::span(want.x).subspan(start, n), dy = std::span(want.dy).subspan(start, n);
      const std::span y = std::span(want.y).subspan(start, n), dx = std::span(want.dx).subspan(start, n);
      bool ok = true;
      const auto check = [&](const guarded<T>& memory, std::size_t at, std::span<const T> result,
                             std::span<T> got) {
        ok = ok && same_bits<T>(got, result) && memory.intact(at, n);
      };
      for (const relu::stores how : {relu::stores::cached, relu::stores::streaming}) {
        guarded<T> out, gradient;
        relu::forward(want.act, x, out.at(offset, n), how);
        check(out, offset, y, out.at(offset, n));
        relu::backward(want.act, dy, x, gradient.at(offset, n), how);
        check(gradient, offset, dx, gradient.at(offset, n));
      }

      guarded<T> in_place;
      copy(want.x, start, in_place.at(offset, n));
      relu::forward(want.act, in_place.at(offset, n));
      check(in_place, offset, y, in_place.at(offset, n));

      guarded<T> over_dy;
      copy(want.dy, start, over_dy.at(offset, n));
      relu::backward(want.act, over_dy.at(offset, n), x, over_dy.at(offset, n));
      check(over_dy, offset, dx, over_dy.at(offset, n));

      guarded<T> over_x;
      copy(want.x, start, over_x.at(offset, n));
      relu::backward(want.act, dy, over_x.at(offset, n), over_x.at(offset, n));
      check(over_x, offset, dx, over_x.at(offset, n));

      // Adds to a third range, to dy and to x.
      const auto check_sum = [&](guarded<T>& memory, std::span<const T> before) {
        const std::span<const T> got = memory.at(offset, n);
        for (std::size_t i = 0; i < n; ++i) ok = ok && is_sum(got[i], before[i], dx[i]);
        ok = ok && memory.intact(offset, n);
      };
      guarded<T> sum, sum_over_dy, sum_over_x;
      copy(want.y, start, sum.at(offset, n));
      relu::backward_accumulate(want.act, dy, x, sum.at(offset, n));
      check_sum(sum, y);
      copy(want.dy, start, sum_over_dy.at(offset, n));
      relu::backward_accumulate(want.act, sum_over_dy.at(offset, n), x, sum_over_dy.at(offset, n));
      check_sum(sum_over_dy, dy);
      copy(want.x, start, sum_over_x.at(offset, n));
      relu::backward_accumulate(want.act, dy, sum_over_x.at(offset, n), sum_over_x.at(offset, n));
      check_sum(sum_over_x, x);
      if (!ok) FAIL("n = " << n << ", offset = " << offset);
    }
  SUCCEED();
}

} // namespace

TEMPLATE_LIST_TEST_CASE(
    "forward and backward give the same bits for every length, offset, aliasing and store", "[elementwise]",
    elements_of_each_size) {
  check_lengths_and_offsets<relu::rectifier, TestType>();
  check_lengths_and_offsets<relu::leaky_relu, TestType>();
}

TEMPLATE_LIST_TEST_CASE(
    "a smooth activation gives the same bits for every length, offset, aliasing and store",
    "[elementwise][smooth]", floating_elements) {
  check_lengths_and_offsets<relu::sigmoid, TestType>();
}

TEST_CASE("the fast tier gives the same bits for every length, offset, aliasing and store",
          "[elementwise][smooth]") {
  check_lengths_and_offsets<relu::fast<relu::gelu>, float>();
  check_lengths_and_offsets<relu::fast<relu::hard_swish>, float>(); // not compute-bound
}

TEMPLATE_LIST_TEST_CASE("backward_accumulate adds what backward writes", "[elementwise][smooth]",
                        elements_of_each_size) {
  check_all_sums<TestType>(relu::activations{});
}

TEST_CASE("backward_accumulate takes the rectifier by default, and turns -0 into +0 where it adds +0",
          "[elementwise]") {
  const std::vector<float> x{-1, 2, -0.0f, 3, -1}, dy{INFINITY, 8, NAN, -0.0f, 5};
  std::vector<float> dx{4, 4, -0.0f, -0.0f, -0.0f};
  relu::backward_accumulate(dy, x, dx);
  CHECK(same_bits<float>(dx, std::vector<float>{4, 12, 0, -0.0f, 0}));
  const std::vector<std::int8_t> one{1, 1};
  std::vector<std::int8_t> most{127, -128};
  relu::backward_accumulate(one, one, most);
  CHECK(most == std::vector<std::int8_t>{-128, -127}); // integers wrap
  relu::backward_accumulate(std::span<float>{}, std::span<float>{}, std::span<float>{});
}

// Functions with names that relu uses inside, for argument-dependent lookup to find.
namespace users {
struct tensor : std::vector<float> {
  using std::vector<float>::vector;
};
[[maybe_unused]] int input(const tensor&) { return 0; }
[[maybe_unused]] int output(const tensor&) { return 0; }
template <class A, class X> int expand(const A&, const X&) { return 1; }

struct negation {
  template <relu::numeric V> V value(V x) const { return V(0) - x; }
  template <relu::numeric V> V slope(V) const { return V(-1); }
};
[[maybe_unused]] void check_parameters(const char*, const negation&) {}
[[maybe_unused]] int kernel_parameters(const negation&) { return 0; }
} // namespace users

struct twice {
  template <relu::floating V>
  requires std::same_as<relu::value_t<V>, float>
  V value(V x) const {
    return x + x;
  }
};

TEST_CASE("forward and compress need no slope", "[elementwise]") {
  static_assert(relu::activation<twice, float> && !relu::differentiable_activation<twice, float>);
  static_assert(!relu::activation<twice, double> && !relu::maskable_activation<twice, float>);
  static_assert(relu::differentiable_activation<relu::gelu, float> && !relu::activation<relu::gelu, int>);
  const std::vector<float> x{-1, 0, 2};
  std::vector<float> y(3), values(3);
  std::vector<int> indices(3);
  relu::forward(twice{}, x, y);
  CHECK(y == std::vector<float>{-2, 0, 4});
  CHECK(relu::compressed_size(twice{}, x) == 2);
  CHECK(relu::compress(twice{}, x, values, indices) == 2);
  CHECK((values[0] == -2 && values[1] == 4 && indices[0] == 0 && indices[1] == 2));
}

TEMPLATE_LIST_TEST_CASE("scalar_activation makes an activation of functions of one number", "[elementwise]",
                        elements_of_each_size) {
  using T = TestType;
  const relu::scalar_activation act{[](T x) { return x > 0 ? x : T(0); }, [](T x) { return x > 0 ? 1 : 0; }};
  for (const std::size_t n : {1u, 4u, 70u, 300u}) {
    std::vector<T> x(n);
    for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<T>(static_cast<int>(i * 37 % 101) - 50);
    std::vector<T> y(n), want(n);
    relu::forward(act, x, y);
    relu::forward(x, want);
    CHECK(y == want);
    relu::backward(act, x, x, y);
    relu::backward(x, x, want);
    CHECK(y == want);
    relu::backward_accumulate(act, x, x, y);
    relu::backward_accumulate(x, x, want);
    CHECK(y == want);
  }
  const auto f = [](double x) { return std::abs(x); };
  static_assert(relu::activation<relu::scalar_activation<decltype(f)>, T>);
  static_assert(!relu::differentiable_activation<relu::scalar_activation<decltype(f)>, T>);
  static_assert(!relu::activation<relu::scalar_activation<int>, T>);
}

TEST_CASE("calls ignore functions in the namespaces of their arguments", "[elementwise]") {
  const users::tensor x{-1, 2};
  users::tensor y(2), dx(2);
  relu::forward(x, y);
  CHECK(y == users::tensor{0, 2});
  relu::forward(users::negation{}, x, y);
  CHECK(y == users::tensor{1, -2});
  relu::backward(users::negation{}, x, y, dx);
  CHECK(dx == users::tensor{1, -2});
  relu::backward_accumulate(users::negation{}, x, y, dx);
  CHECK(dx == users::tensor{2, -4});
  CHECK(expand(relu::rectifier{}, x) == 1);
}
