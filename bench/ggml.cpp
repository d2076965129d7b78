// SPDX-License-Identifier: MIT
// ggml. A graph of one operation is created once for each size, and only its computation is timed.
#include "contenders.hpp"

#include <cstdint>
#include <ggml-backend.h>
#include <ggml.h>
#include <memory>
#include <stdexcept>

namespace bench {
namespace {

struct free_context {
  void operator()(ggml_context* c) const { ggml_free(c); }
};

ggml_backend_t one_thread() {
  ggml_backend_load_all();
  const ggml_backend_t backend = ggml_backend_init_by_type(GGML_BACKEND_DEVICE_TYPE_CPU, nullptr);
  if (!backend) throw std::runtime_error("ggml has no kernels for this processor");
  const ggml_backend_reg_t registry = ggml_backend_dev_backend_reg(ggml_backend_get_device(backend));
  void* const set_threads = ggml_backend_reg_get_proc_address(registry, "ggml_backend_set_n_threads");
  if (!set_threads) throw std::runtime_error("ggml does not let its number of threads be set");
  reinterpret_cast<ggml_backend_set_n_threads_t>(set_threads)(backend, 1);
  return backend;
}

// silu(x) up, for arrays of one size.
class gated_silu {
public:
  static gated_silu& of_size(std::size_t n) {
    static std::unique_ptr<gated_silu> last;
    if (!last || last->n_ != n) last.reset(new gated_silu(n));
    return *last;
  }
  void forward(const float* up, const float* x, float* y) {
    x_->data = const_cast<float*>(x);
    up_->data = const_cast<float*>(up);
    y_->data = y;
    static const ggml_backend_t backend = one_thread();
    if (ggml_backend_graph_compute(backend, graph_) != GGML_STATUS_SUCCESS)
      throw std::runtime_error("ggml cannot compute this graph");
  }

private:
  explicit gated_silu(std::size_t n)
      : n_(n),
        context_(ggml_init({8 * ggml_tensor_overhead() + ggml_graph_overhead(), nullptr, true})),
        x_(ggml_new_tensor_1d(context_.get(), GGML_TYPE_F32, static_cast<std::int64_t>(n))),
        up_(ggml_new_tensor_1d(context_.get(), GGML_TYPE_F32, static_cast<std::int64_t>(n))),
        y_(ggml_swiglu_split(context_.get(), x_, up_)),
        graph_(ggml_new_graph(context_.get())) {
    ggml_build_forward_expand(graph_, y_);
  }

  std::size_t n_;
  std::unique_ptr<ggml_context, free_context> context_;
  ggml_tensor *x_, *up_, *y_;
  ggml_cgraph* graph_;
};

void swiglu(const float* up, const float* x, float* y, std::size_t n) {
  gated_silu::of_size(n).forward(up, x, y);
}

constexpr entry entries[]{{"gated", "silu", "float", erased_backward<float, swiglu>}};

} // namespace

// ggml tells its version only at run time.
constinit const contender RELU_BENCH_CONTENDER{"ggml", "", contract::numbers, entries};

} // namespace bench
