// SPDX-License-Identifier: MIT
// An upper limit for the speed of this processor: loops written by hand for one instruction set.
// RELU_BENCH_LIMIT selects a copy through the cache, a copy with streaming stores, or a pass over one array
// in place.
#include "contenders.hpp"
#include <relu/arch.hpp>

namespace bench {
namespace {

using vec = xsimd::batch<float, relu::native>;
constexpr std::size_t block = 4 * vec::size; // elements

// Streaming stores require an output that is aligned to the size of a vector.
template <bool Streaming> void copy(const float* x, float* y, std::size_t n) {
  std::size_t i = 0;
  for (; i + block <= n; i += block) {
#pragma GCC unroll 4
    for (std::size_t j = 0; j < block; j += vec::size) {
      const vec v = vec::load_unaligned(x + i + j);
      if constexpr (Streaming) v.store(y + i + j, xsimd::stream_mode{});
      else v.store_unaligned(y + i + j);
    }
  }
  for (; i < n; ++i) y[i] = x[i];
#ifdef __SSE2__
  if constexpr (Streaming) __builtin_ia32_sfence();
#endif
}

// Negates each element, because the compiler would remove a pass that changes nothing.
void in_place(const float*, float* y, std::size_t n) {
  std::size_t i = 0;
  for (; i + block <= n; i += block) {
#pragma GCC unroll 4
    for (std::size_t j = 0; j < block; j += vec::size)
      (-vec::load_unaligned(y + i + j)).store_unaligned(y + i + j);
  }
  for (; i < n; ++i) y[i] = -y[i];
}

// They are reported as "relu", because report.py compares them with relu.
constexpr entry cached[]{{"forward", "relu", "float", erased<float, copy<false>>}};
constexpr entry streaming[]{{"forward", "relu", "float", erased<float, copy<true>>}};
constexpr entry passes[]{{"in place", "relu", "float", erased<float, in_place>}};

constexpr std::string_view isa = relu::isa_name<relu::native>();
constexpr contender kinds[]{{"copy", isa, contract::copy, cached},
                            {"streaming copy", isa, contract::copy, streaming},
                            {"pass", isa, contract::negation, passes}};

} // namespace

constinit const contender RELU_BENCH_CONTENDER = kinds[RELU_BENCH_LIMIT];

} // namespace bench
