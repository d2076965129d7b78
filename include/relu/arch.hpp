// SPDX-License-Identifier: MIT
// The instruction set that this translation unit is compiled for, and those of relu::dispatch.
#pragma once

#include <relu/detail/elements.hpp>
#include <relu/detail/isa.hpp>

#include <string_view>
#include <type_traits>

namespace relu::inline RELU_ABI {

/// The instruction set that this translation unit is compiled for: an xsimd architecture, or relu::scalar
/// without xsimd. Define XSIMD_DEFAULT_ARCH to choose another one. xsimd has many variants of AVX; relu uses
/// AVX-512 (F, CD, DQ, BW) and AVX2 with FMA, because the others make no difference to it.
#if !RELU_WITH_XSIMD
using native = scalar;
#elif defined(XSIMD_DEFAULT_ARCH)
using native = XSIMD_DEFAULT_ARCH;
#else
using native = std::conditional_t<
    xsimd::avx512bw::supported(), xsimd::avx512bw,
    std::conditional_t<xsimd::fma3<xsimd::avx2>::supported(), xsimd::fma3<xsimd::avx2>,
                       std::conditional_t<xsimd::default_arch::supported(), xsimd::default_arch, scalar>>>;
#endif

/// The name of an instruction set, as isa() returns it and the environment variable RELU_ISA takes it.
template <class Arch> constexpr std::string_view isa_name() noexcept { return detail::isa<Arch>::name; }

/// Whether this processor and its operating system support Arch.
template <class Arch> bool is_available() noexcept {
  if constexpr (std::is_same_v<Arch, native>) return true;
  else return detail::isa<Arch>::is_available();
}

/// Whether this translation unit uses relu::dispatch: run-time dispatch to the best instruction set of the
/// processor.
#ifdef RELU_DISPATCH
inline constexpr bool dispatched = true;
#else
inline constexpr bool dispatched = false;
#endif

/// The instruction sets of relu::dispatch, the best one first.
#if RELU_WITH_XSIMD && (defined(__x86_64__) || defined(_M_X64))
using dispatch_archs = type_list<xsimd::avx512bw, xsimd::fma3<xsimd::avx2>, xsimd::sse4_2, xsimd::sse2>;
#elif RELU_WITH_XSIMD && defined(__aarch64__)
using dispatch_archs = type_list<xsimd::neon64>;
#else
using dispatch_archs = type_list<native>;
#endif

} // namespace relu::inline RELU_ABI
