// SPDX-License-Identifier: MIT
// The table of instruction sets: one struct each, with its name, compiler flags and features.
#pragma once

#include <relu/detail/abi.hpp>

#include <type_traits>

#if RELU_WITH_XSIMD
#if defined(__AVX512F__) && !defined(__clang__) && __GNUC__ < 13
// GCC bug 105593: in a program for AVX-512, false warnings of GCC's own intrinsics, which xsimd includes.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#endif
#include <xsimd/xsimd.hpp>
#if XSIMD_VERSION_MAJOR * 100 + XSIMD_VERSION_MINOR < 1403
#error "relu needs xsimd 14.3 or later; define RELU_WITH_XSIMD=0 for the scalar fallback"
#endif
#endif

namespace relu::inline RELU_ABI {

/// The tag of the scalar fallback: one element at a time, without xsimd.
struct scalar {};

namespace detail {

/// How an instruction set moves selected elements of a vector together.
enum class compress_by { nothing, permutation, instruction };

/// The features of an instruction set. A struct below states those that differ from these defaults.
struct isa_defaults {
  /// Has stores that bypass the cache and so do not read the memory that they overwrite.
  static constexpr bool has_streaming_stores = false;
  /// Multiplies and adds with one rounding.
  static constexpr bool has_fma = false;
  /// xsimd's registers are the compiler's vector types.
  static constexpr bool has_compiler_vectors = false;
  static constexpr compress_by compress = compress_by::nothing;
  /// Looks up a vector of bytes in a table of at least 16.
  static constexpr bool looks_up_bytes = false;
  /// Vectors of float treat subnormals as zero in every mode of the processor, so float runs one element at a
  /// time.
  static constexpr bool flushes_subnormal_floats = false;
  /// xsimd accesses 64-bit integers (long) as long long, which strict aliasing forbids.
  static constexpr bool aliases_int64 = false;
  /// Loads and stores of vectors may access objects of any type.
  static constexpr bool accesses_any_type = false;
  /// In relu::dispatch, its kernels for 16-bit floats are those of the instruction set before it in the list,
  /// which needs only a few instructions more.
  static constexpr bool shares_float16_kernels = false;
};

template <class Arch> struct isa;

template <> struct isa<scalar> : isa_defaults {
  static constexpr const char* name = "scalar";
  static bool is_available() noexcept { return true; }
};

#if RELU_WITH_XSIMD

/// Other instruction sets that xsimd supports, for programs that are compiled for them.
template <class Arch> struct isa : isa_defaults {
  static constexpr const char* name = Arch::name();
  static bool is_available() noexcept { return xsimd::available_architectures().has(Arch{}); }
};

struct x86_isa : isa_defaults {
  static constexpr bool accesses_any_type = true;
  static constexpr bool has_streaming_stores = true;
  static constexpr bool has_compiler_vectors = true;
};

#if defined(__x86_64__) || defined(__i386__)
/// Whether the processor permutes the bytes of a vector: AVX-512 VBMI, which the instruction set avx512 does
/// not include. Kernels call it, so it is always inlined.
[[gnu::always_inline]] inline bool supports_vbmi() noexcept {
#ifdef __AVX512VBMI__
  return true;
#else
  return __builtin_cpu_init(), __builtin_cpu_supports("avx512vbmi");
#endif
}
#endif

template <class Arch>
concept other_x86 = std::is_base_of_v<xsimd::sse2, Arch> || std::is_base_of_v<xsimd::avx, Arch> ||
                    std::is_base_of_v<xsimd::avx512f, Arch>;
template <other_x86 Arch> struct isa<Arch> : x86_isa {
  static constexpr const char* name = std::is_base_of_v<xsimd::avx512bw, Arch>            ? "avx512"
                                      : std::is_base_of_v<xsimd::fma3<xsimd::avx2>, Arch> ? "avx2"
                                                                                          : Arch::name();
  static constexpr bool has_fma =
      std::is_base_of_v<xsimd::avx512f, Arch> || std::is_base_of_v<xsimd::fma3<xsimd::avx2>, Arch>;
  static constexpr compress_by compress = std::is_base_of_v<xsimd::avx512f, Arch> ? compress_by::instruction
                                          : std::is_base_of_v<xsimd::avx2, Arch>  ? compress_by::permutation
                                                                                  : compress_by::nothing;
  static constexpr bool looks_up_bytes = std::is_base_of_v<xsimd::ssse3, Arch> ||
                                         std::is_base_of_v<xsimd::avx2, Arch> ||
                                         std::is_base_of_v<xsimd::avx512bw, Arch>;
  static bool is_available() noexcept { return xsimd::available_architectures().has(Arch{}); }
};

// relu::dispatch has kernels for the instruction sets from here on. cmake/dispatch.cmake reads their `name`
// and `flags` from these lines: one line each, and the slowest first. The flags turn on the features that
// is_available() tests for, and no others, so never -march=haswell, which adds BMI. is_available() does not
// use xsimd's detection: its functions are inline without an architecture in their type, and the linker may
// keep a copy that an older processor cannot run.

#if defined(__x86_64__) && defined(__GNUC__)

template <> struct isa<xsimd::sse2> : x86_isa {
  static constexpr const char* name = "sse2";
  static constexpr const char* flags = "-march=x86-64 -mno-sse3";
  static bool is_available() noexcept { return true; }
};

template <> struct isa<xsimd::sse4_2> : x86_isa {
  static constexpr const char* name = "sse4.2";
  static constexpr const char* flags = "-march=x86-64 -msse4.2 -mno-avx";
  static constexpr bool looks_up_bytes = true;
  static constexpr bool shares_float16_kernels = true;
  static bool is_available() noexcept { return __builtin_cpu_init(), __builtin_cpu_supports("sse4.2"); }
};

/// clang 14 has no __builtin_cpu_supports("f16c").
inline bool supports_f16c() noexcept {
  unsigned a = 1, b = 0, c = 0, d = 0;
  asm("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  return (c >> 29 & 1) != 0;
}

template <> struct isa<xsimd::fma3<xsimd::avx2>> : x86_isa {
  static constexpr const char* name = "avx2";
  static constexpr const char* flags = "-march=x86-64 -mavx2 -mfma -mf16c -mno-avx512f";
  static constexpr bool has_fma = true;
  static constexpr compress_by compress = compress_by::permutation;
  static constexpr bool looks_up_bytes = true;
  static bool is_available() noexcept {
    return __builtin_cpu_init(),
           __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && supports_f16c();
  }
};

template <> struct isa<xsimd::avx512bw> : x86_isa {
  static constexpr const char* name = "avx512";
  static constexpr const char* flags = "-march=x86-64 -mavx512f -mavx512cd -mavx512dq -mavx512bw";
  static constexpr bool has_fma = true;
  static constexpr compress_by compress = compress_by::instruction;
  static constexpr bool looks_up_bytes = true;
  static bool is_available() noexcept {
    return __builtin_cpu_init(), __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
                                     __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  }
};

#endif

template <> struct isa<xsimd::neon64> : isa_defaults {
  static constexpr const char* name = "neon";
  static constexpr const char* flags = "-march=armv8-a";
  static constexpr bool has_fma = true;
  static constexpr bool looks_up_bytes = true;
  static constexpr bool has_compiler_vectors = true;
  static bool is_available() noexcept { return true; }
};

// The remaining instruction sets are for programs that are compiled for them.

template <class Arch>
requires std::is_base_of_v<xsimd::neon64, Arch>
struct isa<Arch> : isa<xsimd::neon64> {
  static bool is_available() noexcept { return xsimd::available_architectures().has(Arch{}); }
};

template <> struct isa<xsimd::neon> : isa_defaults {
  static constexpr const char* name = "neon";
  static constexpr bool has_compiler_vectors = true;
  static constexpr bool flushes_subnormal_floats = true;
  static bool is_available() noexcept { return xsimd::available_architectures().has(xsimd::neon{}); }
};

template <class Arch>
requires std::is_same_v<Arch, xsimd::vsx> || std::is_same_v<Arch, xsimd::vxe>
struct isa<Arch> : isa_defaults {
  static constexpr const char* name = Arch::name();
  static constexpr bool has_fma = true;
  static constexpr bool has_compiler_vectors = true;
  static constexpr bool aliases_int64 = true;
  static bool is_available() noexcept { return xsimd::available_architectures().has(Arch{}); }
};

#endif

} // namespace detail
} // namespace relu::inline RELU_ABI
