// SPDX-License-Identifier: MIT
// oneDNN. What does not depend on the data is made once for each size, and only its execution is timed.
#include "contenders.hpp"

#include <oneapi/dnnl/dnnl.hpp>

namespace bench {
namespace {

using namespace dnnl;

// Of one size, the last one asked for.
template <algorithm Algorithm> class pass {
public:
  static pass& of(std::size_t n) {
    static pass last(n);
    if (last.n_ != n) last = pass(n);
    return last;
  }

  void forward(const float* x, float* y) {
    x_.set_data_handle(const_cast<float*>(x));
    out_.set_data_handle(y);
    forward_.execute(stream_, to_y_);
  }

  void backward(const float* dy, const float* x, float* dx) {
    x_.set_data_handle(const_cast<float*>(x));
    dy_.set_data_handle(const_cast<float*>(dy));
    out_.set_data_handle(dx);
    backward_.execute(stream_, to_dx_);
  }

private:
  explicit pass(std::size_t n)
      : n_(n),
        shape_({static_cast<memory::dim>(n)}, memory::data_type::f32, memory::format_tag::a) {
    const eltwise_forward::primitive_desc forward({prop_kind::forward_training, Algorithm, shape_, 0, 0},
                                                  engine_);
    forward_ = eltwise_forward(forward);
    backward_ = eltwise_backward({{Algorithm, shape_, shape_, 0, 0}, engine_, forward});
  }

  std::size_t n_;
  memory::desc shape_;
  engine engine_{engine::kind::cpu, 0};
  stream stream_{engine_};
  eltwise_forward forward_;
  eltwise_backward backward_;
  memory x_{shape_, engine_, nullptr}, dy_{shape_, engine_, nullptr}, out_{shape_, engine_, nullptr};
  std::unordered_map<int, memory> to_y_{{DNNL_ARG_SRC, x_}, {DNNL_ARG_DST, out_}},
      to_dx_{{DNNL_ARG_SRC, x_}, {DNNL_ARG_DIFF_DST, dy_}, {DNNL_ARG_DIFF_SRC, out_}};
};

template <algorithm Algorithm> void forward(const float* x, float* y, std::size_t n) {
  pass<Algorithm>::of(n).forward(x, y);
}
template <algorithm Algorithm> void backward(const float* dy, const float* x, float* dx, std::size_t n) {
  pass<Algorithm>::of(n).backward(dy, x, dx);
}

constexpr auto relu = algorithm::eltwise_relu, logistic = algorithm::eltwise_logistic,
               tanh = algorithm::eltwise_tanh;
constexpr entry entries[]{{"forward", "relu", "float", erased<float, forward<relu>>},
                          {"in place", "relu", "float", erased<float, forward<relu>>},
                          {"backward", "relu", "float", erased_backward<float, backward<relu>>},
                          {"forward", "sigmoid", "float", erased<float, forward<logistic>>},
                          {"backward", "sigmoid", "float", erased_backward<float, backward<logistic>>},
                          {"forward", "tanh", "float", erased<float, forward<tanh>>},
                          {"backward", "tanh", "float", erased_backward<float, backward<tanh>>}};

} // namespace

constinit const contender RELU_BENCH_CONTENDER{
    "oneDNN", "", contract::numbers, entries,
    RELU_BENCH_VERSION(DNNL_VERSION_MAJOR) "." RELU_BENCH_VERSION(DNNL_VERSION_MINOR) "." RELU_BENCH_VERSION(
        DNNL_VERSION_PATCH)};

} // namespace bench
