// The feed-forward half of a transformer block, forward and backward, in bfloat16: a SwiGLU in separate
// passes and in one call.
#include <relu/relu.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

constexpr Eigen::Index tokens = 64, model = 1024, hidden = 2816;
constexpr int repetitions = 15;

using relu::bfloat16;
template <class T> using matrix_of = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using matrix = matrix_of<bfloat16>;

// Numbers that are distributed evenly between -limit and limit.
matrix random(Eigen::Index rows, Eigen::Index columns, float limit) {
  static std::uint32_t state = 1;
  matrix m(rows, columns);
  for (bfloat16& v : m.reshaped()) {
    state = state * 1664525 + 1013904223;
    v = bfloat16(limit * (static_cast<float>(state >> 8) / 0x1p23f - 1));
  }
  return m;
}

matrix_of<float> in_float(const matrix& m) {
  matrix_of<float> y(m.rows(), m.cols());
  relu::convert(m, y);
  return y;
}
matrix rounded(const matrix_of<float>& m) {
  matrix y(m.rows(), m.cols());
  relu::convert(m, y);
  return y;
}
// Products are computed and summed in float, and rounded once.
matrix product(const matrix_of<float>& a, const matrix_of<float>& b) { return rounded(a * b); }
matrix elementwise_product(const matrix& a, const matrix& b) {
  return rounded(in_float(a).cwiseProduct(in_float(b)));
}

// gate and up are in the two halves of each row of one matrix, because one product computes them.
struct packed_rows {
  matrix memory{tokens, 2 * hidden};

  relu::matrix_view<bfloat16> half(Eigen::Index first) {
    return {memory.data() + first, tokens, hidden, 2 * hidden};
  }
  relu::matrix_view<bfloat16> gate() { return half(0); }
  relu::matrix_view<bfloat16> up() { return half(hidden); }
};

// y = silu(gate) up, and its gradients.
struct fused {
  static matrix forward(packed_rows& in) {
    matrix y(tokens, hidden);
    relu::forward(relu::swiglu{}, in.gate(), in.up(), y);
    return y;
  }
  static packed_rows backward(const matrix& dy, packed_rows& in) {
    packed_rows gradients;
    relu::backward(relu::swiglu{}, dy, in.gate(), in.up(), gradients.gate(), gradients.up());
    return gradients;
  }
};

// The same without matrix_view and gated: copies of both halves, and a pass for each operation.
struct separate {
  static matrix forward(packed_rows& in) {
    const matrix gate = in.memory.leftCols(hidden), up = in.memory.rightCols(hidden);
    matrix value(tokens, hidden);
    relu::forward(relu::silu{}, gate, value);
    return elementwise_product(value, up);
  }
  static packed_rows backward(const matrix& dy, packed_rows& in) {
    const matrix gate = in.memory.leftCols(hidden), up = in.memory.rightCols(hidden);
    matrix value(tokens, hidden), dgate(tokens, hidden);
    relu::forward(relu::silu{}, gate, value);
    relu::backward(relu::silu{}, elementwise_product(dy, up), gate, dgate);
    packed_rows gradients;
    gradients.memory << dgate, elementwise_product(dy, value);
    return gradients;
  }
};

using seconds = std::chrono::duration<double>;

// The median time of f(), and its last result in `result`.
template <class R, class F> seconds time_of(R& result, F f) {
  std::vector<seconds> times;
  for (int i = 0; i < repetitions; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    result = f();
    times.push_back(std::chrono::steady_clock::now() - begin);
  }
  std::nth_element(times.begin(), times.begin() + repetitions / 2, times.end());
  return times[repetitions / 2];
}

bool same_bits(const matrix& a, const matrix& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(bfloat16)) == 0;
}

void print(const char* name, seconds products, seconds separate_passes, seconds one_call) {
  std::printf("%-10s%9.2f ms%16.3f ms%9.3f ms%9.1f\n", name, 1e3 * products.count(),
              1e3 * separate_passes.count(), 1e3 * one_call.count(), separate_passes / one_call);
}

} // namespace

int main() {
  const matrix x = random(tokens, model, 1.0f), dout = random(tokens, model, 1.0f);
  const matrix_of<float> w_in = in_float(random(model, 2 * hidden, 0.05f)),
                         w_out = in_float(random(hidden, model, 0.03f));

  std::printf("%td tokens, d = %td, hidden = %td, bfloat16, on %s\n", tokens, model, hidden,
              relu::isa().data());
  std::printf("            products   SwiGLU: separate    fused   times as fast\n");

  packed_rows in;
  matrix y, y_separate, out;
  const seconds to_in = time_of(in.memory, [&] { return product(in_float(x), w_in); });
  const seconds forward_separate = time_of(y_separate, [&] { return separate::forward(in); });
  const seconds forward_fused = time_of(y, [&] { return fused::forward(in); });
  const seconds to_out = time_of(out, [&] { return product(in_float(y), w_out); });
  print("forward", to_in + to_out, forward_separate, forward_fused);

  matrix dy, dx;
  packed_rows gradients, gradients_separate;
  const seconds from_out = time_of(dy, [&] { return product(in_float(dout), w_out.transpose()); });
  const seconds backward_separate = time_of(gradients_separate, [&] { return separate::backward(dy, in); });
  const seconds backward_fused = time_of(gradients, [&] { return fused::backward(dy, in); });
  const seconds from_in = time_of(dx, [&] { return product(in_float(gradients.memory), w_in.transpose()); });
  print("backward", from_out + from_in, backward_separate, backward_fused);

  const bool same = same_bits(y, y_separate) && same_bits(gradients.memory, gradients_separate.memory);
  std::printf("same bits: %s\n", same ? "yes" : "no");
  return same ? EXIT_SUCCESS : EXIT_FAILURE;
}
