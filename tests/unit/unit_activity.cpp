// unit_activity counts the active inputs of each unit, from inputs, outputs and masks.
#include "testing.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

using namespace testing;

namespace {

// A layer's inputs for some samples. The first unit is dead, and the last one is always active.
template <class T> std::vector<T> batch(std::size_t samples, std::size_t units) {
  std::vector<T> x = inputs<T>(samples * units);
  for (std::size_t sample = 0; sample < samples; ++sample) {
    x[sample * units] = T(-1);
    x[sample * units + units - 1] = T(1);
  }
  return x;
}

template <class T> std::vector<std::uint64_t> count_one_by_one(const std::vector<T>& x, std::size_t units) {
  std::vector<std::uint64_t> counts(units);
  for (std::size_t i = 0; i < x.size(); ++i) counts[i % units] += !is_nonpositive(x[i]);
  return counts;
}

std::vector<std::uint64_t> counts_of(const relu::unit_activity& activity) {
  std::vector<std::uint64_t> counts(activity.units());
  activity.counts(counts);
  return counts;
}

} // namespace

TEMPLATE_LIST_TEST_CASE("unit_activity counts the active inputs of each unit", "[unit_activity]",
                        elements_of_each_size) {
  // fewer units than a byte has bits, about as many as a word has, and more than one call masks at a time
  for (const std::size_t units : {2u, 7u, 8u, 63u, 64u, 65u, 130u, 20'000u}) {
    const std::size_t samples = units < 1000 ? 600 : 3;
    const std::vector<TestType> x = batch<TestType>(samples, units);
    const std::vector<std::uint64_t> wanted = count_one_by_one(x, units);
    INFO(units << " units");

    relu::unit_activity at_once(units);
    at_once.update(x);
    CHECK(at_once.samples() == samples);
    CHECK(counts_of(at_once) == wanted);

    relu::unit_activity in_parts(units); // from the inputs, from the outputs, from masks
    std::vector<TestType> y(x.size());
    relu::forward(x, y);
    for (std::size_t sample = 0; sample < samples;) {
      const std::size_t some = std::min(sample % 97 + 1, samples - sample);
      const auto part = [&](auto& all) { return std::span(all).subspan(sample * units, some * units); };
      relu::bitmask part_of_mask(some * units);
      relu::mask_of(part(x), part_of_mask);
      if (sample % 3 == 0) in_parts.update(part(x));
      if (sample % 3 == 1) in_parts.update(relu::rectifier{}, part(y));
      if (sample % 3 == 2) in_parts.update(part_of_mask);
      sample += some;
      CHECK(in_parts.samples() == sample);
    }
    CHECK(counts_of(in_parts) == wanted);

    for (std::size_t unit = 0; unit < units; ++unit) {
      CHECK(in_parts.count(unit) == wanted[unit]);
      // -ffast-math may multiply by the reciprocal of the number of samples
      const double rate = static_cast<double>(wanted[unit]) / static_cast<double>(samples);
      CHECK_THAT(in_parts.rate(unit), Catch::Matchers::WithinULP(rate, 1));
    }
    CHECK(in_parts.rate(units - 1) == 1);
  }
}

TEST_CASE("unit_activity uses the threshold of the activation", "[unit_activity]") {
  relu::unit_activity activity(2);
  activity.update(relu::thresholded_relu{2}, std::vector<float>{1, 3, 2, 3});
  CHECK(counts_of(activity) == std::vector<std::uint64_t>{0, 2});
}

TEST_CASE("dead() marks the units that were never active", "[unit_activity]") {
  relu::unit_activity activity(70);
  CHECK(activity.dead().count() == 70);
  CHECK(activity.rate(0) == 0);
  std::vector<float> x(70, -1.0f);
  x[3] = 1;
  activity.update(x);
  x[3] = -1;
  x[69] = NAN; // active
  activity.update(x);
  relu::bitmask dead = activity.dead();
  CHECK((dead.size() == 70 && dead.count() == 68 && !dead.test(3) && !dead.test(69)));
  for (int i = 0; i < 600; ++i) activity.update(std::vector<float>(70, -1.0f));
  CHECK(activity.dead() == dead);
  activity.update(x);
  activity.reset();
  CHECK((activity.units() == 70 && activity.samples() == 0 && activity.dead().count() == 70));
  activity.update(x);
  CHECK((activity.count(69) == 1 && activity.count(3) == 0 && activity.samples() == 1));
}

TEST_CASE("unit_activity can be merged and can be rebuilt from its counts", "[unit_activity]") {
  const std::size_t units = 100;
  const std::vector<float> x = batch<float>(700, units);
  relu::unit_activity all(units), first(units), second(units);
  all.update(x);
  first.update(std::span(x).first(300 * units));
  second.update(std::span(x).subspan(300 * units));

  const relu::unit_activity sent(counts_of(first), first.samples());
  CHECK((sent.units() == units && sent.samples() == 300 && counts_of(sent) == counts_of(first)));
  second.merge(sent);
  CHECK(second.samples() == 700);
  CHECK(counts_of(second) == counts_of(all));

  relu::unit_activity copy = all;
  copy.merge(copy);
  CHECK(copy.samples() == 1400);
  for (std::size_t unit = 0; unit < units; ++unit) CHECK(copy.count(unit) == 2 * all.count(unit));
  copy.update(x); // counting continues
  CHECK(copy.samples() == 2100);
  for (std::size_t unit = 0; unit < units; ++unit) CHECK(copy.count(unit) == 3 * all.count(unit));
}

TEST_CASE("unit_activity can be copied and moved", "[unit_activity]") {
  relu::unit_activity a(3);
  a.update(std::vector<float>{1, -1, 1});
  relu::unit_activity moved = std::move(a);
  CHECK((moved.samples() == 1 && counts_of(moved) == std::vector<std::uint64_t>{1, 0, 1}));
  CHECK((a.units() == 0 && a.samples() == 0)); // NOLINT: the state after a move is specified
  a = moved;
  a.update(std::vector<float>{1, 1, 1});
  CHECK((a.samples() == 2 && counts_of(a) == std::vector<std::uint64_t>{2, 1, 2}));
  CHECK((moved.samples() == 1 && counts_of(moved) == std::vector<std::uint64_t>{1, 0, 1}));
  static_assert(!std::is_nothrow_copy_assignable_v<relu::unit_activity>); // it may throw std::bad_alloc
  static_assert(!std::is_nothrow_copy_assignable_v<relu::bitmask>);
}

TEST_CASE("unit_activity counts more samples than 32 bits can hold", "[unit_activity]") {
  const std::uint64_t many = std::uint64_t{1} << 40;
  relu::unit_activity activity(std::vector<std::uint64_t>{many, 0}, many);
  activity.update(std::vector<float>{1, 1});
  CHECK((activity.count(0) == many + 1 && activity.count(1) == 1 && activity.samples() == many + 1));
}

TEST_CASE("unit_activity refuses wrong calls and counts nothing", "[unit_activity]") {
  relu::unit_activity activity(3);
  activity.update(std::vector<float>{1, -1, 1});
  const auto unchanged = [&] {
    return activity.samples() == 1 && counts_of(activity) == std::vector<std::uint64_t>{1, 0, 1};
  };
  CHECK_THROWS_AS(activity.update(std::vector<float>(4)), std::invalid_argument);
  CHECK_THROWS_AS(activity.update(relu::bitmask(4)), std::invalid_argument);
  CHECK_THROWS_AS(activity.update(relu::clipped_relu{-1}, std::vector<float>(3, 1.0f)),
                  std::invalid_argument);
  CHECK_THROWS_AS(activity.update(relu::clipped_relu{-1}, std::vector<float>()), std::invalid_argument);
  CHECK_THROWS_AS(activity.merge(relu::unit_activity(2)), std::invalid_argument);
  CHECK_THROWS_AS(activity.merge(relu::unit_activity(4)), std::invalid_argument);
  CHECK_THROWS_AS(activity.count(3), std::out_of_range);
  CHECK_THROWS_AS(activity.rate(3), std::out_of_range);
  std::vector<std::uint64_t> two(2), four(4);
  CHECK_THROWS_AS(activity.counts(two), std::invalid_argument);
  CHECK_THROWS_AS(activity.counts(four), std::invalid_argument);
  CHECK(unchanged());
  activity.update(std::vector<float>());
  CHECK(unchanged());

  CHECK_THROWS_AS(relu::unit_activity(std::vector<std::uint64_t>{1, 5}, 4), std::invalid_argument);
  relu::unit_activity none(0);
  none.update(std::vector<float>());
  none.merge(relu::unit_activity());
  CHECK((none.units() == 0 && none.samples() == 0 && none.dead().size() == 0));
  CHECK_THROWS_AS(none.update(std::vector<float>(1)), std::invalid_argument);
}
