// compress, compress_rows and expand: the nonzero outputs in order, their indices, and no write past the
// capacity.
#include "testing.hpp"

#include <catch2/catch_template_test_macros.hpp>

#include <algorithm>
#include <common/activation_table.hpp>
#include <stdexcept>

using namespace testing;

namespace {

template <class T> struct compressed {
  std::vector<T> values;
  std::vector<std::uint32_t> indices;
};

template <class A, class T> compressed<T> without_zeros(const A& act, std::span<const T> x) {
  std::vector<T> y(x.size());
  relu::forward(act, x, y);
  compressed<T> out;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!is_zero(y[i])) {
      out.values.push_back(y[i]);
      out.indices.push_back(static_cast<std::uint32_t>(i));
    }
  return out;
}

// Compresses into vectors of exactly `room` elements, so that AddressSanitizer reports every access past the
// end.
template <class A, class T>
bool gives(const A& act, std::span<const T> x, const compressed<T>& want, std::size_t room) {
  std::vector<T> values(room);
  std::vector<std::uint32_t> indices(room);
  const std::size_t found = relu::compress(act, x, values, indices);
  return found == want.values.size() && same_bits<T>(std::span(values).first(found), want.values) &&
         std::equal(want.indices.begin(), want.indices.end(), indices.begin());
}

template <class T, class... A> void check_all_compressed(relu::type_list<A...>) {
  const std::vector<T> many = inputs<T>(1000);
  const auto one = [&]<class B>(relu::type_list<B>) {
    // All activations and element types share the kernel templates. One activation on all element types and
    // all activations on some element types cover them.
    constexpr bool checked =
        std::is_same_v<B, relu::rectifier> || std::is_same_v<T, std::int8_t> || std::is_same_v<T, float>;
    if constexpr (relu::activation<B, T> && checked)
      for (const B& act : row<B>::samples)
        for (std::size_t n = 0; n <= 4 * widest<T> + 70; n += n < 70 ? 1 : 7) {
          const std::span x = std::span(many).subspan(n * 7 % 500, n);
          const compressed<T> want = without_zeros<B, T>(act, x);
          const std::size_t count = want.values.size();
          const bool ok = relu::compressed_size(act, x) == count && gives<B, T>(act, x, want, count) &&
                          gives<B, T>(act, x, want, n) && gives<B, T>(act, x, want, (n + count) / 2) &&
                          gives<B, T>(act, x, want, n + 100);
          if (!ok) FAIL(row<B>::name << ", n = " << n);
        }
  };
  (one(relu::type_list<A>{}), ...);
  SUCCEED();
}

} // namespace

TEMPLATE_LIST_TEST_CASE("compress gives the nonzero outputs of forward", "[sparse][smooth]",
                        elements_of_each_size) {
  check_all_compressed<TestType>(relu::activations{});
}

TEMPLATE_LIST_TEST_CASE("compress of a compute-bound activation is right for several blocks of values",
                        "[sparse][smooth]", floating_elements) {
  const std::vector<TestType> x = inputs<TestType>(1000);
  const compressed<TestType> want = without_zeros<relu::gelu, TestType>({}, x);
  CHECK(gives<relu::gelu, TestType>({}, x, want, want.values.size()));
  CHECK(gives<relu::gelu, TestType>({}, x, want, x.size()));
}

TEMPLATE_LIST_TEST_CASE("compress is right for every share of zeros", "[sparse]", elements_of_each_size) {
  using T = TestType;
  std::mt19937 random(1);
  for (const unsigned percent : {0u, 1u, 50u, 99u, 100u}) {
    std::vector<T> x(5000);
    for (T& v : x) v = static_cast<T>(random() % 100 < percent ? 1 + random() % 100 : 0);
    const compressed<T> want = without_zeros<relu::rectifier, T>({}, x);
    INFO(percent << " %");
    for (const std::size_t more : {0u, 1u, 15u, 16u, 63u, 64u, 65u, 5000u})
      CHECK(gives<relu::rectifier, T>({}, x, want, want.values.size() + more));
  }
}

TEMPLATE_LIST_TEST_CASE("compress writes nothing past its capacity, and expand restores the outputs",
                        "[sparse]", elements_of_each_size) {
  using T = TestType;
  const std::vector<T> x = inputs<T>(333);
  std::vector<T> y(x.size());
  relu::forward(x, y);
  const std::size_t count = relu::compressed_size(x);
  CHECK(count == x.size() - relu::count_zeros(y));

  std::vector<T> values(count + 200, T(77));
  std::vector<std::int32_t> indices(count + 200, 77);
  CHECK(relu::compress(x, std::span(values).subspan(100, count), std::span(indices).subspan(100, count)) ==
        count);
  for (const std::size_t beyond : {std::size_t{0}, 100 + count}) {
    const auto part = std::span(values).subspan(beyond, 100);
    CHECK(std::all_of(part.begin(), part.end(), [](T v) { return v == T(77); }));
    const auto positions = std::span(indices).subspan(beyond, 100);
    CHECK(std::all_of(positions.begin(), positions.end(), [](std::int32_t i) { return i == 77; }));
  }

  std::vector<T> back(x.size(), T(77));
  relu::expand(std::span(values).subspan(100, count), std::span(indices).subspan(100, count), back);
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!same_bits(back[i], is_nonpositive(x[i]) ? T(0) : x[i])) FAIL("i = " << i);
}

TEST_CASE("compress_rows writes compressed sparse rows", "[sparse]") {
  const std::vector<float> x{1, 0, 2, -1, 0, 0, 0, 0, 3, 4, 5, -6}; // 3 rows of 4
  std::vector<float> values(12);
  std::vector<std::int32_t> columns(12), offsets(4);
  CHECK(relu::compress_rows(x, 4, values, columns, offsets) == 5);
  CHECK(offsets == std::vector<std::int32_t>{0, 2, 2, 5});
  values.resize(5);
  columns.resize(5);
  CHECK(values == std::vector<float>{1, 2, 3, 4, 5});
  CHECK(columns == std::vector<std::int32_t>{0, 2, 0, 1, 2});

  std::vector<float> exact(5);
  std::vector<std::uint32_t> exact_columns(5), exact_offsets(4);
  CHECK(relu::compress_rows(relu::rectifier{}, x, 4, exact, exact_columns, exact_offsets) == 5);
  CHECK(exact == values);

  std::vector<std::uint32_t> one_offset(1, 7);
  CHECK(relu::compress_rows(std::span<float>{}, 4, exact, exact_columns, one_offset) == 0);
  CHECK(one_offset[0] == 0);
}

TEMPLATE_LIST_TEST_CASE("compress_rows is right for long rows", "[sparse]", elements_of_each_size) {
  using T = TestType;
  constexpr std::size_t rows = 7, columns = 131;
  const std::vector<T> x = inputs<T>(rows * columns);
  const std::size_t count = relu::compressed_size(x);
  std::vector<T> values(count), back(columns);
  std::vector<std::uint32_t> indices(count), offsets(rows + 1);
  CHECK(relu::compress_rows(x, columns, values, indices, offsets) == count);
  CHECK((offsets.front() == 0 && offsets.back() == count));
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t n = offsets[r + 1] - offsets[r];
    relu::expand(std::span(values).subspan(offsets[r], n), std::span(indices).subspan(offsets[r], n), back);
    std::vector<T> want(columns);
    relu::forward(std::span(x).subspan(r * columns, columns), want);
    for (std::size_t i = 0; i < columns; ++i)
      if (!same_bits(back[i], want[i])) FAIL("row " << r << ", column " << i);
  }
}

TEMPLATE_TEST_CASE("positions may be integers of 4 or 8 bytes", "[sparse]", int, unsigned, long,
                   unsigned long, long long, unsigned long long) {
  using I = TestType;
  for (const std::size_t n : {0u, 1u, 1024u, 1025u, 5000u}) {
    const std::vector<float> x = inputs<float>(n);
    const compressed<float> want = without_zeros<relu::rectifier, float>({}, x);
    const std::size_t count = want.values.size();
    std::vector<float> values(count), back(n, 77);
    std::vector<I> indices(count + 100, 77);
    CHECK(relu::compress(x, values, indices) == count);
    CHECK(same_bits<float>(values, want.values));
    CHECK(std::equal(want.indices.begin(), want.indices.end(), indices.begin()));
    CHECK(std::all_of(indices.begin() + static_cast<std::ptrdiff_t>(count), indices.end(),
                      [](I i) { return i == 77; }));
    indices.resize(count);
    relu::expand(values, indices, back);
    for (std::size_t i = 0; i < n; ++i)
      if (!same_bits(back[i], is_nonpositive(x[i]) ? 0.0f : x[i])) FAIL("i = " << i);
  }
  const std::vector<float> rows{1, 0, 2, -1, 0, 5};
  std::vector<float> values(6);
  std::vector<I> columns(6), offsets(3);
  CHECK(relu::compress_rows(rows, 3, values, columns, offsets) == 3);
  CHECK(offsets == std::vector<I>{0, 2, 3});
  columns.resize(3);
  CHECK(columns == std::vector<I>{0, 2, 2});
  static_assert(!relu::index_range<std::vector<short>> && !relu::index_range<std::vector<float>> &&
                !relu::index_range<std::vector<bool>> && !relu::index_range<std::vector<char32_t>>);
}

TEST_CASE("compress refuses more elements than the index type can address", "[sparse]") {
  // The span claims elements that do not exist. compress checks the sizes before it reads.
  static const float one = 1;
  const std::span<const float> huge(&one, (std::size_t{1} << 31) + 1);
  const std::span<float> none;
  const std::span<std::int32_t> no_room;
  if constexpr (sizeof(std::size_t) > 4)
    CHECK_THROWS_AS(relu::compress(huge, none, no_room), std::invalid_argument);
  // a negative index is never a position, not even in a huge y
  const std::int32_t negative[]{std::numeric_limits<std::int32_t>::min(), -1};
  CHECK(relu::detail::find_not_below(std::numeric_limits<std::size_t>::max() / 2, 2, negative) == 0);
}

TEST_CASE("compress_rows takes rows without columns", "[sparse]") {
  std::vector<float> values(1);
  std::vector<std::uint32_t> indices(1), offsets(4, 7);
  CHECK(relu::compress_rows(std::span<float>{}, 0, values, indices, offsets) == 0);
  CHECK(offsets == std::vector<std::uint32_t>(4));
}

TEST_CASE("expand takes indices in any order, and the last of equal indices wins", "[sparse]") {
  std::vector<float> y(4, 9);
  relu::expand(std::vector<float>{1, 2, 3}, std::vector<std::uint32_t>{3, 1, 3}, y);
  CHECK(same_bits<float>(y, std::vector<float>{0, 2, 0, 3}));
  relu::expand(std::vector<float>{}, std::vector<std::uint32_t>{}, y);
  CHECK(same_bits<float>(y, std::vector<float>(4)));
}

TEST_CASE("compress and expand refuse wrong calls and write nothing", "[sparse]") {
  const std::vector<float> x{1, -1, 2, -2, 3};
  std::vector<float> values(5, 9), y(5, 9);
  std::vector<std::uint32_t> indices(5, 9), offsets(6, 9);
  const auto refused = [&](const std::string& message, auto call) {
    std::string what;
    try {
      call();
    } catch (const std::invalid_argument& error) {
      what = error.what();
    }
    CHECK(what == message);
    CHECK((values == std::vector<float>(5, 9) && y == values && indices == std::vector<std::uint32_t>(5, 9) &&
           offsets == std::vector<std::uint32_t>(6, 9)));
  };
  const auto two = [](auto& all) { return std::span(all).first(2); };
  refused("relu::compress: 2 values, but 3 are needed", [&] { relu::compress(x, two(values), indices); });
  refused("relu::compress: 2 indices, but 3 are needed", [&] { relu::compress(x, values, two(indices)); });
  refused("relu::compress: clipped_relu: max must be at least 0",
          [&] { relu::compress(relu::clipped_relu{-1}, x, values, indices); });
  refused("relu::compressed_size: clipped_relu: max must be at least 0",
          [&] { relu::compressed_size(relu::clipped_relu{-1}, x); });
  refused("relu::compress: values and x overlap",
          [&] { relu::compress(values, std::span(values), indices); });

  const std::span as_values(reinterpret_cast<float*>(indices.data()), 5),
      as_x(reinterpret_cast<float*>(offsets.data()), 5);
  refused("relu::compress: values and indices overlap", [&] { relu::compress(x, as_values, indices); });
  refused("relu::compress: indices and x overlap", [&] { relu::compress(as_values, values, indices); });
  refused("relu::compress_rows: offsets and x overlap",
          [&] { relu::compress_rows(as_x, 1, values, indices, offsets); });
  refused("relu::compress_rows: offsets and values overlap",
          [&] { relu::compress_rows(x, 1, as_x, indices, offsets); });
  refused("relu::compress: thresholded_relu: threshold must not be NaN",
          [&] { relu::compress(relu::thresholded_relu{NAN}, x, values, indices); });
  refused("relu::compress_rows: a row has 0 elements, x has 5",
          [&] { relu::compress_rows(x, 0, values, indices, offsets); });
  refused("relu::compress_rows: a row has 2 elements, x has 5",
          [&] { relu::compress_rows(x, 2, values, indices, offsets); });
  refused("relu::compress_rows: 6 offsets, but 2 are needed",
          [&] { relu::compress_rows(x, 5, values, indices, offsets); });
  refused("relu::compress_rows: 0 offsets, but 2 are needed",
          [&] { relu::compress_rows(x, 5, values, indices, std::span<std::uint32_t>{}); });
  refused("relu::compress_rows: 2 values, but 3 are needed",
          [&] { relu::compress_rows(x, 1, two(values), indices, offsets); });
  refused("relu::compress_rows: offsets and indices overlap",
          [&] { relu::compress_rows(x, 5, values, indices, two(indices)); });

  const std::vector<std::uint32_t> wrong{0, 5}, right{0, 4};
  const std::vector<std::int32_t> negative{0, -1};
  const std::vector<std::uint64_t> largest{0, std::numeric_limits<std::uint64_t>::max()};
  refused("relu::expand: indices[1] is 5, which is out of range (size 5)",
          [&] { relu::expand(two(x), wrong, y); });
  refused("relu::expand: indices[1] is -1, which is out of range (size 5)",
          [&] { relu::expand(two(x), negative, y); });
  refused("relu::expand: indices[1] is 18446744073709551615, which is out of range (size 5)",
          [&] { relu::expand(two(x), largest, y); });
  refused("relu::expand: y and indices overlap", [&] {
    const std::span positions(reinterpret_cast<const std::uint32_t*>(y.data()), 2);
    relu::expand(two(x), positions, y);
  });
  refused("relu::expand: values has 5 elements, indices has 2", [&] { relu::expand(x, right, y); });
  refused("relu::expand: y and values overlap", [&] { relu::expand(two(y), right, y); });
}
