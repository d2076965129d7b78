// Vectors, arrays, matrices, maps and blocks of Eigen as arguments.
#include "testing.hpp"

#include <Eigen/Core>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

#include <cstdint>
#include <stdexcept>
#include <vector>

template <> struct relu::same_layout_as<Eigen::half> {
  using type = relu::float16;
};
template <> struct relu::same_layout_as<Eigen::bfloat16> {
  using type = relu::bfloat16;
};

using Catch::Matchers::Message;

TEST_CASE("calls take what Eigen keeps contiguous") {
  Eigen::VectorXf x(4);
  x << -1, 2, -3, 4;
  const Eigen::Array4f want(0, 2, 0, 4);
  Eigen::VectorXf dynamic(4);
  Eigen::RowVector4f fixed;
  Eigen::ArrayXf array(4);
  Eigen::Matrix2f matrix;
  float memory[4];

  relu::forward(x, dynamic);
  CHECK((dynamic.array() == want).all());
  relu::forward(x, fixed);
  CHECK((fixed.transpose().array() == want).all());
  relu::forward(x, array);
  CHECK((array == want).all());
  relu::forward(x, matrix);
  CHECK((matrix.reshaped().array() == want).all());
  relu::forward(x, Eigen::Map<Eigen::VectorXf>(memory, 4));
  CHECK((Eigen::Map<Eigen::Array4f>(memory) == want).all());
  relu::forward(Eigen::Map<const Eigen::MatrixXf>(x.data(), 2, 2), array);
  CHECK((array == want).all());

  relu::bitmask mask(4);
  CHECK(relu::forward(x, dynamic, mask) == 2);
  relu::backward(x, mask, x);
  CHECK((x.array() == want).all());
  CHECK(relu::count_zeros(x) == 2);
  const Eigen::Vector2f weight(0.5f, 2);
  matrix << -1, -2, -3, 4; // in memory: -1, -3, -2, 4
  relu::forward(relu::prelu{weight}, matrix);
  CHECK((matrix.reshaped().array() == Eigen::Array4f(-0.5f, -6, -1, 4)).all());
}

TEST_CASE("calls take Eigen's 16-bit types") {
  const Eigen::Vector4f x(-1.5f, 2, 0, 1e10f);
  Eigen::Vector4f back;
  Eigen::Matrix<Eigen::half, 4, 1> half;
  relu::convert(x, half);
  CHECK(half == x.cast<Eigen::half>());
  relu::convert(half, back);
  CHECK(back == half.cast<float>());
  Eigen::Matrix<Eigen::bfloat16, 4, 1> brain;
  relu::convert(x, brain);
  CHECK(brain == x.cast<Eigen::bfloat16>());
  relu::convert(brain, back);
  CHECK(back == brain.cast<float>());
  relu::forward(brain);
  CHECK(brain == x.cwiseMax(0).cast<Eigen::bfloat16>());
}

TEST_CASE("calls take blocks of a matrix") {
  Eigen::MatrixXf x = Eigen::MatrixXf::Constant(3, 4, -1.0f);
  relu::forward(x.leftCols(2));
  relu::forward(x.col(3));
  relu::forward(x.block(0, 2, 2, 1)); // a part of one column
  Eigen::MatrixXf want(3, 4);
  want << 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0;
  CHECK(x == want);

  x << -1, 2, -3, 4, 5, -6, 7, -8, -9, 10, -11, 12;
  Eigen::MatrixXf y = Eigen::MatrixXf::Constant(5, 5, 3.0f);
  relu::forward(x.topRows(2), y.block(1, 1, 2, 4));
  want = Eigen::MatrixXf::Constant(5, 5, 3.0f);
  want.block(1, 1, 2, 4) << 0, 2, 0, 4, 5, 0, 7, 0;
  CHECK(y == want);
  CHECK(relu::sparsity(y.block(1, 1, 2, 4)) == 0.5);
  relu::forward(x.row(2)); // every third element
  CHECK(x.row(2) == Eigen::RowVector4f(0, 10, 0, 12));
  relu::forward(
      Eigen::Map<Eigen::VectorXf, 0, Eigen::InnerStride<2>>(x.data() + 1, 5, Eigen::InnerStride<2>(2)));
  CHECK(x.row(0) == Eigen::RowVector4f(-1, 2, -3, 4).cwiseMax(Eigen::RowVector4f(-1, 0, -3, 0)));
  relu::forward(x.topRows(0)); // size 0 is valid

  const std::vector<std::int32_t> positions(8);
  CHECK_THROWS_MATCHES(
      relu::expand(x.topRows(2), positions, y), std::invalid_argument,
      Message(
          "relu::expand: values is not contiguous: its columns or rows have 2 elements, and begin 3 apart"));

  using matrix = Eigen::MatrixXf;
  using stored_by_rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  static_assert(relu::detail::alike<matrix, Eigen::VectorXf> &&
                relu::detail::alike<stored_by_rows, std::span<float>>);
  static_assert(!relu::detail::alike<matrix, stored_by_rows> &&
                !relu::detail::alike<matrix&, decltype(x.transpose())>);
  using fused = decltype(relu::sum{x, x});
  static_assert(relu::detail::alike<fused, matrix> && !relu::detail::alike<fused, stored_by_rows>);
  static_assert(!std::is_constructible_v<fused, matrix&, stored_by_rows&>);
  static_assert(relu::output_range<matrix> && relu::input_range<const matrix>);
  static_assert(!relu::output_range<const matrix> && !relu::output_range<Eigen::Map<const matrix>>);
  static_assert(!relu::input_range<decltype(x + x)>); // an expression has no memory
  static_assert(!relu::input_range<decltype(x.row(0))>);
  static_assert(!relu::input_range<Eigen::Map<Eigen::VectorXf, 0, Eigen::InnerStride<2>>>);
}
