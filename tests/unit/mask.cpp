// Masks: their layout, and forward and backward with one bit per element, for every length, offset, aliasing
// and kind of store.
#include "testing.hpp"

#include <catch2/catch_template_test_macros.hpp>

#include <algorithm>
#include <array>
#include <common/activation_table.hpp>
#include <stdexcept>

using namespace testing;

namespace {

std::vector<std::size_t> set_bits(relu::bitmask_view mask) {
  std::vector<std::size_t> all;
  for (const std::size_t i : mask.set_bits()) all.push_back(i);
  return all;
}

// A pseudorandom mask with a third of its bits set.
relu::bitmask pattern(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  relu::bitmask mask(n);
  for (std::size_t i = 0; i < n; ++i) mask.set(i, random() % 3 == 0);
  return mask;
}

} // namespace

TEST_CASE("mask bit i is bit i % 8 of byte i / 8", "[mask]") {
  const std::vector<float> x{1, -1, -1, 2, -1, -1, -1, 3, -1, 4, -1, -1};
  relu::bitmask mask(x.size());
  CHECK(relu::mask_of(x, mask) == 4);
  REQUIRE(mask.bytes().size() == 2);
  CHECK(mask.bytes()[0] == std::byte{0b1000'1001});
  CHECK(mask.bytes()[1] == std::byte{0b0000'0010});
  CHECK(set_bits(mask) == std::vector<std::size_t>{0, 3, 7, 9});
}

TEST_CASE("a bitmask can be copied, moved and compared", "[mask]") {
  const relu::bitmask none;
  CHECK((none.size() == 0 && none.count() == 0 && none.bytes().empty() && set_bits(none).empty()));
  relu::bitmask a(70);
  CHECK(a.count() == 0);
  a.set(0);
  a.set(69);
  relu::bitmask b = a;
  b.set(0, false);
  CHECK((a.test(0) && !b.test(0) && b.test(69) && !b.test(68)));
  CHECK((a.count() == 2 && b.count() == 1));
  CHECK_FALSE(a == b);
  CHECK_FALSE(a == relu::bitmask(69));
  const relu::bitmask moved = std::move(b);
  CHECK((moved.size() == 70 && moved.count() == 1));
  CHECK((b.size() == 0 && b.bytes().empty())); // NOLINT: the state after a move is specified
  b = a;
  CHECK(a == b);
  b.reset();
  CHECK((b.size() == 70 && b.count() == 0 && a.count() == 2));
}

TEST_CASE("set bits, counts and bitwise operators are right at every length", "[mask]") {
  for (std::size_t n = 0; n <= 200; ++n) {
    const relu::bitmask a = pattern(n, 1), b = pattern(n, 2);
    std::vector<std::size_t> in_a, in_both, in_either, in_one, not_in_a;
    for (std::size_t i = 0; i < n; ++i) {
      if (a.test(i)) in_a.push_back(i);
      if (a.test(i) && b.test(i)) in_both.push_back(i);
      if (a.test(i) || b.test(i)) in_either.push_back(i);
      if (a.test(i) != b.test(i)) in_one.push_back(i);
      if (!a.test(i)) not_in_a.push_back(i);
    }
    INFO("n = " << n);
    CHECK(set_bits(a) == in_a);
    CHECK(a.count() == in_a.size());
    CHECK(set_bits(a & b) == in_both);
    CHECK(set_bits(a | b) == in_either);
    CHECK(set_bits(a ^ b) == in_one);
    const relu::bitmask inverse = ~a;
    CHECK(set_bits(inverse) == not_in_a);
    if (n % 8 != 0) CHECK(std::to_integer<unsigned>(inverse.bytes().back()) >> n % 8 == 0);
    relu::bitmask c = a;
    c &= b;
    CHECK(c == (a & b));
    c |= a;
    CHECK(c == a);
    c ^= a;
    CHECK(c.count() == 0);
  }
}

TEST_CASE("a bitmask is a random access range of bool", "[mask]") {
  static_assert(std::ranges::random_access_range<const relu::bitmask&>);
  static_assert(std::same_as<std::ranges::range_value_t<relu::bitmask_view>, bool>);
  relu::bitmask a = pattern(70, 1);
  std::vector<bool> bits(a.begin(), a.end());
  REQUIRE(bits.size() == 70);
  for (std::size_t i = 0; i < bits.size(); ++i) CHECK((a[i] == bits[i] && std::as_const(a)[i] == bits[i]));
  a[3] = !bits[3];
  a[69] = a[3];
  CHECK((a.test(3) == !bits[3] && a.test(69) == !bits[3] && a.test(2) == bits[2]));
  CHECK(a.end() - a.begin() == 70);
  CHECK(std::ranges::count(a, true) == static_cast<std::ptrdiff_t>(a.count()));
  CHECK(a.begin() + 70 == a.end());
  CHECK(a.begin() < a.end());
}

TEST_CASE("a bitmask can change its size", "[mask]") {
  for (const std::size_t n : {0u, 1u, 8u, 63u, 64u, 65u, 130u}) {
    const relu::bitmask before = pattern(70, 1);
    relu::bitmask after = before;
    after.resize(n);
    REQUIRE(after.size() == n);
    for (std::size_t i = 0; i < n; ++i) CHECK(after[i] == (i < 70 && before[i]));
  }
  relu::bitmask mask = pattern(70, 1);
  mask.clear();
  CHECK((mask.size() == 0 && mask.begin() == mask.end()));
}

TEST_CASE("a bitmask takes bytes of any byte type", "[mask]") {
  std::vector<std::uint8_t> bytes{0b1010'0101, 0xff};
  relu::bitmask_span span(bytes, 11);
  CHECK(set_bits(span) == std::vector<std::size_t>{0, 2, 5, 7, 8, 9, 10});
  span[0] = false;
  CHECK(bytes[0] == 0b1010'0100);
  const relu::bitmask_view view(std::as_const(bytes), 11);
  CHECK(view == span);
  relu::bitmask copy(bytes, 11);
  bytes[0] = 0;
  CHECK((copy.test(2) && !span.test(2)));
  const char text[2]{1, 2};
  CHECK(set_bits(relu::bitmask_view(text, 16)) == std::vector<std::size_t>{0, 9});
  CHECK_THROWS_AS(relu::bitmask(bytes, 17), std::invalid_argument);
  using bytes_of_8 = std::vector<std::uint8_t>;
  static_assert(!std::is_constructible_v<relu::bitmask_view, bytes_of_8, std::size_t>); // it would dangle
  static_assert(!std::is_constructible_v<relu::bitmask_span, const bytes_of_8&, std::size_t>);
  static_assert(std::is_constructible_v<relu::bitmask, bytes_of_8, std::size_t>);
}

TEST_CASE("bitmask_view and bitmask_span use the caller's bytes", "[mask]") {
  std::array<std::byte, 4> bytes{};
  bytes.fill(std::byte{0xff});
  const relu::bitmask_view view(bytes, 11);
  // unused bits may have any value
  CHECK((view.size() == 11 && view.bytes().size() == 2 && view.count() == 11));
  CHECK(set_bits(view).back() == 10);
  const relu::bitmask copy(view);
  CHECK(copy.bytes()[1] == std::byte{0b111}); // a written mask has unused bits of 0
  CHECK(copy == view);

  const std::vector<float> x{1, -1, 2};
  const relu::bitmask_span span(bytes, 3);
  CHECK(relu::mask_of(x, span) == 2);
  CHECK((bytes[0] == std::byte{0b101} && bytes[1] == std::byte{0xff}));
  const relu::bitmask_view same = span;
  CHECK((same.test(0) && !same.test(1) && same.test(2)));

  CHECK_THROWS_AS(relu::bitmask_span(bytes, 33), std::invalid_argument);
  CHECK_THROWS_AS(view.test(11), std::out_of_range);
  CHECK_THROWS_AS(relu::bitmask(8).set(8), std::out_of_range);
  relu::bitmask eight(8), nine(9);
  CHECK_THROWS_AS(eight |= nine, std::invalid_argument);
  CHECK_THROWS_AS(eight & nine, std::invalid_argument);

  std::array<std::byte, 40> all{};
  const std::span<std::byte> both = all;
  const relu::bitmask_span here(both, 200), there(both.subspan(1), 200);
  CHECK_THROWS_AS(relu::bitmask_span(here) |= there, std::invalid_argument);
  CHECK_NOTHROW(relu::bitmask_span(here) |= here);
}

TEST_CASE("mask conversions keep constness and bind no span to a temporary", "[mask]") {
  using relu::bitmask, relu::bitmask_span, relu::bitmask_view;
  static_assert(std::is_convertible_v<bitmask&, bitmask_span> &&
                std::is_convertible_v<bitmask&, bitmask_view>);
  static_assert(std::is_convertible_v<const bitmask&, bitmask_view> &&
                std::is_convertible_v<bitmask, bitmask_view>);
  static_assert(std::is_convertible_v<bitmask_span, bitmask_view>);
  static_assert(std::is_trivially_copyable_v<bitmask_view> && std::is_trivially_copyable_v<bitmask_span>);
  static_assert(!std::is_convertible_v<const bitmask&, bitmask_span>); // a span could write to it
  static_assert(!std::is_convertible_v<bitmask, bitmask_span>);        // a write to it would be lost
  static_assert(!std::is_convertible_v<bitmask_view, bitmask_span>);
  static_assert(!std::is_convertible_v<bitmask_view, bitmask> &&
                std::is_constructible_v<bitmask, bitmask_view>);
}

namespace {

template <class T> struct arena {
  static constexpr std::size_t margin = 64;
  std::vector<T> memory = std::vector<T>(longest<T> + 3 * margin, T(77));

  std::span<T> at(std::size_t offset, std::size_t n) { return std::span(memory).subspan(margin + offset, n); }
  bool intact(std::size_t offset, std::size_t n) const {
    for (std::size_t i = 0; i < memory.size(); ++i)
      if ((i < margin + offset || i >= margin + offset + n) && !same_bits(memory[i], T(77))) return false;
    return true;
  }
};

// A mask of n bits between guard bytes.
struct guarded_mask {
  std::vector<std::byte> memory;
  std::size_t n;
  explicit guarded_mask(std::size_t size) : memory(size / 8 + 20, std::byte{0xa5}), n(size) {}

  relu::bitmask_span bits() { return {std::span(memory).subspan(8), n}; }
  bool intact() {
    const auto untouched = [](std::byte b) { return b == std::byte{0xa5}; };
    const auto end = memory.begin() + 8 + static_cast<std::ptrdiff_t>((n + 7) / 8);
    const bool rest_is_zero = n % 8 == 0 || std::to_integer<unsigned>(*(end - 1)) >> n % 8 == 0;
    return rest_is_zero && std::all_of(memory.begin(), memory.begin() + 8, untouched) &&
           std::all_of(end, memory.end(), untouched);
  }
};

template <class A, class T>
bool right_mask(const A& act, std::span<const T> x, relu::bitmask_view mask, std::size_t set) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool active = row<A>::active(act, x[i]);
    if (mask.test(i) != active) return false;
    count += active;
  }
  return set == count;
}

template <class A, class T> void check_masks(const A& act) {
  const std::vector<T> many = inputs<T>(1000), many_dy = gradients<T>(1000);
  for (std::size_t offset = 0; offset <= widest<T>; ++offset)
    for (std::size_t n = 0; n <= longest<T>; n += n < 2 * widest<T> ? 1 : 3) {
      const std::size_t start = offset * 7 % 200; // other inputs at other offsets
      const std::span x = std::span(many).subspan(start, n), dy = std::span(many_dy).subspan(start, n);
      bool ok = true;
      std::vector<T> want_y(n), want_dx(n), want_sum(n);
      relu::forward(act, x, want_y);
      relu::backward(act, dy, x, want_dx);
      for (const relu::stores how : {relu::stores::cached, relu::stores::streaming}) {
        guarded_mask mask(n);
        arena<T> y, dx;
        const std::size_t set = relu::forward(act, x, y.at(offset, n), mask.bits(), how);
        ok = ok && right_mask(act, x, mask.bits(), set) && mask.intact();
        ok = ok && same_bits<T>(y.at(offset, n), want_y) && y.intact(offset, n);
        if (!mask_decides(act)) continue;
        relu::backward(act, dy, mask.bits(), dx.at(offset, n), how);
        ok = ok && same_bits<T>(dx.at(offset, n), want_dx) && dx.intact(offset, n) && mask.intact();
      }
      guarded_mask only(n), in_place_mask(n);
      ok = ok && right_mask(act, x, only.bits(), relu::mask_of(act, x, only.bits())) && only.intact();

      arena<T> in_place;
      std::copy(x.begin(), x.end(), in_place.at(offset, n).begin());
      const std::size_t set = relu::forward(act, in_place.at(offset, n), in_place_mask.bits());
      ok = ok && right_mask(act, x, in_place_mask.bits(), set) && in_place_mask.intact();
      ok = ok && same_bits<T>(in_place.at(offset, n), want_y) && in_place.intact(offset, n);

      if (mask_decides(act)) {
        arena<T> over_dy, sum;
        std::copy(dy.begin(), dy.end(), over_dy.at(offset, n).begin());
        relu::backward(act, over_dy.at(offset, n), only.bits(), over_dy.at(offset, n));
        ok = ok && same_bits<T>(over_dy.at(offset, n), want_dx) && over_dy.intact(offset, n);

        std::copy(x.begin(), x.end(), sum.at(offset, n).begin());
        relu::backward_accumulate(act, dy, only.bits(), sum.at(offset, n));
        for (std::size_t i = 0; i < n; ++i) {
          const T want = sum_of(x[i], want_dx[i]), got = sum.at(offset, n)[i];
          ok = ok && (same_bits(got, want) || (is_nan(got) && is_nan(want)));
        }
        ok = ok && sum.intact(offset, n);
      }
      if (!ok) FAIL(row<A>::name << ", n = " << n << ", offset = " << offset);
    }
}

template <class T, class... A> void check_all_masks(relu::type_list<A...>) {
  const auto one = [&]<class B>(relu::type_list<B>) {
    // All activations and element types share the kernel templates. One activation on all element types and
    // all activations on some element types cover them.
    constexpr bool checked = std::is_same_v<B, relu::rectifier> || sizeof(T) == 1 || std::is_same_v<T, float>;
    if constexpr (relu::maskable_activation<B, T> && checked) {
      check_masks<B, T>(row<B>::samples.front());
      check_masks<B, T>(row<B>::samples.back());
    }
  };
  (one(relu::type_list<A>{}), ...);
  SUCCEED();
}

} // namespace

TEMPLATE_LIST_TEST_CASE("forward and backward give the same results with a mask and without", "[mask]",
                        elements_of_each_size) {
  check_all_masks<TestType>(relu::activations{});
}

TEST_CASE("a mask counts the active inputs", "[mask]") {
  const std::vector<float> x = inputs<float>(4000);
  relu::bitmask mask(x.size()), of_y(x.size());
  std::vector<float> y(x.size());
  const std::size_t active = relu::forward(x, y, mask);
  CHECK(active == mask.count());
  CHECK(active == x.size() - relu::count_zeros(y));
  CHECK(relu::mask_of(y, of_y) == active);
  CHECK(mask == of_y);
}

namespace {

struct above_two {
  template <relu::numeric V> V value(V x) const { return relu::math::select(active(x), x, V(0)); }
  template <relu::numeric V> V slope(V x) const { return relu::math::select(active(x), V(1), V(0)); }
  template <relu::numeric V> auto active(V x) const { return relu::math::is_above(x, relu::value_t<V>(2)); }
};

struct half_below_two : above_two {
  template <relu::numeric V> V value(V x) const { return relu::math::select(active(x), x, x * V(0.5)); }
  template <relu::numeric V> V slope(V x) const { return masked_gradient(V(1), active(x)); }
  template <class C, relu::numeric V> V masked_gradient(V dy, C active) const {
    return relu::math::select(active, dy, dy * V(0.5));
  }
};

} // namespace

TEST_CASE("a user's activation can have a mask", "[mask]") {
  const std::vector<float> x{1, 2, 3, 4, -5}, dy{10, 20, 30, 40, 50};
  std::vector<float> y(5), dx(5);
  relu::bitmask mask(5);
  CHECK(relu::forward(above_two{}, x, y, mask) == 2);
  CHECK(y == std::vector<float>{0, 0, 3, 4, 0});
  relu::backward(above_two{}, dy, mask, dx);
  CHECK(dx == std::vector<float>{0, 0, 30, 40, 0});
  relu::backward_accumulate(above_two{}, dy, mask, dx);
  CHECK(dx == std::vector<float>{0, 0, 60, 80, 0});

  CHECK(relu::forward(half_below_two{}, x, y, mask) == 2);
  CHECK(y == std::vector<float>{0.5, 1, 3, 4, -2.5});
  relu::backward(half_below_two{}, dy, mask, dx);
  CHECK(dx == std::vector<float>{5, 10, 30, 40, 25});
  relu::backward_accumulate(half_below_two{}, dy, mask, dx);
  CHECK(dx == std::vector<float>{10, 20, 60, 80, 50});
}

TEST_CASE("calls with masks refuse wrong arguments and write nothing", "[mask]") {
  std::vector<float> x(20, -1), y(20, 3), shorter(19, 3);
  const std::vector<float> before = y;
  relu::bitmask mask(20), small(19);
  mask.set(5);
  const relu::bitmask mask_before = mask;
  const auto refused = [&](const std::string& message, auto call) {
    std::string what;
    try {
      call();
    } catch (const std::invalid_argument& error) {
      what = error.what();
    }
    CHECK(what == message);
    CHECK((y == before && mask == mask_before && small.count() == 0));
  };
  refused("relu::forward: mask has 19 elements, x has 20", [&] { relu::forward(x, y, small); });
  refused("relu::forward: x has 19 elements, y has 20", [&] { relu::forward(shorter, y, mask); });
  refused("relu::mask_of: mask has 19 elements, x has 20", [&] { relu::mask_of(x, small); });
  refused("relu::backward: mask has 19 elements, dx has 20", [&] { relu::backward(x, small, y); });
  refused("relu::backward: dy has 19 elements, dx has 20", [&] { relu::backward(shorter, mask, y); });
  refused("relu::backward_accumulate: mask has 19 elements, dx has 20",
          [&] { relu::backward_accumulate(x, small, y); });
  refused("relu::forward: clipped_relu: max must be at least 0",
          [&] { relu::forward(relu::clipped_relu{-1}, x, y, mask); });
  refused("relu::mask_of: clipped_relu: max must be at least 0",
          [&] { relu::mask_of(relu::clipped_relu{-1}, x, mask); });
  refused("relu::backward: rectifier: a mask does not tell whether x is 0: slope_at_zero must be 0",
          [&] { relu::backward(relu::rectifier{0.5}, x, mask, y); });

  refused(
      "relu::backward_accumulate: rectifier: a mask does not tell whether x is 0: slope_at_zero must be 0",
      [&] { relu::backward_accumulate(relu::rectifier{0.5}, x, mask, y); });

  const auto bytes = std::as_writable_bytes(std::span(y));
  refused("relu::forward: mask and y overlap",
          [&] { relu::forward(x, y, relu::bitmask_span(bytes.subspan(9), 20)); });
  refused("relu::forward: mask and x overlap",
          [&] { relu::forward(y, x, relu::bitmask_span(bytes.subspan(9), 20)); });
  refused("relu::backward_accumulate: mask and dx overlap",
          [&] { relu::backward_accumulate(x, relu::bitmask_view(bytes.first(3), 20), y); });
  refused("relu::mask_of: mask and x overlap",
          [&] { relu::mask_of(y, relu::bitmask_span(bytes.subspan(77), 20)); });
  refused("relu::backward: mask and dx overlap",
          [&] { relu::backward(x, relu::bitmask_view(bytes.first(3), 20), y); });
}

TEST_CASE("backward_accumulate turns -0 into +0 where the gradient is +0", "[mask]") {
  std::vector<float> dx(100, -0.0f);
  relu::backward_accumulate(std::vector<float>(100, 1.0f), relu::bitmask(100), dx);
  for (const float v : dx) CHECK(bits(v) == bits(0.0f));
}
