// Computes the feed-forward block of a language model with ReLU, W2 relu(W1 x + b), without reading the
// weights of W2 that would be multiplied by zero.
#include "../digits/data.hpp"
#include "../digits/random.hpp"
#include <relu/relu.hpp>

#include <Eigen/Core>
#include <Eigen/SparseCore>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int model = 2048, hidden = 8192, tokens = 32;

// The nonzero units, with one row per token.
using sparse_rows = Eigen::Map<const Eigen::SparseMatrix<float, Eigen::RowMajor, std::int32_t>>;

std::span<float> flat(matrix& m) { return {m.data(), static_cast<std::size_t>(m.size())}; }
std::span<const float> column(const matrix& m, int i) {
  return {m.col(i).data(), static_cast<std::size_t>(m.rows())};
}

matrix random_matrix(int rows, int columns, random_source& random) {
  matrix m(rows, columns);
  const float bound = std::sqrt(3.0f / static_cast<float>(columns)); // variance 1 / columns
  for (float& weight : flat(m)) weight = random.uniform(bound);
  return m;
}

// Returns the tokens, one per column. A token is the difference of a handwritten digit from the mean digit,
// embedded by a random matrix and normalised.
matrix embed(const dataset& digits, random_source& random) {
  if (digits.size() < tokens) throw std::runtime_error("there are fewer digits than tokens");
  const vector mean = digits.pixels.rowwise().mean();
  matrix x =
      random_matrix(model, pixels_per_digit, random) * (digits.pixels.leftCols(tokens).colwise() - mean);
  for (int i = 0; i < tokens; ++i) x.col(i) *= std::sqrt(static_cast<float>(model)) / x.col(i).norm();
  return x;
}

// Returns the bias that makes this share of the units zero.
float bias_for(double zeros, matrix z) {
  const std::span<float> all = flat(z);
  const auto quantile = all.begin() + static_cast<std::ptrdiff_t>(zeros * static_cast<double>(all.size()));
  std::nth_element(all.begin(), quantile, all.end());
  return -*quantile;
}

// y = W2 relu(z) for one token. Each unit has a column of W2, whose weights are contiguous in memory.

void dense(const matrix& w2, std::span<const float> z, std::span<float> h, Eigen::Ref<vector> y) {
  relu::forward(z, h);
  y.noalias() = w2 * Eigen::Map<const vector>(h.data(), hidden);
}

void compressed(const matrix& w2, std::span<const float> z, std::span<float> values,
                std::span<std::int32_t> units, Eigen::Ref<vector> y) {
  const std::size_t active = relu::compress(z, values, units);
  y.setZero();
  for (std::size_t i = 0; i < active; ++i) y += values[i] * w2.col(units[i]);
}

// y = W2 relu(z) for all tokens at once. Eigen stores z by columns, so compress_rows sees each token as a
// row.

void dense(const matrix& w2, matrix& z, matrix& h, matrix& y) {
  relu::forward(flat(z), flat(h));
  y.noalias() = w2 * h;
}

void compressed(const matrix& w2, matrix& z, std::span<float> values, std::span<std::int32_t> units,
                std::span<std::int32_t> offsets, matrix& y) {
  relu::compress_rows(flat(z), hidden, values, units, offsets);
  const sparse_rows h(tokens, hidden, offsets.back(), offsets.data(), units.data(), values.data());
  y.transpose().noalias() = h * w2.transpose();
}

template <class Work> double milliseconds(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

// The times of dense and compressed, which take turns.
struct comparison {
  std::vector<double> dense, compressed; // milliseconds

  void print() {
    const double a = median(dense), b = median(compressed);
    std::printf("  %8.2f ms%9.2f ms%7.1f x", a, b, a / b);
  }

private:
  static double median(std::vector<double>& times) {
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return *middle;
  }
};

// Returns the largest difference relative to the largest result. Throws if a difference is larger than
// rounding explains: the rounding error of a sum of n numbers grows as the square root of n.
float difference(const matrix& a, const matrix& b, const matrix& sum_of_magnitudes) {
  const matrix error = (a - b).cwiseAbs();
  const float rounding = std::sqrt(static_cast<float>(hidden)) * std::numeric_limits<float>::epsilon();
  if (!(error.array() <= rounding * sum_of_magnitudes.array()).all())
    throw std::runtime_error("the results differ");
  return error.maxCoeff() / a.cwiseAbs().maxCoeff();
}

void run() {
  random_source random(1);
  const matrix x = embed(read_digits(DIGITS_CSV), random);
  const matrix w1 = random_matrix(hidden, model, random), w2 = random_matrix(model, hidden, random);
  const matrix magnitudes = w2.cwiseAbs(), without_bias = w1 * x;

  matrix z(hidden, tokens), h(hidden, tokens), y(model, tokens), y_compressed(model, tokens);
  std::vector<float> values(static_cast<std::size_t>(h.size()));
  std::vector<std::int32_t> units(values.size()), offsets(tokens + 1);

  const std::string_view isa = relu::isa();
  std::printf("W2 relu(z): %d x %d, %d tokens; relu on %.*s, Eigen on %s\n\n", model, hidden, tokens,
              static_cast<int>(isa.size()), isa.data(), Eigen::SimdInstructionSetsInUse());
  std::printf("         one token after another            all tokens at once                 largest\n"
              "zeros         dense  compressed                dense        CSR           difference\n");
  for (const double zeros : {0.5, 0.8, 0.9, 0.95}) {
    const float bias = bias_for(zeros, without_bias);
    comparison one_by_one, at_once;
    for (int i = 0; i < tokens; ++i) {
      // Compute the first product each time, as the whole block would. It evicts most of W2 from the caches.
      const auto first_product = [&] { z.col(i) = (w1 * x.col(i)).array() + bias; };
      first_product();
      one_by_one.dense.push_back(
          milliseconds([&] { dense(w2, column(z, i), flat(h).first(hidden), y.col(i)); }));
      first_product();
      one_by_one.compressed.push_back(
          milliseconds([&] { compressed(w2, column(z, i), values, units, y_compressed.col(i)); }));
    }
    relu::forward(flat(z), flat(h));
    const matrix sums = magnitudes * h;
    float largest = difference(y, y_compressed, sums);
    for (int i = 0; i < 5; ++i) {
      at_once.dense.push_back(milliseconds([&] { dense(w2, z, h, y); }));
      at_once.compressed.push_back(
          milliseconds([&] { compressed(w2, z, values, units, offsets, y_compressed); }));
    }
    largest = std::max(largest, difference(y, y_compressed, sums));
    std::printf("%4.1f %%", 100 * relu::sparsity(flat(h)));
    one_by_one.print();
    at_once.print();
    std::printf("  %.1e\n", static_cast<double>(largest));
    std::fflush(stdout);
  }
  std::printf("\nMedians. The differences are relative to the largest result.\n");
}

} // namespace

int main(int count, char** values) {
  try {
    if (count > 1) throw std::runtime_error(std::string("unknown option '") + values[1] + "'");
    run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sparse_ffn: %s\n", error.what());
    return 1;
  }
}
