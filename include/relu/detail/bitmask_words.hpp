// SPDX-License-Identifier: MIT
// Bitmasks in memory, read and written 64 bits at a time. Bit i is bit i % 8 of byte i / 8, in either byte
// order.
#pragma once

#include <relu/detail/conditions.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace relu::inline RELU_ABI::detail {

inline constexpr std::size_t word_bits = 64;

constexpr std::size_t bytes_for(std::size_t bits) noexcept { return bits / 8 + (bits % 8 != 0); }

// These functions are always inlined, because their types do not contain the instruction set: the second law
// in README.md, "Code for several instruction sets in one program".

[[gnu::always_inline]] inline std::uint64_t load_word(const std::byte* p) noexcept {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
}
[[gnu::always_inline]] inline void store_word(std::byte* p, std::uint64_t word) noexcept {
  if constexpr (std::endian::native != std::endian::little) word = __builtin_bswap64(word);
  std::memcpy(p, &word, sizeof word);
}

/// A byte in which only the bit of element i is set.
[[gnu::always_inline]] inline std::byte bit_of(std::size_t i) noexcept {
  return static_cast<std::byte>(1u << i % 8);
}
[[gnu::always_inline]] inline bool test_bit(const std::byte* mask, std::size_t i) noexcept {
  return (mask[i / 8] & bit_of(i)) != std::byte{0};
}

/// The bits [at, at + n) of a bitmask, n <= 64, then zeros. It reads only bytes that contain one of these
/// bits.
[[gnu::always_inline]] inline std::uint64_t load_bits(const std::byte* mask, std::size_t at,
                                                      std::size_t n) noexcept {
  const std::byte* const p = mask + at / 8;
  const std::size_t skip = at % 8, bytes = bytes_for(skip + n);
  std::uint64_t word = 0;
  if (bytes >= 8) word = load_word(p);
  else
    for (std::size_t i = 0; i < bytes; ++i)
      word |= std::uint64_t{std::to_integer<std::uint8_t>(p[i])} << (8 * i);
  word >>= skip;
  if (bytes > 8) word |= shift_left(std::to_integer<std::uint8_t>(p[8]), 64 - skip);
  return n < 64 ? word & low_bits(n) : word;
}

/// Writes the lowest n <= 64 bits of word at p, then zeros up to the end of the last byte.
[[gnu::always_inline]] inline void store_bits(std::byte* p, std::uint64_t word, std::size_t n) noexcept {
  if (n == 64) return store_word(p, word);
  word &= low_bits(n);
  for (std::size_t i = 0; i < bytes_for(n); ++i) p[i] = static_cast<std::byte>(word >> (8 * i));
}

/// Writes a bitmask from its beginning, up to 64 bits at a time.
class bit_writer {
public:
  [[gnu::always_inline]] explicit bit_writer(std::byte* mask) noexcept : to_(mask) {}

  /// Appends the lowest n <= 64 bits of word. The other bits of word must be 0.
  [[gnu::always_inline]] void put(std::uint64_t word, std::size_t n) noexcept {
    const std::uint64_t both = pending_ | shift_left(word, pending_bits_);
    if (pending_bits_ + n < word_bits) {
      pending_ = both;
      pending_bits_ += n;
      return;
    }
    store_word(to_, both);
    to_ += 8;
    pending_ = word >> 1 >> (63 - pending_bits_);
    pending_bits_ = pending_bits_ + n - word_bits;
  }
  [[gnu::always_inline]] void end() noexcept { store_bits(to_, pending_, pending_bits_); }

private:
  std::byte* to_;
  std::uint64_t pending_ = 0; // bits that are not written yet
  std::size_t pending_bits_ = 0;
};

/// Calls f(word, at, n) for all bits of a bitmask: n bits from `at` on, up to 64 at a time.
template <class F> void each_word(const std::byte* mask, std::size_t size, F f) {
  std::size_t at = 0;
  for (; at + word_bits <= size; at += word_bits) f(load_word(mask + at / 8), at, word_bits);
  if (at < size) f(load_bits(mask, at, size - at), at, size - at);
}

/// The number of set bits.
inline std::size_t count_bits(const std::byte* mask, std::size_t size) noexcept {
  std::size_t total = 0;
  each_word(mask, size, [&](std::uint64_t word, std::size_t, std::size_t) { total += popcount(word); });
  return total;
}

/// to = op(to, other), a word at a time.
template <class Op> void combine(std::byte* to, const std::byte* other, std::size_t size, Op op) {
  each_word(other, size, [&](std::uint64_t word, std::size_t at, std::size_t n) {
    store_bits(to + at / 8, op(load_bits(to, at, n), word), n);
  });
}

/// The position of the first set bit from `at` on, or size if there is none.
inline std::size_t next_bit(const std::byte* mask, std::size_t at, std::size_t size) noexcept {
  for (; at < size; at += word_bits)
    if (const std::uint64_t word = load_bits(mask, at, std::min(word_bits, size - at)))
      return at + static_cast<std::size_t>(__builtin_ctzll(word));
  return size;
}

} // namespace relu::inline RELU_ABI::detail
