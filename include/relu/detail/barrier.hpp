// SPDX-License-Identifier: MIT
// The optimization barrier.
#pragma once

#include <relu/detail/isa.hpp>

#include <type_traits>

// The inline assembly constraint of a register for floating-point numbers and vectors.
#if defined(__SSE2__)
#define RELU_REGISTER "+x"
#elif defined(__aarch64__) || defined(__ARM_NEON)
#define RELU_REGISTER "+w"
#elif defined(__wasm__)
#define RELU_REGISTER "+r"
#elif defined(__VSX__)
#define RELU_REGISTER "+wa"
#elif defined(__VX__)
#define RELU_REGISTER "+v"
#elif defined(__riscv_flen)
#define RELU_REGISTER "+f"
#else
#define RELU_REGISTER "+m" // slow, but correct everywhere
#endif

namespace relu::inline RELU_ABI::detail {

/// Hides the value of x, a number, a vector or a pointer, from the optimizer.
template <class Register> constexpr void block_optimization([[maybe_unused]] Register& x) noexcept {
  if (std::is_constant_evaluated()) return;
  if constexpr (std::is_pointer_v<Register>) asm("" : "+r"(x));
  else if constexpr (!std::is_class_v<Register>) asm("" : RELU_REGISTER(x));
  else if constexpr (requires { x[0]; }) asm("" : "+m"(x)); // the array of an emulated xsimd batch
}

/// x, as a value whose origin the compiler cannot trace. Without the barrier LLVM turns select(c, s * x, x)
/// into x * select(c, s, 1), which quiets a NaN and can flush an x that should pass. GCC turns a comparison
/// with a constant into a minimum and a comparison, and a product and a sum into one fused operation, which
/// rounds once.
template <class V>
requires std::is_arithmetic_v<V>
constexpr V barrier(V x) noexcept {
  if constexpr (std::is_floating_point_v<V>) block_optimization(x);
  return x;
}

#if RELU_WITH_XSIMD
template <class T, class Arch> xsimd::batch<T, Arch> barrier(xsimd::batch<T, Arch> x) noexcept {
  block_optimization(x.data);
  return x;
}
#endif

} // namespace relu::inline RELU_ABI::detail

#undef RELU_REGISTER
