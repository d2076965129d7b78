// SPDX-License-Identifier: MIT
// isa: the instruction set in use.
#pragma once

#include <relu/arch.hpp>

#ifdef RELU_DISPATCH
#include <relu/dispatch/boundary.hpp>
#endif

#include <string_view>

namespace relu::inline RELU_ABI {

/// Returns the name of the instruction set in use: "sse2", "sse4.2", "avx2" (with FMA and F16C), "avx512" (F,
/// CD, DQ, BW), "neon", "scalar", or xsimd's name of another one.
///
/// With relu::dispatch it is the best that the processor and its operating system support, chosen at the
/// first call of the library. The environment variable RELU_ISA caps it; a value that is not a name throws
/// std::invalid_argument. Without relu::dispatch it is the instruction set that the calling code is compiled
/// for.
inline std::string_view isa() {
#ifdef RELU_DISPATCH
  if (!kernels::chosen_name.load(std::memory_order_relaxed)) kernels::choose();
  return kernels::chosen_name.load(std::memory_order_relaxed);
#else
  return isa_name<native>();
#endif
}

} // namespace relu::inline RELU_ABI
