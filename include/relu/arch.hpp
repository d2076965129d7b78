// SPDX-License-Identifier: MIT
// Instruction-set tags, their names, and the one that this translation unit is compiled for.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

// RELU_WITH_XSIMD: 1 uses xsimd, 0 plain loops. By default, whatever is on the include path.
#ifndef RELU_WITH_XSIMD
#if __has_include(<xsimd/xsimd.hpp>)
#define RELU_WITH_XSIMD 1
#else
#define RELU_WITH_XSIMD 0
#endif
#endif

#if RELU_WITH_XSIMD
#include <xsimd/xsimd.hpp>
#if XSIMD_VERSION_MAJOR * 100 + XSIMD_VERSION_MINOR < 1403
#error "relu needs xsimd 14.3 or later; define RELU_WITH_XSIMD=0 for plain loops"
#endif
#endif

// Everything lives in `namespace relu::inline <how>::inline <instruction set>`: two translation units that
// reach their kernels in different ways, or are compiled for different instruction sets, share no inline
// function, and the linker cannot give one of them the other's code.
// (Finer differences than these, BMI for one, remain the program's own affair.)
#if defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512CD__)
#define RELU_TARGET avx512
#elif defined(__AVX512F__)
#define RELU_TARGET avx512f
#elif defined(__AVX2__) && defined(__FMA__)
#define RELU_TARGET avx2_fma
#elif defined(__AVX2__)
#define RELU_TARGET avx2
#elif defined(__AVX__)
#define RELU_TARGET avx
#elif defined(__SSE4_2__)
#define RELU_TARGET sse4_2
#elif defined(__SSE4_1__)
#define RELU_TARGET sse4_1
#elif defined(__SSSE3__)
#define RELU_TARGET ssse3
#elif defined(__SSE3__)
#define RELU_TARGET sse3
#elif defined(__ARM_FEATURE_SVE)
#define RELU_TARGET sve
#elif defined(__riscv_v)
#define RELU_TARGET rvv
#else
#define RELU_TARGET baseline
#endif

#if defined(RELU_DISPATCH) // set by the CMake target relu::dispatch
#define RELU_ABI dispatch::inline RELU_TARGET
#elif RELU_WITH_XSIMD
#define RELU_ABI direct::inline RELU_TARGET
#else
#define RELU_ABI plain::inline RELU_TARGET
#endif

namespace relu::inline RELU_ABI {

/// A list of types, to iterate over.
template <class... T> struct type_list {};

/// The instruction-set tag of plain loops: one element at a time, no xsimd.
struct scalar {};

#if RELU_WITH_XSIMD

/// The instruction set that this translation unit is compiled for: an xsimd architecture, or relu::scalar.
/// Of the many AVX flavours that xsimd tells apart only the two that differ for this library are used.
#ifdef XSIMD_DEFAULT_ARCH
using native = XSIMD_DEFAULT_ARCH;
#else
using native = std::conditional_t<
    xsimd::avx512bw::supported(), xsimd::avx512bw,
    std::conditional_t<xsimd::fma3<xsimd::avx2>::supported(), xsimd::fma3<xsimd::avx2>,
                       std::conditional_t<xsimd::default_arch::supported(), xsimd::default_arch, scalar>>>;
#endif

/// The name of an instruction set, as `isa()` and the environment variable RELU_ISA spell it.
template <class Arch> constexpr std::string_view isa_name() noexcept {
  if constexpr (std::is_same_v<Arch, scalar>) return "scalar";
  else if constexpr (std::is_base_of_v<xsimd::avx512bw, Arch>) return "avx512";
  else if constexpr (std::is_base_of_v<xsimd::fma3<xsimd::avx2>, Arch>) return "avx2";
  else if constexpr (std::is_same_v<Arch, xsimd::sse4_2>) return "sse4.2";
  else if constexpr (std::is_base_of_v<xsimd::neon, Arch>) return "neon";
  else return Arch::name();
}

/// Whether vectors of T take denormals for zeros whatever the program's mode, as those of 32-bit ARM do:
/// there T is processed one by one.
template <class T, class Arch>
inline constexpr bool flushes_denormals = std::is_same_v<T, float> && std::is_same_v<Arch, xsimd::neon>;

/// Whether xsimd reads and writes T as another type of that size, which a compiler may take for other memory:
/// std::int64_t, a long, as long long on POWER and IBM Z.
template <class T, class Arch>
inline constexpr bool aliased_by_xsimd =
    std::is_same_v<T, std::int64_t> && (std::is_same_v<Arch, xsimd::vsx> || std::is_same_v<Arch, xsimd::vxe>);

/// Whether Arch has stores that go past the caches, so that the memory they overwrite is not read: x86 does.
/// (ARM's processors find out by themselves that whole cache lines are written, and gain nothing.)
template <class Arch>
inline constexpr bool has_streaming_stores =
    std::is_base_of_v<xsimd::sse2, Arch> || std::is_base_of_v<xsimd::avx, Arch> ||
    std::is_base_of_v<xsimd::avx512f, Arch>;

/// Whether Arch multiplies and adds in one operation, which rounds once.
template <class Arch>
inline constexpr bool has_fma =
    std::is_base_of_v<xsimd::avx512f, Arch> || std::is_base_of_v<xsimd::fma3<xsimd::avx2>, Arch> ||
    std::is_base_of_v<xsimd::neon64, Arch> || std::is_same_v<Arch, xsimd::vsx> ||
    std::is_same_v<Arch, xsimd::vxe>;

/// Whether the registers of Arch are vectors of the compiler's, with operations that it knows.
template <class Arch>
inline constexpr bool has_compiler_vectors =
    has_streaming_stores<Arch> || std::is_base_of_v<xsimd::neon, Arch> || std::is_same_v<Arch, xsimd::vsx> ||
    std::is_same_v<Arch, xsimd::vxe>;

/// Whether Arch has an instruction that moves the lanes of a mask together, or one that permutes eight of
/// them.
template <class Arch> inline constexpr bool has_compress = std::is_base_of_v<xsimd::avx512f, Arch>;
template <class Arch>
inline constexpr bool has_permutation = std::is_base_of_v<xsimd::avx2, Arch> && !has_compress<Arch>;

#else

using native = scalar;
template <class Arch> constexpr std::string_view isa_name() noexcept { return "scalar"; }

#endif

/// Whether this processor and its operating system support Arch.
template <class Arch> bool is_available() noexcept {
  if constexpr (std::is_same_v<Arch, native>) return true;
#if RELU_WITH_XSIMD
#if defined(__x86_64__) && defined(__GNUC__)
  // Not from xsimd, whose functions for it are inline and not tagged: where parts of a program are compiled
  // for different instruction sets, the linker may keep those that the older processor cannot run.
  else if constexpr (std::is_same_v<Arch, xsimd::avx512bw>)
    return __builtin_cpu_init(), __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
                                     __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  else if constexpr (std::is_same_v<Arch, xsimd::fma3<xsimd::avx2>>)
    return __builtin_cpu_init(), __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  else if constexpr (std::is_same_v<Arch, xsimd::sse4_2>)
    return __builtin_cpu_init(), __builtin_cpu_supports("sse4.2");
  else if constexpr (std::is_same_v<Arch, xsimd::sse2>) return true;
#endif
  else return xsimd::available_architectures().has(Arch{});
#else
  else return false;
#endif
}

/// Whether the built-in activations run on the best instruction set of the processor, found at run time.
#ifdef RELU_DISPATCH
inline constexpr bool dispatched = true;
#else
inline constexpr bool dispatched = false;
#endif

/// What relu::dispatch is compiled for, best first; cmake/dispatch.cmake has the flags of each.
#if RELU_WITH_XSIMD && (defined(__x86_64__) || defined(_M_X64))
using dispatch_archs = type_list<xsimd::avx512bw, xsimd::fma3<xsimd::avx2>, xsimd::sse4_2, xsimd::sse2>;
#elif RELU_WITH_XSIMD && defined(__aarch64__)
using dispatch_archs = type_list<xsimd::neon64>;
#else
using dispatch_archs = type_list<native>;
#endif

} // namespace relu::inline RELU_ABI
