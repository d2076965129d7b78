// The ranges that calls take: integers in every spelling, arrays of arrays, and types that declare themselves
// contiguous.
#include "testing.hpp"

#include <array>
#include <string>

using namespace testing;

namespace {

// A container of another library: contiguous, but neither its iterators nor its elements say so.
template <class T> struct foreign_vector {
  std::vector<T> elements;
  T* data() { return elements.data(); }
  const T* data() const { return elements.data(); }
  int size() const { return static_cast<int>(elements.size()); }
};

// Results for elements T from calls on integers of the same size.
template <class T, class Integer> bool counts_as(std::size_t n) {
  const std::vector<T> x = inputs<T>(n), dy = gradients<T>(n);
  std::vector<T> y(n), dx(n), values(n), back(n);
  relu::bitmask mask(n);
  std::vector<std::int32_t> indices(n);
  relu::forward(x, y, mask);
  relu::backward(dy, x, dx);
  const std::size_t found = relu::compress(x, values, indices);

  // written here as Integer and read again as Integer, so that strict aliasing matters
  const std::vector<Integer> x2(x.begin(), x.end()), dy2(dy.begin(), dy.end());
  std::vector<Integer> y2(n, 1), dx2(n, 1), values2(n, 1), back2(n, 1);
  relu::bitmask mask2(n);
  relu::forward(x2, y2, mask2);
  relu::backward(dy2, mask2, dx2);
  bool same = mask == mask2 && relu::compress(x2, values2, indices) == found &&
              relu::count_zeros(y2) == relu::count_zeros(y);
  values2.resize(found), indices.resize(found);
  relu::expand(values2, indices, back2);
  for (std::size_t i = 0; i < n; ++i) same = same && y2[i] == y[i] && dx2[i] == dx[i] && back2[i] == y[i];
  for (std::size_t i = 0; i < found; ++i) same = same && values2[i] == values[i];
  return same;
}

} // namespace

template <> inline constexpr bool relu::enable_contiguous<foreign_vector<float>> = true;

TEST_CASE("integers of the same size are the same element type", "[elementwise]") {
  static_assert(relu::same_element<std::vector<long>, std::vector<long long>> == (sizeof(long) == 8));
  static_assert(relu::same_element<std::vector<long>, std::vector<int>> == (sizeof(long) == 4));
  static_assert(!relu::element<bool> && !relu::element<char> && !relu::element<wchar_t>);
  static_assert(relu::relu(-3LL) == 0 && relu::relu(3LL) == 3);
  for (const std::size_t n : {1u, 5u, 17u, 100u, 1000u}) {
    CHECK(counts_as<std::int64_t, long long>(n));
    CHECK(counts_as<std::conditional_t<sizeof(long) == 8, std::int64_t, std::int32_t>, long>(n));
  }
  const std::vector<long long> x{-1, 2, -3};
  std::vector<std::int64_t> y(3);
  relu::forward(relu::clipped_relu{1.0}, x, y);
  CHECK(y == std::vector<std::int64_t>{0, 1, 0});
}

TEST_CASE("arrays of arrays are contiguous", "[elementwise]") {
  float x[2][3] = {{-1, 2, -3}, {4, -5, 6}};
  const float want[2][3] = {{0, 2, 0}, {4, 0, 6}};
  std::array<std::array<float, 3>, 2> y{};
  relu::forward(x, y);
  CHECK(std::memcmp(&y, &want, sizeof y) == 0);
  relu::forward(x);
  CHECK(std::memcmp(&x, &want, sizeof x) == 0);
  CHECK(relu::count_zeros(y) == 3);

  std::vector<std::array<float, 3>> rows(y.begin(), y.end());
  const std::vector<float> dy(6, 1.0f);
  relu::backward(dy, rows, rows);
  CHECK(rows == std::vector<std::array<float, 3>>{{0, 1, 0}, {1, 0, 1}});
  static_assert(relu::input_range<float[2][3][4]>);
  static_assert(!relu::output_range<const float[2][3]> && relu::input_range<const float[2][3]>);
  static_assert(!relu::output_range<const std::array<std::array<float, 3>, 2>>);
}

TEST_CASE("a type may declare itself contiguous", "[elementwise]") {
  foreign_vector<float> x{{-1, 2, -3}};
  std::vector<float> y(3);
  relu::forward(std::as_const(x), y);
  CHECK(y == std::vector<float>{0, 2, 0});
  relu::forward(x);
  CHECK(x.elements == y);
  static_assert(!relu::input_range<foreign_vector<double>>);
}
