// Trains networks in float on handwritten digits, and tests them with the hidden layers in float, in bfloat16
// and in 8-bit integers.
#include "../digits/data.hpp"
#include "../digits/network.hpp"
#include "../digits/random.hpp"
#include "../digits/training.hpp"
#include <relu/relu.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr std::uint32_t networks = 10; // the accuracy of a single one says little
constexpr int epochs = 40;

template <class T> using matrix_of = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;

// A matrix of integers q, which stand for (q - zero_point) * scale.
template <class T> struct quantized_matrix {
  matrix_of<T> q;
  relu::quantization by;

  // Returns q - zero_point.
  Eigen::MatrixXi steps() const { return q.template cast<int>().array() - by.zero_point; }
};

// Returns the quantization of T that covers the numbers of x, and represents 0 exactly.
template <class T> relu::quantization covering(const matrix& x) {
  const double low = std::min(0.0f, x.minCoeff()), high = std::max(0.0f, x.maxCoeff());
  const double scale = (high - low) / 255;
  return {scale, std::numeric_limits<T>::min() + static_cast<int>(std::lround(-low / scale))};
}

template <class T> quantized_matrix<T> quantize(const matrix& x, relu::quantization by) {
  using limits = std::numeric_limits<T>;
  const matrix nearest =
      (x / static_cast<float>(by.scale)).array().rint() + static_cast<float>(by.zero_point);
  return {nearest.cwiseMax(limits::min()).cwiseMin(limits::max()).template cast<T>(), by};
}

// Computes W x + b for each column x, with W and x in 8 bits and sums in 32 bits.
struct dense_int8 {
  quantized_matrix<std::int8_t> weights;
  vector bias;

  explicit dense_int8(const dense& trained)
      : weights(quantize<std::int8_t>(trained.weights(), covering<std::int8_t>(trained.weights()))),
        bias(trained.bias()) {}

  matrix forward(const quantized_matrix<std::uint8_t>& x) const {
    const auto scale = static_cast<float>(weights.by.scale * x.by.scale);
    return (scale * (weights.steps() * x.steps()).cast<float>()).colwise() + bias;
  }
};

// An activation from 8 bits to 8 bits.
struct activation_int8 {
  relu::quantization qx, qy;
  relu::lookup_table<std::int8_t, std::uint8_t> table;

  template <class Activation>
  activation_int8(const Activation& activation, relu::quantization x, relu::quantization y)
      : qx(x),
        qy(y),
        table(activation, x, y) {}

  quantized_matrix<std::uint8_t> forward(const matrix& x) const {
    const auto in = quantize<std::int8_t>(x, qx);
    quantized_matrix<std::uint8_t> out{matrix_of<std::uint8_t>(x.rows(), x.cols()), qy};
    relu::forward(table, in.q, out.q);
    return out;
  }
};

// Returns the activations for each hidden layer. The scales come from the training set alone.
template <class Activation>
std::vector<activation_int8> calibrate(const Activation& activation, const dense_layers& layers,
                                       const dataset& training) {
  std::vector<activation_int8> calibrated;
  matrix x = training.pixels, z;
  for (std::size_t i = 0; i < hidden_layers; ++i) {
    layers[i].forward(x, z);
    x.resizeLike(z);
    relu::forward(activation, z, x);
    calibrated.emplace_back(activation, covering<std::int8_t>(z), covering<std::uint8_t>(x));
  }
  return calibrated;
}

// The figures for one way to compute the hidden layers, over all networks.
struct outcome {
  std::size_t digits = 0, correct = 0, unlike_float = 0; // answers
  std::size_t units = 0, bytes = 0, zeros = 0;           // outputs of the hidden layers

  template <class T> void add_hidden(const matrix_of<T>& y, std::size_t zeros_of_y) {
    const auto size = static_cast<std::size_t>(y.size());
    units += size;
    bytes += size * sizeof(T);
    zeros += zeros_of_y;
  }
  void add_answers(const Eigen::VectorXi& answers, const Eigen::VectorXi& in_float, const dataset& test) {
    digits += static_cast<std::size_t>(test.size());
    correct += static_cast<std::size_t>((answers.array() == test.digit.array()).count());
    unlike_float += static_cast<std::size_t>((answers.array() != in_float.array()).count());
  }
};

// Three ways to compute the hidden layers. Each function returns the answers for the test set, and adds the
// outputs of the hidden layers to sum.

template <class Activation>
Eigen::VectorXi answers_in_float(const Activation& activation, const dense_layers& layers,
                                 const dataset& test, outcome& sum) {
  matrix x = test.pixels, z;
  for (std::size_t i = 0; i < hidden_layers; ++i) {
    layers[i].forward(x, z);
    x.resizeLike(z);
    relu::forward(activation, z, x);
    sum.add_hidden(x, relu::count_zeros(x));
  }
  layers.back().forward(x, z);
  return answers_of(z);
}

template <class Activation>
Eigen::VectorXi answers_in_bfloat16(const Activation& activation, const dense_layers& layers,
                                    const dataset& test, outcome& sum) {
  matrix x = test.pixels, z;
  for (std::size_t i = 0; i < hidden_layers; ++i) {
    layers[i].forward(x, z);
    matrix_of<relu::bfloat16> y(z.rows(), z.cols());
    relu::convert(z, y);
    relu::forward(activation, y);
    sum.add_hidden(y, relu::count_zeros(y));
    x.resizeLike(z);
    relu::convert(y, x); // Eigen multiplies floats
  }
  layers.back().forward(x, z);
  return answers_of(z);
}

Eigen::VectorXi answers_in_uint8(const std::vector<activation_int8>& activations, const dense_layers& layers,
                                 const dataset& test, outcome& sum) {
  const std::vector<dense_int8> quantized_layers(layers.begin(), layers.end());
  constexpr relu::quantization of_pixels{1.0 / 16, 8}; // exact: pixels are multiples of 1/16
  auto x = quantize<std::uint8_t>(test.pixels, of_pixels);
  for (std::size_t i = 0; i < hidden_layers; ++i) {
    x = activations[i].forward(quantized_layers[i].forward(x));
    sum.add_hidden(x.q, relu::count_zeros(x.steps()));
  }
  return answers_of(quantized_layers.back().forward(x));
}

template <class Activation>
void compare(const char* name, const Activation& activation, const dataset& digits) {
  outcome in_float, in_bfloat16, in_uint8;
  for (std::uint32_t seed = 0; seed < networks; ++seed) {
    random_source random(seed);
    const auto [test, training] = hold_out_third(digits, random);
    network<Activation, saved_inputs> net(activation, random);
    for (int epoch = 0; epoch < epochs; ++epoch) train_epoch(net, training, random);

    const auto expected = answers_in_float(activation, net.layers(), test, in_float);
    in_float.add_answers(expected, expected, test);
    in_bfloat16.add_answers(answers_in_bfloat16(activation, net.layers(), test, in_bfloat16), expected, test);
    const auto calibrated = calibrate(activation, net.layers(), training);
    in_uint8.add_answers(answers_in_uint8(calibrated, net.layers(), test, in_uint8), expected, test);
  }

  const auto print = [&](const char* element, const outcome& sum) {
    const auto percent = [](std::size_t part, std::size_t whole) {
      return 100 * static_cast<double>(part) / static_cast<double>(whole);
    };
    std::printf("%-10s%-10s%9.2f %%%16zu%13zu%9.0f %%%8.1f %%\n", name, element,
                percent(sum.correct, sum.digits), sum.unlike_float, sum.bytes / sum.digits,
                percent(sum.bytes, in_float.bytes), percent(sum.zeros, sum.units));
  };
  print("float", in_float);
  print("bfloat16", in_bfloat16);
  print("uint8", in_uint8);
}

void run() {
  const dataset digits = read_digits(DIGITS_CSV);
  std::printf("hidden layers         accuracy   other answers   bytes/digit   of float     zeros\n");
  compare("ReLU", relu::rectifier{}, digits);
  compare("GELU", relu::gelu{}, digits);
}

} // namespace

int main(int count, char** values) {
  try {
    if (count > 1) throw std::runtime_error(std::string("unknown option '") + values[1] + "'");
    run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mlp_int8: %s\n", error.what());
    return 1;
  }
}
