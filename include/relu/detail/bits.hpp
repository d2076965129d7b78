// SPDX-License-Identifier: MIT
// Masks in memory: bit i is bit i % 8 of byte i / 8, whatever the byte order. The only loops over their
// words.
#pragma once

#include <relu/detail/lanes.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace relu::inline RELU_ABI::detail {

inline constexpr std::size_t word_bits = 64; // of what is read and written at a time

constexpr std::size_t bytes_for(std::size_t bits) noexcept { return bits / 8 + (bits % 8 != 0); }

// Inlined: kernels may have no function of their own that does not say for which instruction set it is.

[[gnu::always_inline]] inline std::uint64_t load_word(const std::byte* p) noexcept {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
}
[[gnu::always_inline]] inline void store_word(std::byte* p, std::uint64_t word) noexcept {
  if constexpr (std::endian::native != std::endian::little) word = __builtin_bswap64(word);
  std::memcpy(p, &word, sizeof word);
}

/// The bits [at, at + n) of a mask, n <= 64, then zeros. No byte without one of them is read.
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
  if (bytes > 8) word |= std::uint64_t{std::to_integer<std::uint8_t>(p[8])} << (64 - skip);
  return n < 64 ? word & first_bits(n) : word;
}

/// The first n <= 64 bits of word as the first bits at p, then zeros to the end of the last byte.
[[gnu::always_inline]] inline void store_bits(std::byte* p, std::uint64_t word, std::size_t n) noexcept {
  if (n == 64) return store_word(p, word);
  word &= first_bits(n);
  for (std::size_t i = 0; i < bytes_for(n); ++i) p[i] = static_cast<std::byte>(word >> (8 * i));
}

/// Writes a mask from its beginning on, up to 64 bits at a time.
class bit_writer {
public:
  [[gnu::always_inline]] explicit bit_writer(std::byte* mask) noexcept : to_(mask) {}

  /// The first n <= 64 bits of word; the others are 0.
  [[gnu::always_inline]] void put(std::uint64_t word, std::size_t n) noexcept {
    const std::uint64_t both = left_ | word << used_;
    if (used_ + n < word_bits) {
      left_ = both;
      used_ += n;
      return;
    }
    store_word(to_, both);
    to_ += 8;
    left_ = word >> 1 >> (63 - used_);
    used_ = used_ + n - word_bits;
  }
  [[gnu::always_inline]] void end() noexcept { store_bits(to_, left_, used_); }

private:
  std::byte* to_;
  std::uint64_t left_ = 0; // what was not written yet
  std::size_t used_ = 0;   // how many bits that is
};

/// f(word, at, n) for all bits of a mask of that size, up to 64 at a time.
template <class F> void each_word(const std::byte* mask, std::size_t size, F f) {
  std::size_t at = 0;
  for (; at + word_bits <= size; at += word_bits) f(load_word(mask + at / 8), at, word_bits);
  if (at < size) f(load_bits(mask, at, size - at), at, size - at);
}

/// How many bits are set.
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

/// The first set bit from `at` on, or size.
inline std::size_t next_bit(const std::byte* mask, std::size_t at, std::size_t size) noexcept {
  for (; at < size; at += word_bits)
    if (const std::uint64_t word = load_bits(mask, at, std::min(word_bits, size - at)))
      return at + static_cast<std::size_t>(__builtin_ctzll(word));
  return size;
}

/// 64 counters that count together: bit k of counter i is bit i of planes[k].
struct bit_counters {
  static constexpr std::size_t most = 255; // that a counter can say

  std::uint64_t planes[8];

  /// Adds bit i to counter i, carrying from plane to plane.
  void add(std::uint64_t bits) noexcept {
    for (std::uint64_t& plane : planes) {
      const std::uint64_t carry = plane & bits;
      plane ^= bits;
      bits = carry;
    }
  }
  std::uint64_t operator[](std::size_t i) const noexcept {
    std::uint64_t count = 0;
    for (std::size_t k = 0; k < 8; ++k) count |= (planes[k] >> i & 1) << k;
    return count;
  }
};

/// Adds rows of a mask, `columns` bits each, to the counters of the columns.
inline void add_rows(bit_counters* counters, std::size_t columns, const std::byte* mask,
                     std::size_t first_row, std::size_t rows) noexcept {
  for (std::size_t row = first_row; row < first_row + rows; ++row)
    for (std::size_t i = 0; i < columns; i += word_bits)
      counters[i / word_bits].add(load_bits(mask, row * columns + i, std::min(word_bits, columns - i)));
}

/// What a counter and the total that it belongs to say.
inline std::uint64_t count_of(const std::uint64_t* totals, const bit_counters* counters,
                              std::size_t i) noexcept {
  return totals[i] + counters[i / word_bits][i % word_bits];
}

/// to[i] = the count i, for i < n. to may be totals.
inline void copy_counts(std::uint64_t* to, const std::uint64_t* totals, const bit_counters* counters,
                        std::size_t n) noexcept {
  for (std::size_t i = 0; i < n; ++i) to[i] = count_of(totals, counters, i);
}

/// to[i] += the count i, for i < n. to may be totals.
inline void add_counts(std::uint64_t* to, const std::uint64_t* totals, const bit_counters* counters,
                       std::size_t n) noexcept {
  for (std::size_t i = 0; i < n; ++i) to[i] += count_of(totals, counters, i);
}

/// Bit i of mask = whether the count i is 0, for i < n.
inline void find_zeros(std::byte* mask, const std::uint64_t* totals, const bit_counters* counters,
                       std::size_t n) noexcept {
  bit_writer to(mask);
  for (std::size_t i = 0; i < n; ++i) to.put(count_of(totals, counters, i) == 0, 1);
  to.end();
}

} // namespace relu::inline RELU_ABI::detail
