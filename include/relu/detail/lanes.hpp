// SPDX-License-Identifier: MIT
// The seam to xsimd: one group of lanes in memory, full or partial.
#pragma once

#include <relu/arch.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace relu::inline RELU_ABI::detail {

/// One group of T as it is processed at a time on Arch. Without a vector register for T: a single T.
template <class T, class Arch> struct lanes {
  using type = T;
  static constexpr std::size_t size = 1;

  static constexpr T load(const T* p) noexcept { return *p; }
  static constexpr void store(T* p, T v) noexcept { *p = v; }
  static constexpr std::size_t count(bool condition) noexcept { return condition; }
};

#if RELU_WITH_XSIMD

template <class T, class Arch>
requires(xsimd::types::has_simd_register<T, Arch>::value) struct lanes<T, Arch> {
  using type = xsimd::batch<T, Arch>;
  static constexpr std::size_t size = type::size;

  static type load(const T* p) noexcept { return type::load_unaligned(p); }
  static void store(T* p, type v) noexcept { v.store_unaligned(p); }

  /// The first n < size elements; the other lanes are 0. Nothing beyond p + n is touched.
  static type load_partial(const T* p, std::size_t n) noexcept {
    if constexpr (predicated) return type::load(p, first(n), xsimd::unaligned_mode{});
    else {
      alignas(alignof(type)) T padded[size]{};
      copy_partial<size / 2>(padded, p, n);
      return type::load_aligned(padded);
    }
  }

  static void store_partial(T* p, type v, std::size_t n) noexcept {
    if constexpr (predicated) v.store(p, first(n), xsimd::unaligned_mode{});
    else {
      alignas(alignof(type)) T padded[size];
      v.store_aligned(padded);
      copy_partial<size / 2>(p, padded, n);
    }
  }

  /// In how many lanes, or in how many of the first n, the condition holds.
  static std::size_t count(typename type::batch_bool_type condition) noexcept {
    return static_cast<std::size_t>(std::popcount(condition.mask()));
  }
  static std::size_t count(typename type::batch_bool_type condition, std::size_t n) noexcept {
    return static_cast<std::size_t>(std::popcount(condition.mask() & ((std::uint64_t{1} << n) - 1)));
  }

private:
  // Native at full speed. AVX's own masked store is not: tens of cycles on AMD's processors.
  static constexpr bool predicated =
      (size * sizeof(T) == 64 && xsimd::detail::has_mask_store_v<type>) || std::is_same_v<Arch, void>;

  static typename type::batch_bool_type first(std::size_t n) noexcept {
    return type::batch_bool_type::from_mask((std::uint64_t{1} << n) - 1);
  }

  // n elements as the sum of its powers of two: every copy has a constant size, so none is a call.
  template <std::size_t Chunk> static void copy_partial(T* to, const T* from, std::size_t n) noexcept {
    if (n & Chunk) {
      std::memcpy(to, from, Chunk * sizeof(T));
      to += Chunk, from += Chunk;
    }
    if constexpr (Chunk > 1) copy_partial<Chunk / 2>(to, from, n);
  }
};

#endif

/// The type that activations compute on, for T on Arch.
template <class T, class Arch> using lanes_t = typename lanes<T, Arch>::type;

} // namespace relu::inline RELU_ABI::detail
