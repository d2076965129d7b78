// SPDX-License-Identifier: MIT
// Sums for each channel, the same bits on every instruction set: which numbers are added in which order
// depends only on the number of elements, channels and elements of a plane. All sums are computed in double.
#pragma once

#include <relu/detail/blocks.hpp>
#include <relu/detail/widening.hpp>

#include <cstddef>

namespace relu::inline RELU_ABI::detail {

inline constexpr std::size_t max_sums = 512; // at a time

/// A sequence of n elements with alternating channels is added to this many sums, element i to sum i %
/// sums_for(...). There are several sums for each channel, so that vectors are whole and additions do not
/// wait for each other.
template <class Arch> std::size_t sums_for(std::size_t channels, std::size_t n) noexcept {
  std::size_t sums = channels;
  while (sums < max_sums / 2 && sums % word_bits != 0 && 2 * sums <= n) sums *= 2;
  return sums;
}

/// sums[i] += a[i] * b[i] where op(b[i]). It may also read and rewrite up to one vector of sums beyond n.
/// That memory must exist; its values are preserved.
template <class Arch, class Op, class T>
[[gnu::flatten]] void add_to_sums(Op op, std::size_t n, double* sums, const T* a, const T* b) {
  using V = vec_t<T, Arch>;
  using wide = vec<double, Arch>;
  each_vector<Arch, T>(n, [&](std::size_t i, auto part) RELU_INLINED {
    const V a_i = vec<T, Arch>::load(a + i, part), b_i = vec<T, Arch>::load(b + i, part);
    const auto counts = op(b_i);
    each_in_double(detail::select(counts, a_i, V(0)), detail::select(counts, b_i, V(0)),
                   [to = sums + i](std::size_t j, auto a_wide, auto b_wide) RELU_INLINED {
                     // The barriers round the product before the addition, keep the order under -ffast-math,
                     // and keep the addition to 0.
                     const auto product = barrier(detail::multiply(a_wide, b_wide));
                     const auto before = barrier(wide::load(to + j, whole{}));
                     wide::store(to + j, barrier(detail::add(before, product)), whole{});
                   });
  });
}

/// to[channel] = the total of its sums, where n sums are a power of 2 for each channel.
template <class Arch, class T>
void store_sums(std::size_t channels, std::size_t n, double* sums, T* to) noexcept {
  while (n > channels) {
    n /= 2;
    for (std::size_t i = 0; i < n; ++i) sums[i] = barrier(sums[i] + barrier(sums[i + n]));
  }
  for (std::size_t i = 0; i < channels; ++i) write_element(to + i, static_cast<T>(sums[i]));
}

/// to[channel] = the sum of a[i] * b[i] over the elements of the channel where op(b[i]), where n is 0 or a
/// multiple of channels * plane.
template <class Arch, class Op, class T>
void sum_by_channel(Op op, std::size_t channels, std::size_t plane, std::size_t n, T* to, const T* a,
                    const T* b) {
  double sums[max_sums + word_bits]; // add_to_sums may touch one vector more
  const auto clear = [&](std::size_t size) {
    for (std::size_t i = 0; i < size + word_bits; ++i) sums[i] = 0;
  };
  const auto add = [&](std::size_t begin, std::size_t end, std::size_t size, double* to_sums) RELU_INLINED {
    const std::size_t left = end - begin;
    add_to_sums<Arch>(op, left < size ? left : size, to_sums, a + begin, b + begin);
  };
  if (channels == 1) plane = n;
  if (plane == 1) { // a matrix: some of its columns at a time
    const std::size_t columns = sums_for<Arch>(channels, n);
    for (std::size_t first_column = 0; first_column < channels; first_column += max_sums) {
      const std::size_t left = columns - first_column, some = left < max_sums ? left : max_sums;
      clear(some);
      for (std::size_t i = first_column; i < n; i += columns) add(i, n, some, sums);
      store_sums<Arch>(some < channels ? some : channels, some, sums, to + first_column);
    }
    return;
  }
  const std::size_t each = sums_for<Arch>(1, plane), most = max_sums / each;
  for (std::size_t first_channel = 0; first_channel < channels; first_channel += most) {
    const std::size_t left = channels - first_channel, some = left < most ? left : most;
    clear(some * each);
    for (std::size_t sample = first_channel * plane; sample < n; sample += channels * plane)
      for (std::size_t channel = 0; channel < some; ++channel) {
        const std::size_t begin = sample + channel * plane, end = begin + plane;
        for (std::size_t i = begin; i < end; i += each) add(i, end, each, sums + channel * each);
      }
    for (std::size_t channel = 0; channel < some; ++channel)
      store_sums<Arch>(1, each, sums + channel * each, to + first_channel + channel);
  }
}

} // namespace relu::inline RELU_ABI::detail
