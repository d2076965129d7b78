// SPDX-License-Identifier: MIT
// PyTorch's C++ interface, on one thread. A tensor is created once for each array, outputs included.
#include "contenders.hpp"

// To call a kernel, ATen/native/DispatchStub.h needs these macros, with which PyTorch is compiled for x86-64.
#ifdef __x86_64__
#define HAVE_AVX2_CPU_DEFINITION
#define HAVE_AVX512_CPU_DEFINITION
#endif

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>
#include <ATen/native/Activation.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/api/include/torch/version.h>

namespace bench {
namespace {

// Returns a tensor over the array. Each Slot keeps its last tensor, so that repeated calls create no tensors.
template <int Slot, class T> at::Tensor& over(const T* data, std::size_t n) {
  static const T* current = nullptr;
  static std::size_t size = 0;
  static at::Tensor tensor;
  if (current != data || size != n) {
    at::set_num_threads(1);
    tensor = at::from_blob(const_cast<T*>(data), {static_cast<std::int64_t>(n)},
                           c10::CppTypeToScalarType<T>::value);
    current = data;
    size = n;
  }
  return tensor;
}

using tensor = at::Tensor;

// The result of forward that backward needs.
tensor& saved() {
  static tensor last = at::empty({0});
  return last;
}

// Each of these calls F on tensors over the arrays, without recording a graph. `save` keeps the result for
// backward.
template <void (*F)(tensor& y, const tensor& x), class T> void out_of_place(const T* x, T* y, std::size_t n) {
  const c10::InferenceMode no_graph;
  F(over<1>(y, n), over<0>(x, n));
}
template <void (*F)(tensor& dx, const tensor& dy, const tensor& x)>
void gradient(const float* dy, const float* x, float* dx, std::size_t n) {
  const c10::InferenceMode no_graph;
  F(over<1>(dx, n), over<2>(dy, n), over<0>(x, n));
}
template <tensor (*F)(const tensor& x)> void save(const float* x, float*, std::size_t n) {
  const c10::InferenceMode no_graph;
  saved() = F(over<0>(x, n));
}

// Calls the kernel of a function that always returns a new tensor.
template <class Kernel> void gradient_from(Kernel& kernel, tensor& dx, const tensor& dy, const tensor& x) {
  at::TensorIterator arrays = at::TensorIterator::borrowing_binary_op(dx, dy, x);
  kernel(at::kCPU, arrays);
}

// PyTorch has no single call for silu(x) up.
template <class T> void swiglu(const T* up, const T* x, T* y, std::size_t n) {
  const c10::InferenceMode no_graph;
  at::silu_out(over<1>(y, n), over<0>(x, n));
  over<1>(y, n).mul_(over<2>(up, n));
}

void relu_in_place(const float*, float* x, std::size_t n) {
  const c10::InferenceMode no_graph;
  at::relu_(over<0>(x, n));
}

template <class T, void (*F)(tensor&, const tensor&)>
constexpr entry forward_on(std::string_view function, std::string_view element) {
  return {"forward", function, element, erased<T, out_of_place<F, T>>};
}
template <void (*F)(tensor&, const tensor&)> constexpr entry forward(std::string_view function) {
  return forward_on<float, F>(function, "float");
}
template <void (*F)(tensor&, const tensor&)> constexpr entry forward16(std::string_view function) {
  return forward_on<at::Half, F>(function, "float16");
}
template <void (*F)(tensor&, const tensor&)> constexpr entry forward_brain16(std::string_view function) {
  return forward_on<at::BFloat16, F>(function, "bfloat16");
}
template <void (*F)(tensor&, const tensor&, const tensor&)>
constexpr entry backward(std::string_view function) {
  return {"backward", function, "float", erased_backward<float, gradient<F>>};
}
template <void (*F)(tensor&, const tensor&, const tensor&), tensor (*Save)(const tensor&)>
constexpr entry backward(std::string_view function) {
  return {"backward", function, "float", erased_backward<float, gradient<F>>, erased<float, save<Save>>};
}

using out = tensor&;
using in = const tensor&;
constexpr double selu_alpha = 1.6732632423543772, selu_scale = 1.0507009873554805;

// at::relu, at::mish_backward and at::hardswish_backward return a new tensor, and at::hardswish_backward_out
// copies it. relu is timed as at::clamp_min, which at::relu calls, and the others as their kernels. softsign,
// quick_gelu and tanh_shrink are missing, because PyTorch has no single call for them.
constexpr entry entries[]{
    forward<[](out y, in x) { at::clamp_min_out(y, x, 0); }>("relu"),
    {"in place", "relu", "float", erased<float, relu_in_place>},
    {"gated", "silu", "float", erased_backward<float, swiglu<float>>},
    {"gated", "silu", "bfloat16", erased_backward<at::BFloat16, swiglu<at::BFloat16>>},
    backward<[](out dx, in dy, in x) { at::threshold_backward_out(dx, dy, x, 0); }>("relu"),
    forward<[](out y, in x) { at::leaky_relu_out(y, x, 0.01); }>("leaky_relu"),
    backward<[](out dx, in dy, in x) { at::leaky_relu_backward_out(dx, dy, x, 0.01, false); }>("leaky_relu"),
    forward<[](out y, in x) { at::hardtanh_out(y, x, 0, 6); }>("clipped_relu"),
    backward<[](out dx, in dy, in x) { at::hardtanh_backward_out(dx, dy, x, 0, 6); }>("clipped_relu"),
    forward<[](out y, in x) { at::sigmoid_out(y, x); }>("sigmoid"),
    backward<[](out dx, in dy, in) { at::sigmoid_backward_out(dx, dy, saved()); },
             [](in x) { return at::sigmoid(x); }>("sigmoid"),
    forward<[](out y, in x) { at::log_sigmoid_forward_out(y, saved(), x); }>("log_sigmoid"),
    backward<[](out dx, in dy, in x) { at::log_sigmoid_backward_out(dx, dy, x, saved()); },
             [](in x) { return std::get<1>(at::log_sigmoid_forward(x)); }>("log_sigmoid"),
    forward<[](out y, in x) { at::tanh_out(y, x); }>("tanh"),
    backward<[](out dx, in dy, in) { at::tanh_backward_out(dx, dy, saved()); },
             [](in x) { return at::tanh(x); }>("tanh"),
    forward<[](out y, in x) { at::softplus_out(y, x); }>("softplus"),
    backward<[](out dx, in dy, in x) { at::softplus_backward_out(dx, dy, x, 1, 20); }>("softplus"),
    forward<[](out y, in x) { at::elu_out(y, x); }>("elu"),
    backward<[](out dx, in dy, in x) { at::elu_backward_out(dx, dy, 1, 1, 1, false, x); }>("elu"),
    forward<[](out y, in x) { at::elu_out(y, x, 1, 1, 1); }>("celu"), // at::celu calls at::elu
    backward<[](out dx, in dy, in x) { at::elu_backward_out(dx, dy, 1, 1, 1, false, x); }>("celu"),
    forward<[](out y, in x) { at::elu_out(y, x, selu_alpha, selu_scale); }>("selu"),
    backward<[](out dx, in dy, in x) { at::elu_backward_out(dx, dy, selu_alpha, selu_scale, 1, false, x); }>(
        "selu"),
    forward<[](out y, in x) { at::silu_out(y, x); }>("silu"),
    backward<[](out dx, in dy, in x) { at::silu_backward_out(dx, dy, x); }>("silu"),
    forward<[](out y, in x) { at::gelu_out(y, x, "none"); }>("gelu"),
    backward<[](out dx, in dy, in x) { at::gelu_backward_out(dx, dy, x, "none"); }>("gelu"),
    forward<[](out y, in x) { at::gelu_out(y, x, "tanh"); }>("gelu_tanh"),
    backward<[](out dx, in dy, in x) { at::gelu_backward_out(dx, dy, x, "tanh"); }>("gelu_tanh"),
    forward<[](out y, in x) { at::mish_out(y, x); }>("mish"),
    forward<[](out y, in x) { at::hardtanh_out(y, x); }>("hard_tanh"),
    backward<[](out dx, in dy, in x) { at::hardtanh_backward_out(dx, dy, x, -1, 1); }>("hard_tanh"),
    forward<[](out y, in x) { at::hardsigmoid_out(y, x); }>("hard_sigmoid"),
    backward<[](out dx, in dy, in x) { at::hardsigmoid_backward_out(dx, dy, x); }>("hard_sigmoid"),
    forward<[](out y, in x) { at::hardswish_out(y, x); }>("hard_swish"),
    forward<[](out y, in x) { at::hardshrink_out(y, x); }>("hard_shrink"),
    backward<[](out dx, in dy, in x) { at::hardshrink_backward_out(dx, dy, x, 0.5); }>("hard_shrink"),
    forward<[](out y, in x) { at::softshrink_out(y, x); }>("soft_shrink"),
    backward<[](out dx, in dy, in x) { at::softshrink_backward_out(dx, dy, x, 0.5); }>("soft_shrink"),
    forward16<[](out y, in x) { at::clamp_min_out(y, x, 0); }>("relu"),
    forward_brain16<[](out y, in x) { at::clamp_min_out(y, x, 0); }>("relu"),
    forward16<[](out y, in x) { at::leaky_relu_out(y, x, 0.01); }>("leaky_relu"),
    forward_brain16<[](out y, in x) { at::leaky_relu_out(y, x, 0.01); }>("leaky_relu"),
    forward16<[](out y, in x) { at::sigmoid_out(y, x); }>("sigmoid"),
    forward_brain16<[](out y, in x) { at::sigmoid_out(y, x); }>("sigmoid"),
    forward16<[](out y, in x) { at::tanh_out(y, x); }>("tanh"),
    forward_brain16<[](out y, in x) { at::tanh_out(y, x); }>("tanh"),
    forward16<[](out y, in x) { at::silu_out(y, x); }>("silu"),
    forward_brain16<[](out y, in x) { at::silu_out(y, x); }>("silu"),
    forward16<[](out y, in x) { at::gelu_out(y, x, "none"); }>("gelu"),
    forward_brain16<[](out y, in x) { at::gelu_out(y, x, "none"); }>("gelu"),
#ifdef __x86_64__
    backward<[](out dx, in dy, in x) { gradient_from(at::native::mish_backward_stub, dx, dy, x); }>("mish"),
    backward<[](out dx, in dy, in x) { gradient_from(at::native::hardswish_backward_stub, dx, dy, x); }>(
        "hard_swish"),
#endif
};

} // namespace

constinit const contender RELU_BENCH_CONTENDER{"PyTorch", "", contract::numbers, entries, TORCH_VERSION};

} // namespace bench
