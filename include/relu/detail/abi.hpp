// SPDX-License-Identifier: MIT
// What relu needs of the compiler, and the inline namespaces that keep code for different instruction sets
// apart. Every header but version.hpp includes this one first, directly or through its first include.
#pragma once

// The header that does not exist ends the compilation, so that no other error follows.
#ifndef __GNUC__
#error relu needs g++ 12, clang 14 or a later version of them
#include <relu/needs_another_compiler>
#elif defined(__clang__) ? __clang_major__ < 14 : __GNUC__ < 12
#error relu needs g++ 12, clang 14 or a later version of them: this is an older version
#include <relu/needs_a_newer_compiler>
#elif __cplusplus < 202002L
#error relu needs C++20: compile with -std=c++20 or later (CMake: target_compile_features(... cxx_std_20))
#include <relu/needs_a_newer_standard>
#endif

#include <relu/version.hpp>

// RELU_WITH_XSIMD: 1 uses xsimd, 0 the scalar fallback. By default 1 if xsimd is on the include path.
#ifndef RELU_WITH_XSIMD
#if __has_include(<xsimd/xsimd.hpp>)
#define RELU_WITH_XSIMD 1
#else
#define RELU_WITH_XSIMD 0
#endif
#endif

// Names live in `namespace relu::inline <dispatched, header-only or scalar>::inline <version>::inline
// <instruction set>`, except those of relu::types::inline <version>, relu::kernels::inline <version> and
// relu::process, which all parts of a program share. So one process can load shared libraries with different
// versions of relu. Two translation units with different settings share no inline function of relu, so the
// linker cannot give one of them code that was compiled for the other. These namespaces do not separate finer
// differences, such as BMI or F16C.
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

#define RELU_PASTE(major, minor) v##major##_##minor
#define RELU_VERSION_NAME(major, minor) RELU_PASTE(major, minor)
#define RELU_VERSION RELU_VERSION_NAME(RELU_VERSION_MAJOR, RELU_VERSION_MINOR)

#if defined(RELU_DISPATCH) // The CMake target relu::dispatch defines it.
#define RELU_KERNELS_FROM dispatch
#elif RELU_WITH_XSIMD
#define RELU_KERNELS_FROM direct
#else
#define RELU_KERNELS_FROM plain
#endif
#define RELU_ABI RELU_KERNELS_FROM::inline RELU_VERSION::inline RELU_TARGET
#define RELU_KERNELS kernels::inline RELU_VERSION

// Objects of the types in relu::inline RELU_TYPES pass between translation units, so your class with such a
// member is the same class in all of them. Every member function of such a type that is not trivial begins
// with RELU_MEMBER, even if it is defaulted. RELU_MEMBER adds the settings to the name of the function, but
// not to that of the type.
#define RELU_TYPES types::inline RELU_VERSION
#define RELU_QUOTE(name) #name
#define RELU_QUOTED(name) RELU_QUOTE(name)
#define RELU_MEMBER [[gnu::abi_tag(RELU_QUOTED(RELU_KERNELS_FROM) "_" RELU_QUOTED(RELU_TARGET))]]

// For a lambda, where C++20 has no place for [[gnu::always_inline]].
#define RELU_INLINED __attribute__((always_inline))
