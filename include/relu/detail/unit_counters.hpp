// SPDX-License-Identifier: MIT
// The counters of unit_activity: for each column of a bitmask, how many rows have a set bit there.
#pragma once

#include <relu/detail/bitmask_words.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace relu::inline RELU_TYPES::parts {

/// 64 counters of 8 bits that are incremented together: bit k of counter i is bit i of planes[k].
struct bit_counters {
  static constexpr std::size_t largest = 255;

  std::uint64_t planes[8];

  /// Adds bit i to counter i, with the carry from plane to plane.
  RELU_MEMBER void add(std::uint64_t bits) noexcept {
    for (std::uint64_t& plane : planes) {
      const std::uint64_t carry = plane & bits;
      plane ^= bits;
      bits = carry;
    }
  }
  RELU_MEMBER std::uint64_t operator[](std::size_t i) const noexcept {
    std::uint64_t count = 0;
    for (std::size_t k = 0; k < 8; ++k) count |= (planes[k] >> i & 1) << k;
    return count;
  }
};

} // namespace relu::inline RELU_TYPES::parts

namespace relu::inline RELU_ABI::detail {

using parts::bit_counters;

/// Adds rows of a bitmask, `columns` bits each, to the counters of the columns.
inline void add_rows(bit_counters* counters, std::size_t columns, const std::byte* mask,
                     std::size_t first_row, std::size_t rows) noexcept {
  for (std::size_t row = first_row; row < first_row + rows; ++row)
    for (std::size_t i = 0; i < columns; i += word_bits)
      counters[i / word_bits].add(load_bits(mask, row * columns + i, std::min(word_bits, columns - i)));
}

/// The count of column i: its total and its counter.
inline std::uint64_t count_of(const std::uint64_t* totals, const bit_counters* counters,
                              std::size_t i) noexcept {
  return totals[i] + counters[i / word_bits][i % word_bits];
}

/// to[i] = the count of column i, for i < n. `to` may be totals.
inline void copy_counts(std::uint64_t* to, const std::uint64_t* totals, const bit_counters* counters,
                        std::size_t n) noexcept {
  for (std::size_t i = 0; i < n; ++i) to[i] = count_of(totals, counters, i);
}

/// to[i] += the count of column i, for i < n. `to` may be totals.
inline void add_counts(std::uint64_t* to, const std::uint64_t* totals, const bit_counters* counters,
                       std::size_t n) noexcept {
  for (std::size_t i = 0; i < n; ++i) to[i] += count_of(totals, counters, i);
}

/// Bit i of mask = whether the count of column i is 0, for i < n.
inline void find_zeros(std::byte* mask, const std::uint64_t* totals, const bit_counters* counters,
                       std::size_t n) noexcept {
  bit_writer to(mask);
  for (std::size_t i = 0; i < n; ++i) to.put(count_of(totals, counters, i) == 0, 1);
  to.end();
}

} // namespace relu::inline RELU_ABI::detail
