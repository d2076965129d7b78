// Matrices whose rows or elements are not next to each other: every call gives the results of ranges, and
// leaves the memory between the elements as it was.
#include "testing.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#if __has_include(<mdspan>)
#include <mdspan>
#endif

using namespace testing;
using Catch::Matchers::Message;

namespace {

// How a matrix is stored: elements between rows, the distance between the elements of a row, or column by
// column.
struct storage {
  std::size_t gap, column_stride;
  bool by_columns;
};
constexpr storage storages[]{{0, 1, false}, {1, 1, false}, {7, 1, false}, {0, 2, false},
                             {3, 3, false}, {0, 1, true},  {5, 1, true}};

// A matrix in memory of its own, between elements that calls must not change.
template <class T> class stored {
public:
  stored(const std::vector<T>& values, std::size_t rows, std::size_t columns, storage how) {
    const std::size_t inner = how.by_columns ? rows : columns, outer = how.by_columns ? columns : rows;
    const std::size_t stride = inner * how.column_stride + how.gap;
    memory_.assign(outer * stride + 3, canary());
    if (how.by_columns) view_ = {memory_.data() + 1, rows, columns, how.column_stride, stride};
    else view_ = {memory_.data() + 1, rows, columns, stride, how.column_stride};
    for (std::size_t i = 0; i < values.size(); ++i) at(i) = values[i];
  }
  stored(const stored&) = delete;
  stored& operator=(const stored&) = delete;

  relu::matrix_view<T> view() { return view_; }
  relu::matrix_view<const T> view() const {
    return {view_.data, view_.rows, view_.columns, view_.row_stride, view_.column_stride};
  }

  // The elements are these, and nothing else has changed. The product of two NaN may be any NaN.
  bool is(const std::vector<T>& want, bool product = false) {
    bool same = true;
    for (std::size_t i = 0; i < want.size(); ++i) {
      same = same && (same_bits(at(i), want[i]) || (product && is_nan(at(i)) && is_nan(want[i])));
      at(i) = canary();
    }
    for (const T& element : memory_) same = same && same_bits(element, canary());
    return same;
  }

private:
  static T canary() { return T(77); }
  T& at(std::size_t i) {
    return view_.data[i / view_.columns * view_.row_stride + i % view_.columns * view_.column_stride];
  }

  std::vector<T> memory_;
  relu::matrix_view<T> view_{};
};

// Calls f(rows, columns, storage of inputs, storage of outputs).
template <class F> void for_each_matrix(F f) {
  constexpr std::array<std::size_t, 2> shapes[]{{1, 1},  {1, 37}, {5, 1},   {3, 7}, {6, 16},
                                                {4, 33}, {2, 65}, {2, 600}, {0, 4}, {4, 0}};
  for (const auto& [rows, columns] : shapes)
    for (const storage x : storages)
      for (const storage y : {storages[0], storages[2], storages[4], storages[6]}) f(rows, columns, x, y);
}

template <class A, class T> void check_matrices(const A& act) {
  for_each_matrix([&](std::size_t rows, std::size_t columns, storage of_x, storage of_y) {
    const std::size_t n = rows * columns;
    INFO(rows << " x " << columns << ", gap " << of_x.gap << ", column stride " << of_x.column_stride
              << ", by columns " << of_x.by_columns);
    const std::vector<T> x = numbers<T>(n, 1), dy = numbers<T>(n, 2);
    std::vector<T> want(n);
    const stored<T> mx(x, rows, columns, of_x), mdy(dy, rows, columns, of_y);
    const auto output = [&] { return stored<T>(std::vector<T>(n, T(3)), rows, columns, of_y); };

    relu::forward(act, x, want);
    stored<T> y = output();
    relu::forward(act, mx.view(), y.view());
    CHECK(y.is(want));
    stored<T> in_place(x, rows, columns, of_x);
    relu::forward(act, in_place.view());
    CHECK(in_place.is(want));
    std::vector<T> range(n);
    relu::forward(act, mx.view(), range, relu::stores::streaming);
    CHECK(same_bits<T>(range, want));
    CHECK(relu::count_zeros(mx.view()) == relu::count_zeros(x));

    if constexpr (relu::differentiable_activation<A, T>) {
      relu::backward(act, dy, x, want);
      stored<T> dx = output();
      relu::backward(act, mdy.view(), mx.view(), dx.view());
      CHECK(dx.is(want, true));
      std::vector<T> sum(n, T(3));
      relu::backward_accumulate(act, dy, x, sum);
      stored<T> accumulated = output();
      relu::backward_accumulate(act, mdy.view(), mx.view(), accumulated.view());
      CHECK(accumulated.is(sum, true));
    }
    if constexpr (relu::output_activation<A, T>) {
      relu::backward_from_output(act, dy, x, want);
      stored<T> dx = output();
      relu::backward_from_output(act, mdy.view(), mx.view(), dx.view());
      CHECK(dx.is(want, true));
    }
    if constexpr (relu::maskable_activation<A, T>) {
      relu::bitmask mask(n), got(n), of(n);
      const std::size_t active = relu::forward(act, x, want, mask);
      stored<T> values = output();
      CHECK(relu::forward(act, mx.view(), values.view(), got) == active);
      CHECK(values.is(want));
      CHECK(got == mask);
      CHECK(relu::mask_of(act, mx.view(), of) == active);
      CHECK(of == mask);
      relu::backward(act, dy, mask, want);
      stored<T> dx = output();
      relu::backward(act, mdy.view(), mask, dx.view());
      CHECK(dx.is(want, true));
      std::vector<T> sum(n, T(3));
      relu::backward_accumulate(act, dy, mask, sum);
      stored<T> accumulated = output();
      relu::backward_accumulate(act, mdy.view(), mask, accumulated.view());
      CHECK(accumulated.is(sum, true));

      relu::unit_activity activity(columns), expected(columns);
      activity.update(act, mx.view());
      expected.update(act, x);
      std::vector<std::uint64_t> counts(columns), expected_counts(columns);
      activity.counts(counts);
      expected.counts(expected_counts);
      CHECK(counts == expected_counts);
    }

    const std::size_t found = relu::compressed_size(act, x);
    CHECK(relu::compressed_size(act, mx.view()) == found);
    std::vector<T> values(found), expected_values(found);
    std::vector<std::int64_t> indices(found), expected_indices(found);
    relu::compress(act, x, expected_values, expected_indices);
    CHECK(relu::compress(act, mx.view(), values, indices) == found);
    CHECK(same_bits<T>(values, expected_values));
    CHECK(indices == expected_indices);
    std::vector<std::int64_t> offsets(rows + 1), expected_offsets(rows + 1);
    relu::compress_rows(act, x, columns, expected_values, expected_indices, expected_offsets);
    CHECK(relu::compress_rows(act, mx.view(), values, indices, offsets) == found);
    CHECK(same_bits<T>(values, expected_values));
    CHECK(indices == expected_indices);
    CHECK(offsets == expected_offsets);
  });
}

// A matrix of rank 2 with the members of std::mdspan.
template <class T> struct other_mdspan {
  T* data;
  std::array<int, 2> extents, strides;

  static constexpr std::size_t rank() { return 2; }
  int extent(std::size_t i) const { return extents[i]; }
  int stride(std::size_t i) const { return strides[i]; }
  T* const& data_handle() const { return data; }
};

} // namespace

TEMPLATE_TEST_CASE("calls on matrices give the results of ranges", "[matrices]", float, std::int8_t,
                   relu::bfloat16) {
  check_matrices<relu::rectifier, TestType>({});
  if constexpr (relu::real_element<TestType>) {
    check_matrices<relu::leaky_relu, TestType>({});
    check_matrices<relu::sigmoid, TestType>({});
  }
}

TEMPLATE_TEST_CASE("prelu on matrices gives the results of ranges", "[matrices][prelu]", float,
                   relu::bfloat16) {
  using T = TestType;
  for_each_matrix([&](std::size_t rows, std::size_t columns, storage of_x, storage of_y) {
    const std::size_t n = rows * columns;
    const std::vector<T> x = numbers<T>(n, 1), dy = numbers<T>(n, 2), weight = numbers<T>(columns, 3);
    const relu::prelu act{weight};
    std::vector<T> want(n), sums(columns), got(columns);
    const stored<T> mx(x, rows, columns, of_x), mdy(dy, rows, columns, of_y);
    stored<T> y(want, rows, columns, of_y), dx(want, rows, columns, of_y);
    relu::forward(act, x, want);
    relu::forward(act, mx.view(), y.view());
    CHECK(y.is(want));
    relu::backward(act, dy, x, want, sums);
    relu::backward(act, mdy.view(), mx.view(), dx.view(), got);
    CHECK(dx.is(want, true));
    CHECK(same_bits<T>(got, sums));
  });
}

TEMPLATE_TEST_CASE("convert takes matrices", "[matrices][convert]", relu::float16, relu::bfloat16) {
  using T = TestType;
  for_each_matrix([&](std::size_t rows, std::size_t columns, storage of_x, storage of_y) {
    const std::vector<float> x = inputs<float>(rows * columns);
    std::vector<T> narrow(x.size());
    std::vector<float> wide(x.size());
    relu::convert(x, narrow);
    relu::convert(narrow, wide);
    const stored<float> mx(x, rows, columns, of_x);
    stored<T> to(std::vector<T>(x.size()), rows, columns, of_y);
    relu::convert(mx.view(), to.view());
    stored<float> back(x, rows, columns, of_x);
    relu::convert(to.view(), back.view());
    CHECK(to.is(narrow));
    CHECK(back.is(wide));
  });
}

TEST_CASE("calls take other matrices with strides", "[matrices]") {
  std::vector<float> x{-1, 2, 9, -3, 4, 9}, y(4);
  relu::forward(other_mdspan<float>{x.data(), {2, 2}, {3, 1}}, y);
  CHECK(y == std::vector<float>{0, 2, 0, 4});
  relu::forward(other_mdspan<const float>{x.data(), {2, 2}, {1, 3}}, y); // column by column
  CHECK(y == std::vector<float>{0, 0, 2, 4});
  relu::forward(other_mdspan<float>{x.data(), {2, 2}, {3, 1}});
  CHECK(x == std::vector<float>{0, 2, 9, 0, 4, 9});
}

#ifdef __cpp_lib_mdspan
TEST_CASE("std::mdspan is a matrix", "[matrices]") {
  std::vector<float> x{-1, 2, 9, -3, 4, 9}, y(4);
  using extents = std::dextents<std::size_t, 2>;
  const std::mdspan<float, extents, std::layout_stride> gaps(
      x.data(), std::layout_stride::mapping(extents(2, 2), std::array<std::size_t, 2>{3, 1}));
  relu::forward(gaps, y);
  CHECK(y == std::vector<float>{0, 2, 0, 4});
  relu::forward(std::mdspan<const float, extents, std::layout_left>(x.data(), 2, 2), y);
  CHECK(y == std::vector<float>{0, 9, 2, 0});
  relu::forward(std::mdspan(std::as_const(x).data(), 2, 2), y); // extents known when it compiles
  CHECK(y == std::vector<float>{0, 2, 9, 0});
  relu::forward(gaps);
  CHECK(x == std::vector<float>{0, 2, 9, 0, 4, 9});
}
#endif

TEST_CASE("the halves of the rows of a buffer do not overlap", "[matrices]") {
  std::vector<float> packed(6 * 10);
  for (std::size_t i = 0; i < packed.size(); ++i) packed[i] = static_cast<float>(i % 7) - 3;
  std::vector<float> want = packed;
  for (std::size_t r = 0; r < 6; ++r)
    for (std::size_t c = 0; c < 5; ++c) want[10 * r + 5 + c] = std::max(0.0f, want[10 * r + c]);
  relu::forward(relu::matrix_view{packed.data(), 6, 5, 10}, relu::matrix_view{packed.data() + 5, 6, 5, 10});
  CHECK(packed == want);
  // every second column, into the columns between them
  relu::forward(relu::matrix_view{packed.data(), 6, 5, 10, 2},
                relu::matrix_view{packed.data() + 1, 6, 5, 10, 2});
  for (std::size_t i = 0; i < packed.size(); i += 2) want[i + 1] = std::max(0.0f, want[i]);
  CHECK(packed == want);
}

TEST_CASE("calls refuse matrices that do not fit", "[matrices]") {
  std::vector<float> x(100, -1.0f), y(100, 7.0f);
  const std::vector<float> before = y;
  const auto of = [](std::vector<float>& v, std::size_t rows, std::size_t columns, std::size_t row_stride,
                     std::size_t column_stride = 1, std::size_t at = 0) {
    return relu::matrix_view<float>{v.data() + at, rows, columns, row_stride, column_stride};
  };
  const auto check = [&](auto x_view, auto y_view, const char* message) {
    CHECK_THROWS_MATCHES(relu::forward(x_view, y_view), std::invalid_argument, Message(message));
    CHECK(y == before);
  };
  check(of(x, 4, 5, 6), of(y, 5, 4, 6), "relu::forward: x has 4 rows and 5 columns, y has 5 and 4");
  check(of(x, 4, 5, 6), std::span(y).first(19), "relu::forward: x has 20 elements, y has 19");
  check(
      of(x, 4, 5, 4), of(y, 4, 5, 6),
      "relu::forward: elements of x overlap: it has 4 rows and 5 columns, row stride 4 and column stride 1");
  check(
      of(x, 4, 5, 0), of(y, 4, 5, 6),
      "relu::forward: elements of x overlap: it has 4 rows and 5 columns, row stride 0 and column stride 1");
  check(
      of(x, 4, 5, 6), of(y, 4, 5, 6, 2),
      "relu::forward: elements of y overlap: it has 4 rows and 5 columns, row stride 6 and column stride 2");
  check(of(y, 4, 5, 10), of(y, 4, 5, 10, 1, 4), "relu::forward: x and y overlap");
  check(of(y, 4, 5, 10), of(y, 4, 5, 10, 1, 14), "relu::forward: x and y overlap");
  check(of(y, 4, 5, 10), of(y, 4, 5, 11), "relu::forward: x and y overlap");
  check(of(y, 4, 5, 10), std::span(y).subspan(12, 20), "relu::forward: x and y overlap");
}
