// SPDX-License-Identifier: MIT
// oneDNN 2.x or 3.x. Its primitives are created once for each size, and only their execution is timed. It has
// no softsign, selu or tanh_shrink.
#include "contenders.hpp"

#include <array>
#include <iterator>
#include <oneapi/dnnl/dnnl.hpp>
#include <utility>

namespace bench {
namespace {

using namespace dnnl;

struct eltwise {
  std::string_view name;
  algorithm kind;
  float alpha = 0, beta = 0;
};
constexpr eltwise functions[] {
  {"relu", algorithm::eltwise_relu}, {"leaky_relu", algorithm::eltwise_relu, 0.01f},
      {"clipped_relu", algorithm::eltwise_clip_v2, 0, 6}, {"sigmoid", algorithm::eltwise_logistic},
      {"tanh", algorithm::eltwise_tanh}, {"softplus", algorithm::eltwise_soft_relu, 1},
      {"elu", algorithm::eltwise_elu, 1},
      {"celu", algorithm::eltwise_elu, 1}, // the same function for alpha = 1
      {"silu", algorithm::eltwise_swish, 1}, {"gelu", algorithm::eltwise_gelu_erf},
      {"gelu_tanh", algorithm::eltwise_gelu_tanh}, {"quick_gelu", algorithm::eltwise_swish, 1.702f},
      {"mish", algorithm::eltwise_mish}, {"hard_tanh", algorithm::eltwise_clip_v2, -1, 1},
#if DNNL_VERSION_MAJOR < 3
      {"log_sigmoid", algorithm::eltwise_logsigmoid},
#else
      {"log_sigmoid", algorithm::eltwise_soft_relu, -1},
      {"hard_sigmoid", algorithm::eltwise_hardsigmoid, 1 / 6.0f, 0.5f},
#endif
  {
    "hard_swish", algorithm::eltwise_hardswish, 1 / 6.0f, 0.5f
  }
};

// The primitives of functions[I] for arrays of one size, of float or of 16-bit floats. If oneDNN lacks them
// for this processor, it throws.
template <std::size_t I, memory::data_type Type> class primitives {
public:
  static primitives& of_size(std::size_t n) {
    static primitives last(n);
    if (last.n_ != n) last = primitives(n);
    return last;
  }

  void forward(const void* x, void* y) {
    x_.set_data_handle(const_cast<void*>(x));
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
  explicit primitives(std::size_t n)
      : n_(n),
        shape_({static_cast<memory::dim>(n)}, Type, memory::format_tag::a) {
    constexpr eltwise f = functions[I];
#if DNNL_VERSION_MAJOR < 3
    const eltwise_forward::primitive_desc forward(
        {prop_kind::forward_training, f.kind, shape_, f.alpha, f.beta}, engine_);
    const eltwise_backward::primitive_desc backward({f.kind, shape_, shape_, f.alpha, f.beta}, engine_,
                                                    forward);
#else
    const eltwise_forward::primitive_desc forward(engine_, prop_kind::forward_training, f.kind, shape_,
                                                  shape_, f.alpha, f.beta);
    const eltwise_backward::primitive_desc backward(engine_, f.kind, shape_, shape_, shape_, f.alpha, f.beta,
                                                    forward);
#endif
    forward_ = eltwise_forward(forward);
    backward_ = eltwise_backward(backward);
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

template <std::size_t I, memory::data_type Type>
void forward(const void*, const void* x, void* y, std::size_t n) {
  primitives<I, Type>::of_size(n).forward(x, y);
}
template <std::size_t I> void backward(const float* dy, const float* x, float* dx, std::size_t n) {
  primitives<I, memory::data_type::f32>::of_size(n).backward(dy, x, dx);
}

// silu(x) up: an element-wise product after the activation, in one pass.
class gated_silu {
public:
  static gated_silu& of_size(std::size_t n) {
    static gated_silu last(n);
    if (last.n_ != n) last = gated_silu(n);
    return last;
  }
  void forward(const float* up, const float* x, float* y) {
    x_.set_data_handle(const_cast<float*>(x));
    up_.set_data_handle(const_cast<float*>(up));
    y_.set_data_handle(y);
    forward_.execute(stream_, arguments_);
  }

private:
  explicit gated_silu(std::size_t n)
      : n_(n),
        shape_({static_cast<memory::dim>(n)}, memory::data_type::f32, memory::format_tag::a) {
    post_ops after;
    after.append_binary(algorithm::binary_mul, shape_);
    primitive_attr attributes;
    attributes.set_post_ops(after);
#if DNNL_VERSION_MAJOR < 3
    forward_ = eltwise_forward(eltwise_forward::primitive_desc(
        {prop_kind::forward_inference, algorithm::eltwise_swish, shape_, 1, 0}, attributes, engine_));
#else
    forward_ = eltwise_forward(eltwise_forward::primitive_desc(
        engine_, prop_kind::forward_inference, algorithm::eltwise_swish, shape_, shape_, 1, 0, attributes));
#endif
  }

  std::size_t n_;
  memory::desc shape_;
  engine engine_{engine::kind::cpu, 0};
  stream stream_{engine_};
  eltwise_forward forward_;
  memory x_{shape_, engine_, nullptr}, up_{shape_, engine_, nullptr}, y_{shape_, engine_, nullptr};
  std::unordered_map<int, memory> arguments_{
      {DNNL_ARG_SRC, x_}, {DNNL_ARG_DST, y_}, {DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, up_}};
};
void swiglu(const float* up, const float* x, float* y, std::size_t n) {
  gated_silu::of_size(n).forward(up, x, y);
}

constexpr bool timed_on_float16(std::string_view name) {
  return name == "relu" || name == "leaky_relu" || name == "sigmoid" || name == "tanh" || name == "silu" ||
         name == "gelu";
}

constexpr auto entries = []<std::size_t... I>(std::index_sequence<I...>) {
  using type = memory::data_type;
  constexpr std::size_t small = (std::size_t{timed_on_float16(functions[I].name)} + ...);
  std::array<entry, 2 + 2 * sizeof...(I) + 2 * small> all{
      entry{"in place", "relu", "float", forward<0, type::f32>},
      entry{"gated", "silu", "float", erased_backward<float, swiglu>},
      entry{"forward", functions[I].name, "float", forward<I, type::f32>}...,
      entry{"backward", functions[I].name, "float", erased_backward<float, backward<I>>}...};
  auto next = all.begin() + 2 + 2 * sizeof...(I);
  const auto add = [&]<std::size_t J>(std::integral_constant<std::size_t, J>) {
    if constexpr (timed_on_float16(functions[J].name)) {
      *next++ = {"forward", functions[J].name, "float16", forward<J, type::f16>};
      *next++ = {"forward", functions[J].name, "bfloat16", forward<J, type::bf16>};
    }
  };
  (add(std::integral_constant<std::size_t, I>{}), ...);
  return all;
}(std::make_index_sequence<std::size(functions)>());

} // namespace

constinit const contender RELU_BENCH_CONTENDER{
    "oneDNN", "", contract::numbers, entries,
    RELU_BENCH_VERSION(DNNL_VERSION_MAJOR) "." RELU_BENCH_VERSION(DNNL_VERSION_MINOR) "." RELU_BENCH_VERSION(
        DNNL_VERSION_PATCH)};

} // namespace bench
