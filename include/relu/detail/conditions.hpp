// SPDX-License-Identifier: MIT
// Conditions on the elements of a vector: as bits of a word, back from bits, and counted.
#pragma once

#include <relu/detail/float16_vec.hpp>
#include <relu/detail/vec.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

namespace relu::inline RELU_ABI::detail {

[[gnu::always_inline]] constexpr std::size_t popcount(std::uint64_t bits) noexcept {
  return static_cast<std::size_t>(
      __builtin_popcountll(bits)); // not std::popcount, for the reason in detail::bits()
}

/// Conditions on the elements of vec<T, Arch>.
template <class T, class Arch> struct conditions {
  /// Bit i of the word is the condition on element i.
  static constexpr std::uint64_t to_word(bool condition, auto) noexcept { return condition; }

  /// The condition that holds for the elements i with a set bit i.
  static constexpr bool from_word(std::uint64_t word) noexcept { return word & 1; }

  /// How often a condition held, up to 127 times for each element.
  using counter = std::size_t;
  static constexpr counter count_if(counter c, bool condition) noexcept { return c + condition; }
  static constexpr std::size_t sum(counter c) noexcept { return c; }
};

#if RELU_WITH_XSIMD

template <class T, class Arch>
requires has_vector<T, Arch>
struct conditions<T, Arch> {
  using V = vec_t<T, Arch>;
  using condition = typename V::batch_bool_type;
  static constexpr std::size_t size = V::size;

  static std::uint64_t to_word(condition c, whole) noexcept { return c.mask(); }
  static std::uint64_t to_word(condition c, first part) noexcept { return c.mask() & low_bits(part.n); }

  static condition from_word(std::uint64_t word) noexcept {
    if constexpr (sizeof(V) == 64 || size > 8 * sizeof(T))
      return condition::from_mask(size < 64 ? word & low_bits(size % 64) : word);
    else {
      const auto bit = bit_of_each(std::make_index_sequence<size>{});
      return xsimd::batch_bool_cast<T>((decltype(bit)(static_cast<unsigned_bits>(word)) & bit) == bit);
    }
  }

  using counter = xsimd::batch<typename bits_of<T>::type, Arch>;
  static counter count_if(counter c, condition held) noexcept {
    using I = typename bits_of<T>::type;
    return c + xsimd::bitwise_cast<I>(xsimd::select(held, V(__builtin_bit_cast(T, I{1})), V(T(0))));
  }
  static std::size_t sum(counter c) noexcept {
    typename bits_of<T>::type element[size];
    std::memcpy(element, &c, sizeof c);
    std::size_t total = 0;
    for (const auto count : element) total += static_cast<std::size_t>(count);
    return total;
  }

private:
  using unsigned_bits = std::make_unsigned_t<typename bits_of<T>::type>;
  template <std::size_t... I>
  static xsimd::batch<unsigned_bits, Arch> bit_of_each(std::index_sequence<I...>) noexcept {
    return {static_cast<unsigned_bits>(std::uint64_t{1} << I)...};
  }
};

template <float16_element T, class Arch>
requires has_vector<std::int16_t, Arch> && has_vector<float, Arch>
struct conditions<T, Arch> : conditions<std::int16_t, Arch> {};

template <class T, class Arch>
requires has_vector<float, Arch>
struct conditions<widened<T>, Arch> : conditions<float, Arch> {};

#endif

} // namespace relu::inline RELU_ABI::detail
