// Your own activation is a value type with a formula. relu uses the same formula for scalars and for SIMD
// vectors.
#include <relu/relu.hpp>

#include <iostream>
#include <vector>

// x sigmoid(beta x)
struct swish {
  double beta = 1;

  template <relu::floating V> V value(V x) const { return x * sigmoid(x); }
  template <relu::floating V> V slope(V x) const {
    const V s = sigmoid(x), one(1);
    return s * (one + relu::math::scale(x, beta) * (one - s));
  }

private:
  template <relu::floating V> V sigmoid(V x) const {
    return relu::sigmoid{}.value(relu::math::scale(x, beta));
  }
};

int main() {
  const std::vector<double> x{-4, -2, -1, 0, 1, 2, 4}, dy(7, 1);
  std::vector<double> y(7), dx(7);
  relu::forward(swish{1.5}, x, y);
  relu::backward(swish{1.5}, dy, x, dx);
  for (std::size_t i = 0; i < x.size(); ++i)
    std::cout << "swish(" << x[i] << ") = " << y[i] << ", slope " << dx[i] << '\n';
}
