// SPDX-License-Identifier: MIT
#pragma once

#include <relu/detail/dispatch.hpp>

#include <string_view>

namespace relu::inline RELU_ABI {

/// The name of the instruction set in use: "sse2", "sse4.2", "avx2" (with FMA), "avx512" (F, CD, DQ, BW),
/// "neon", "scalar", or xsimd's name for another one. With relu::dispatch it is chosen at the first call; the
/// environment variable RELU_ISA caps it, and std::invalid_argument is thrown if that is not one of the
/// names. Without relu::dispatch it is the one that the calling code is compiled for.
inline std::string_view isa() {
  if constexpr (dispatched) return detail::dispatch_table().isa;
  else return isa_name<native>();
}

} // namespace relu::inline RELU_ABI
