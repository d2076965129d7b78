// SPDX-License-Identifier: MIT
// What the processor can do at best, written by hand for one instruction set and for arrays whose alignment
// and length are known: a copy through the caches, one past them, or a pass over one array in place.
#include "contenders.hpp"
#include <relu/arch.hpp>

namespace bench {
namespace {

using batch = xsimd::batch<float, relu::native>;

// The output is aligned to 64 bytes when it streams.
template <bool Streaming> void copy(const float* x, float* y, std::size_t n) {
  constexpr std::size_t group = 4 * batch::size;
  std::size_t i = 0;
  for (; i + group <= n; i += group) {
#pragma GCC unroll 4
    for (std::size_t j = 0; j < group; j += batch::size) {
      const batch v = batch::load_unaligned(x + i + j);
      if constexpr (Streaming) v.store(y + i + j, xsimd::stream_mode{});
      else v.store_unaligned(y + i + j);
    }
  }
  for (; i < n; ++i) y[i] = x[i];
#ifdef __SSE2__
  if constexpr (Streaming) __builtin_ia32_sfence();
#endif
}

// The sign changes, so that no compiler can leave it out.
void in_place(const float*, float* y, std::size_t n) {
  constexpr std::size_t group = 4 * batch::size;
  std::size_t i = 0;
  for (; i + group <= n; i += group) {
#pragma GCC unroll 4
    for (std::size_t j = 0; j < group; j += batch::size)
      (-batch::load_unaligned(y + i + j)).store_unaligned(y + i + j);
  }
  for (; i < n; ++i) y[i] = -y[i];
}

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
