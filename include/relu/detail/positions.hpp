// SPDX-License-Identifier: MIT
// Compressing with positions of any integer type: the kernel writes positions of 32 bits.
#pragma once

#include <relu/detail/operands.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace relu::inline RELU_ABI::detail {

/// The types of positions.
using position_types = type_list<std::int32_t, std::int64_t, std::uint32_t, std::uint64_t>;

/// Writes the nonzero act.value(x[i]) and their positions first + i, for which there is room. Returns how
/// many there are. `kernel` is find_kernel<compress_kernel, A, T>().
template <class Kernel, class A, class T, class I>
std::size_t compress_row(const Kernel& kernel, const A& act, std::size_t first, std::span<const T> x,
                         std::span<T> values, std::span<I> indices) {
  const std::size_t capacity = std::min(values.size(), indices.size());
  if constexpr (sizeof(I) == sizeof(std::uint32_t))
    return kernel(act, false, x.size(), values.data(), reinterpret_cast<std::uint32_t*>(indices.data()),
                  capacity, first, x.data());
  else {
    constexpr std::size_t block = 1024;
    std::uint32_t positions[block];
    std::size_t found = 0;
    for (std::size_t begin = 0; begin < x.size(); begin += block) {
      const std::size_t size = std::min(x.size() - begin, block);
      const std::size_t more = kernel(act, false, size, values.data() + found, positions,
                                      std::min(capacity - found, block), std::size_t{0}, x.data() + begin);
      for (std::size_t i = 0; i < more; ++i)
        write_element(indices.data() + found + i, static_cast<I>(first + begin + positions[i]));
      found += more;
    }
    return found;
  }
}

/// compress_row for the elements [begin, begin + n) of an operand, with positions from `first` on.
template <class Kernel, class A, class X, class T, class I>
std::size_t compress_row(const Kernel& kernel, const A& act, std::size_t first, const X& x, std::size_t begin,
                         std::size_t n, std::span<T> values, std::span<I> indices) {
  std::size_t found = 0;
  each_range(x, begin, n, [&](std::size_t at, std::span<const T> some) {
    found += detail::compress_row(kernel, act, first + (at - begin), some, values.subspan(found),
                                  indices.subspan(found));
  });
  return found;
}

/// compress_row for each row of x from element `begin` on. values and indices already contain `found`
/// results, and ends[r] becomes the number of results up to the end of row r. Returns how many results are
/// new.
template <class Kernel, class A, class X, class T, class I>
std::size_t compress_rows(const Kernel& kernel, const A& act, const X& x, std::size_t begin,
                          std::size_t columns, std::size_t found, std::span<T> values, std::span<I> indices,
                          std::span<I> ends) {
  const std::size_t before = found;
  for (I& end : ends) {
    found += detail::compress_row(kernel, act, 0, x, begin, columns, values.subspan(found),
                                  indices.subspan(found));
    begin += columns;
    write_element(&end, static_cast<I>(found));
  }
  return found - before;
}

} // namespace relu::inline RELU_ABI::detail
