// SPDX-License-Identifier: MIT
// The only loops over elements.
#pragma once

#include <relu/detail/bits.hpp>
#include <relu/detail/lanes.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace relu::inline RELU_ABI::detail {

inline constexpr std::size_t cache_line =
    64; // bytes, on every processor that matters; where not, only slower

/// Elements before the first line of the cache that begins in out, which is aligned to its elements.
template <class T> [[gnu::always_inline]] inline std::size_t to_next_line(const T* out) noexcept {
  return -reinterpret_cast<std::uintptr_t>(out) % cache_line / sizeof(T);
}

/// Whether out can be written past the caches: lines begin and end between elements.
template <class T> [[gnu::always_inline]] inline bool aligned_to_elements(const T* out) noexcept {
  return reinterpret_cast<std::uintptr_t>(out) % sizeof(T) == 0;
}

/// The same of n elements, which have to fill a line.
template <class T> [[gnu::always_inline]] inline bool streamable(const T* out, std::size_t n) noexcept {
  return aligned_to_elements(out) && n >= cache_line / sizeof(T);
}

// flatten: everything is inlined, whatever the compiler thinks of its size. A call for each group would cost
// more than what it computes. noinline: what is much code is called, once for many groups.

/// map_cached for an op that is much code: it is there once, for the last group, too, which is also loaded
/// first and stored last.
template <class Arch, class Op, class T, class... In>
[[gnu::flatten, gnu::noinline]] void map_costly(Op op, std::size_t n, T* out, const In*... in) {
  using group = lanes<T, Arch>;
  constexpr std::size_t width = group::size;
  if (n == 0) return;

  const std::size_t end = n < width ? 0 : n - width;
  const auto load_last = [=](const T* p) {
    return n < width ? group::load_partial(p, n) : group::load(p + end);
  };
  const auto map_all = [=](auto... last) {
    for (std::size_t i = 0;; i += width) {
      const bool is_last = i >= end;
      const auto result = op((is_last ? last : group::load(in + i))...);
      if (!is_last) group::store(out + i, result);
      else if (n < width) return group::store_partial(out, result, n);
      else return group::store(out + end, result);
    }
  };
  map_all(load_last(in)...);
}

/// out[i] = op(in[i]...) for i < n. Every input is out itself or does not overlap it.
template <class Arch, class Op, class T, class... In>
[[gnu::flatten]] void map_cached(Op op, std::size_t n, T* out, const In*... in) {
  using group = lanes<T, Arch>;
  constexpr std::size_t width = group::size;

  if constexpr (width == 1) {
    for (std::size_t i = 0; i < n; ++i) group::store(out + i, op(group::load(in + i)...));
  } else if constexpr (Op::costly) {
    map_costly<Arch>(op, n, out, in...);
  } else if (n < width) {
    if (n != 0) group::store_partial(out, op(group::load_partial(in, n)...), n);
  } else {
    // The last group ends at n, wherever that is: it may repeat elements of the group before it. In place
    // these are gone by then, so it is computed first and stored last.
    const std::size_t end = n - width;
    const auto last = op(group::load(in + end)...);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < end; i += width) group::store(out + i, op(group::load(in + i)...));
    group::store(out + end, last);
  }
}

/// The same for more data than the caches hold, if out is streamable; no input may be out. The lines of the
/// cache that out fills are written past it: their old contents are not read, and what is in the cache stays
/// there.
template <class Arch, class Op, class T, class... In>
[[gnu::flatten]] void map_streaming(Op op, std::size_t n, T* out, const In*... in) {
  using group = lanes<T, Arch>;
  constexpr std::size_t line = cache_line / sizeof(T);
  const auto write_line = [&](std::size_t at, auto write) {
#pragma GCC unroll 16
    for (std::size_t i = 0; i < line; i += group::size) write(out + at + i, op(group::load(in + at + i)...));
  };

  // The first and the last line through the cache, wherever they begin, and the whole ones between them.
  const std::size_t ends[]{0, n - line};
#pragma GCC unroll 1
  for (const std::size_t at : ends) write_line(at, group::store);
  std::size_t i = to_next_line(out);
  for (; i + line <= n; i += line) write_line(i, group::stream);
  group::fence();
}

/// The one or the other.
template <class Arch, class Op, class T, class... In>
void map(Op op, [[maybe_unused]] bool streaming, std::size_t n, T* out, const In*... in) {
  if constexpr (lanes<T, Arch>::streams && !Op::costly) {
    if (streaming && streamable(out, n)) return map_streaming<Arch>(op, n, out, in...);
  }
  map_cached<Arch>(op, n, out, in...);
}

// --- with one bit for each element, 64 of them at a time ---

// The whole blocks are inlined, with what they count and write in registers; the few elements before and
// after them are a function of their own: they would be half of the code.
#define RELU_INLINED __attribute__((always_inline))

/// whole(i) for the blocks of 64 elements of out, and part(i, n) for the fewer elements before
/// and after them. What is to be written past the caches, in an out that is aligned to its elements, begins
/// at a cache line.
template <class Arch, bool Streaming, class T, class Whole, class Part>
[[gnu::always_inline]] inline void each_block(std::size_t n, const T* out, Whole whole, Part part) {
  std::size_t i = 0;
  if constexpr (Streaming) {
    i = to_next_line(out);
    if (i > n) i = n;
    if (i != 0) part(std::size_t{0}, i);
  }
  for (; i + word_bits <= n; i += word_bits) whole(i);
  if constexpr (Streaming) lanes<T, Arch>::fence();
  if (i != n) part(i, n - i);
}

/// group(i) for the groups of lanes of a block.
template <class Arch, class T, class Group> [[gnu::always_inline]] inline void each_group(Group group) {
#pragma GCC unroll 8
  for (std::size_t i = 0; i < word_bits; i += lanes<T, Arch>::size) group(i);
}

/// group(i) for those of n elements, and rest(i, m) for the m elements that are left.
template <class Arch, class T, class Group, class Rest>
[[gnu::always_inline]] inline void each_group(std::size_t n, Group group, Rest rest) {
  constexpr std::size_t width = lanes<T, Arch>::size;
  std::size_t i = 0;
#pragma GCC unroll 1
  for (; i + width <= n; i += width) group(i);
  if constexpr (width > 1) {
    if (i < n) rest(i, n - i);
  }
}

template <class Arch, bool Streaming, class T, class V>
[[gnu::always_inline]] inline void store_group(T* out, V v) noexcept {
  if constexpr (Streaming) lanes<T, Arch>::stream(out, v);
  else lanes<T, Arch>::store(out, v);
}

/// The mask of n <= 64 elements, as map_to_mask makes it.
template <class Arch, bool HasOut, class Op, class T>
[[gnu::flatten, gnu::noinline]] std::uint64_t map_to_bits(Op op, std::size_t n, T* out, const T* in) {
  using group = lanes<T, Arch>;
  std::uint64_t word = 0;
  each_group<Arch, T>(
      n,
      [&](std::size_t i) {
        const auto x = group::load(in + i);
        if constexpr (HasOut) group::store(out + i, op.value(x));
        word |= group::mask(op.active(x)) << i;
      },
      [&]([[maybe_unused]] std::size_t i, [[maybe_unused]] std::size_t m) {
        if constexpr (group::size > 1) {
          const auto x = group::load_partial(in + i, m);
          if constexpr (HasOut) group::store_partial(out + i, op.value(x), m);
          word |= group::mask(op.active(x), m) << i;
        }
      });
  return word;
}

/// Bit i of mask = whether op.active(in[i]), and out[i] = op.value(in[i]); returns how many bits are set. in
/// is out itself or does not overlap it. Without an out (null) only the mask is written.
template <class Arch, bool HasOut, bool Streaming, class Op, class T>
[[gnu::flatten]] std::size_t map_to_mask(Op op, std::size_t n, T* out, std::byte* mask, const T* in) {
  using group = lanes<T, Arch>;
  std::size_t total = 0;
  bit_writer to(mask);
  each_block<Arch, Streaming>(
      n, out,
      [&](std::size_t begin) RELU_INLINED {
        std::uint64_t word = 0;
        each_group<Arch, T>([&](std::size_t i) RELU_INLINED {
          const auto x = group::load(in + begin + i);
          if constexpr (HasOut) store_group<Arch, Streaming>(out + begin + i, op.value(x));
          word |= group::mask(op.active(x)) << i;
        });
        total += popcount(word);
        to.put(word, word_bits);
      },
      [&](std::size_t begin, std::size_t size) RELU_INLINED {
        const std::uint64_t word =
            map_to_bits<Arch, HasOut>(op, size, HasOut ? out + begin : nullptr, in + begin);
        total += popcount(word);
        to.put(word, size);
      });
  to.end();
  return total;
}

/// map_from_mask for n < 64 elements.
template <class Arch, class Op, class T, class... In>
[[gnu::flatten, gnu::noinline]] void map_from_bits(Op op, std::size_t n, T* out, std::uint64_t word,
                                                   const In*... in) {
  using group = lanes<T, Arch>;
  each_group<Arch, T>(
      n,
      [&](std::size_t i) {
        group::store(out + i, op(group::condition_of(word >> i), group::load(in + i)...));
      },
      [&]([[maybe_unused]] std::size_t i, [[maybe_unused]] std::size_t m) {
        if constexpr (group::size > 1)
          group::store_partial(out + i, op(group::condition_of(word >> i), group::load_partial(in + i, m)...),
                               m);
      });
}

/// out[i] = op(bit i of mask, in[i]...). Every input is out itself or does not overlap it.
template <class Arch, bool Streaming, class Op, class T, class... In>
[[gnu::flatten]] void map_from_mask(Op op, std::size_t n, T* out, const std::byte* mask, const In*... in) {
  using group = lanes<T, Arch>;
  each_block<Arch, Streaming>(
      n, out,
      [&](std::size_t begin) RELU_INLINED {
        const std::uint64_t word =
            Streaming ? load_bits(mask, begin, word_bits) : load_word(mask + begin / 8);
        each_group<Arch, T>([&](std::size_t i) RELU_INLINED {
          store_group<Arch, Streaming>(out + begin + i,
                                       op(group::condition_of(word >> i), group::load(in + begin + i)...));
        });
      },
      [&](std::size_t begin, std::size_t size) RELU_INLINED {
        map_from_bits<Arch>(op, size, out + begin, load_bits(mask, begin, size), (in + begin)...);
      });
}

// --- with a weight for each channel: element i has weight[i / plane % channels] ---

/// The weights of channels that alternate, so that those of 64 elements in a row are in a row, too.
template <class Arch, class T> class alternating {
public:
  /// For n elements.
  [[gnu::always_inline]] alternating(const T* weight, std::size_t channels, std::size_t n) noexcept
      : weight_(weight),
        first_(channels < word_bits ? 0 : channels - word_bits),
        period_(channels) {
    while (period_ < word_bits) period_ += channels;
    const std::size_t end = n < period_ + word_bits ? n : period_ + word_bits;
    for (std::size_t i = first_, channel = first_; i < end; ++i) {
      copies_[i - first_] = weight[channel];
      if (++channel == channels) channel = 0;
    }
  }

  /// The weights of the next n <= 64 elements.
  [[gnu::always_inline]] const T* next(std::size_t n) noexcept {
    const T* const here = at_ < first_ ? weight_ + at_ : copies_ + (at_ - first_);
    at_ += n;
    if (at_ >= period_) at_ -= period_;
    return here;
  }

private:
  const T* weight_;
  std::size_t first_, period_; // of the weights that were copied: the last ones, and those that follow them
  std::size_t at_ = 0;
  T copies_[3 * word_bits];
};

/// out[i] = op(weight[i], in[i]...) for n < 64 elements.
template <class Arch, class Op, class T, class... In>
[[gnu::flatten, gnu::noinline]] void map_few(Op op, std::size_t n, T* out, const In*... in) {
  using group = lanes<T, Arch>;
  each_group<Arch, T>(
      n, [&](std::size_t i) { group::store(out + i, op(group::load(in + i)...)); },
      [&]([[maybe_unused]] std::size_t i, [[maybe_unused]] std::size_t m) {
        if constexpr (group::size > 1)
          group::store_partial(out + i, op(group::load_partial(in + i, m)...), m);
      });
}

/// out[i] = op(weight[i % channels], in[i]...).
template <class Arch, bool Streaming, class Op, class T, class... In>
[[gnu::flatten]] void map_alternating(Op op, const T* weight, std::size_t channels, std::size_t n, T* out,
                                      const In*... in) {
  using group = lanes<T, Arch>;
  alternating<Arch, T> weights(weight, channels, n);
  each_block<Arch, Streaming>(
      n, out,
      [&](std::size_t begin) RELU_INLINED {
        const T* const w = weights.next(word_bits);
        each_group<Arch, T>([&](std::size_t i) RELU_INLINED {
          store_group<Arch, Streaming>(out + begin + i,
                                       op(group::load(w + i), group::load(in + begin + i)...));
        });
      },
      [&](std::size_t begin, std::size_t size)
          RELU_INLINED { map_few<Arch>(op, size, out + begin, weights.next(size), (in + begin)...); });
}

/// op with the same weight for all.
template <class Op, class T> struct with_weight {
  static constexpr bool costly = Op::costly;
  Op op;
  T weight;

  template <class V, class... Vs> constexpr V operator()(V first, Vs... others) const {
    return op(V(weight), first, others...);
  }
};

/// out[i] = op(weight[i / plane % channels], in[i]...), for n = 0 or whole samples of channels * plane
/// elements. Every input is out itself or does not overlap it.
template <class Arch, class Op, class T, class... In>
void map_by_channel(Op op, [[maybe_unused]] bool streaming, const T* weight, std::size_t channels,
                    std::size_t plane, std::size_t n, T* out, const In*... in) {
  if (channels == 1) plane = n;
  if (plane > 1) {
    constexpr std::size_t worth_streaming = 64 * cache_line; // bytes: lines at the ends are not streamed
    const bool long_enough = plane * sizeof(T) >= worth_streaming;
    for (std::size_t i = 0, channel = 0; i < n; i += plane) {
      map<Arch>(with_weight<Op, T>{op, weight[channel]}, streaming && long_enough, plane, out + i,
                (in + i)...);
      if (++channel == channels) channel = 0;
    }
    return;
  }
  if (n == 0) return;
  if constexpr (lanes<T, Arch>::streams) {
    if (streaming && aligned_to_elements(out))
      return map_alternating<Arch, true>(op, weight, channels, n, out, in...);
  }
  map_alternating<Arch, false>(op, weight, channels, n, out, in...);
}

// Sums are the same on every instruction set: which numbers are added, in which order, depends on nothing but
// how many elements, channels and elements of a plane there are. All is added in double.

inline constexpr std::size_t most_sums = 512; // at a time

/// How many sums a sequence of n elements of channels that alternate is added to, element i to sum i % that:
/// some for each channel, so that groups are whole, and their additions need not wait for each other.
template <class Arch> std::size_t sums_for(std::size_t channels, std::size_t n) noexcept {
  std::size_t sums = channels;
  while (sums < most_sums / 2 && sums % word_bits != 0 && 2 * sums <= n) sums *= 2;
  return sums;
}

/// sums[i] += a[i] * b[i] where op(b[i]). Of up to a group behind them, which must be there, the bits stay
/// the same.
template <class Arch, class Op, class T>
[[gnu::flatten]] void add_to_sums(Op op, std::size_t n, double* sums, const T* a, const T* b) {
  using group = lanes<T, Arch>;
  using wide = lanes<double, Arch>;
  using V = typename group::type;
  const auto add = [&](double* to, V a_group, V b_group) RELU_INLINED {
    const auto counts = op(b_group);
    const V factor = detail::select(counts, a_group, V(0)), other = detail::select(counts, b_group, V(0));
    each_in_double(factor, other, [&](std::size_t i, auto a_wide, auto b_wide) RELU_INLINED {
      // Opaque: the product is rounded before it is added, and -ffast-math lets a compiler change the order,
      // and leave out the addition to 0.
      const auto product = opaque(detail::multiply(a_wide, b_wide));
      wide::store(to + i, opaque(detail::add(opaque(wide::load(to + i)), product)));
    });
  };
  each_group<Arch, T>(
      n, [&](std::size_t i) RELU_INLINED { add(sums + i, group::load(a + i), group::load(b + i)); },
      [&]([[maybe_unused]] std::size_t i, [[maybe_unused]] std::size_t m) RELU_INLINED {
        if constexpr (group::size > 1)
          add(sums + i, group::load_partial(a + i, m), group::load_partial(b + i, m));
      });
}

/// to[i] = what n sums, a power of 2 for each of the channels, are together.
template <class Arch, class T>
void store_sums(std::size_t channels, std::size_t n, double* sums, T* to) noexcept {
  while (n > channels) {
    n /= 2;
    for (std::size_t i = 0; i < n; ++i) sums[i] = opaque(sums[i] + opaque(sums[i + n]));
  }
  for (std::size_t i = 0; i < channels; ++i) to[i] = static_cast<T>(sums[i]);
}

/// to[channel] = the sum of its a[i] * b[i] where op(b[i]), for n = 0 or whole samples of channels * plane
/// elements.
template <class Arch, class Op, class T>
void sum_by_channel(Op op, std::size_t channels, std::size_t plane, std::size_t n, T* to, const T* a,
                    const T* b) {
  double sums[most_sums + word_bits]; // as many more as a group may have lanes
  const auto clear = [&](std::size_t size) {
    for (std::size_t i = 0; i < size + word_bits; ++i) sums[i] = 0;
  };
  const auto add = [&](std::size_t from, std::size_t end, std::size_t size, double* to_sums) RELU_INLINED {
    const std::size_t left = end - from;
    add_to_sums<Arch>(op, left < size ? left : size, to_sums, a + from, b + from);
  };
  if (channels == 1) plane = n;
  if (plane == 1) { // a matrix, so many of its columns at a time
    const std::size_t columns = sums_for<Arch>(channels, n);
    for (std::size_t first = 0; first < channels; first += most_sums) {
      const std::size_t left = columns - first, some = left < most_sums ? left : most_sums;
      clear(some);
      for (std::size_t i = first; i < n; i += columns) add(i, n, some, sums);
      store_sums<Arch>(some < channels ? some : channels, some, sums, to + first);
    }
    return;
  }
  const std::size_t each = sums_for<Arch>(1, plane), most = most_sums / each;
  for (std::size_t first = 0; first < channels; first += most) {
    const std::size_t left = channels - first, some = left < most ? left : most;
    clear(some * each);
    for (std::size_t sample = first * plane; sample < n; sample += channels * plane)
      for (std::size_t channel = 0; channel < some; ++channel) {
        const std::size_t begin = sample + channel * plane, end = begin + plane;
        for (std::size_t i = begin; i < end; i += each) add(i, end, each, sums + channel * each);
      }
    for (std::size_t channel = 0; channel < some; ++channel)
      store_sums<Arch>(1, each, sums + channel * each, to + first + channel);
  }
}

/// f(begin, size, y) for blocks of the values of a costly op, which are computed as forward does: what is
/// done with them is not compiled for each op.
template <class Arch, class Op, class T, class F>
void each_block_of_values(Op op, std::size_t n, const T* in, F f) {
  constexpr std::size_t block = 256;
  alignas(cache_line) T y[block];
  for (std::size_t i = 0; i < n; i += block) {
    const std::size_t size = n - i < block ? n - i : block;
    map_cached<Arch>(op, size, y, in + i);
    f(i, size, y);
  }
}

/// The op.value(in[i]) that are not zero, and first + i of each; returns how many there are, which
/// must be no more than capacity. Behind them values and indices may be overwritten, as far as the capacity
/// goes.
template <class Arch, class Op, class T>
[[gnu::flatten, gnu::noinline]] std::size_t compress_values(Op op, std::size_t first, std::size_t n,
                                                            const T* in, T* values, std::uint32_t* indices,
                                                            [[maybe_unused]] std::size_t capacity) {
  using group = lanes<T, Arch>;
  std::size_t found = 0, i = 0;
  if constexpr (group::compresses) {
    // A block is read before any of it is written. Where a group goes depends on how many before it were not
    // zero: a processor that expects a load to need an earlier store would wait until it knows where that is.
    const auto block = [&]<std::size_t... J>(std::index_sequence<J...>) RELU_INLINED {
      const auto write = [&](std::size_t at, auto y) RELU_INLINED {
        const std::uint64_t nonzero = group::mask(op.is_zero(y)) ^ first_bits(group::size);
        group::compress(values + found, indices + found, y, nonzero, static_cast<std::uint32_t>(first + at));
        found += popcount(nonzero);
      };
      const typename group::type y[]{op.value(group::load(in + i + J * group::size))...};
      (write(i + J * group::size, y[J]), ...);
      i += sizeof...(J) * group::size;
    };
    const auto fits = [&](std::size_t groups) RELU_INLINED {
      return i + groups * group::size <= n && found + groups * group::size <= capacity;
    };
    while (fits(8)) block(std::make_index_sequence<8>{});
    while (fits(1)) block(std::make_index_sequence<1>{});
  }
  // The others one by one, and where there is no room for a whole group.
  T block[word_bits];
  for (; i < n; i += word_bits) {
    std::uint64_t word = map_to_bits<Arch, true>(op, n - i < word_bits ? n - i : word_bits, block, in + i);
    for (; word != 0; word &= word - 1) {
      const auto at = static_cast<std::uint32_t>(__builtin_ctzll(word));
      values[found] = block[at];
      indices[found++] = static_cast<std::uint32_t>(first + i) + at;
    }
  }
  return found;
}

/// The same from 0, of any op.
template <class Arch, class Op, class T>
std::size_t compress(Op op, std::size_t n, const T* in, T* values, std::uint32_t* indices,
                     std::size_t capacity) {
  if constexpr (Op::costly) {
    std::size_t found = 0;
    each_block_of_values<Arch>(op.value, n, in, [&](std::size_t begin, std::size_t size, const T* y) {
      found += compress_values<Arch>(typename Op::of_values{}, begin, size, y, values + found,
                                     indices + found, capacity - found);
    });
    return found;
  } else return compress_values<Arch>(op, 0, n, in, values, indices, capacity);
}

/// y[indices[i]] = values[i] for i < n.
template <class T, class I> void scatter(std::size_t n, const T* values, const I* indices, T* y) {
  for (std::size_t i = 0; i < n; ++i) y[indices[i]] = values[i];
}

/// The first i < n with an index that is not below size, or n.
template <class I> std::size_t find_not_below(std::size_t size, std::size_t n, const I* indices) {
  for (std::size_t i = 0; i < n; ++i)
    if (static_cast<std::size_t>(indices[i]) >= size) return i;
  return n;
}

/// row(i) for i < n.
template <class Row> void each_row(std::size_t n, Row row) {
  for (std::size_t i = 0; i < n; ++i) row(i);
}

/// For how many i < n the condition op(in[i]) holds.
template <class Arch, class Op, class T>
[[gnu::flatten, gnu::noinline]] std::size_t count_values(Op op, std::size_t n, const T* in) {
  using group = lanes<T, Arch>;
  constexpr std::size_t width = group::size;

  std::size_t total = 0;
  std::size_t i = 0;
  while (i + width <= n) {
    constexpr std::size_t most = 120 * width; // a lane counts to 127
    const std::size_t end = n - i < most ? n : i + most;
    typename group::counter counts{};
#pragma GCC unroll 4
    for (; i + width <= end; i += width) counts = group::count_if(counts, op(group::load(in + i)));
    total += group::sum(counts);
  }
  if constexpr (width > 1) {
    if (i < n) total += popcount(group::mask(op(group::load_partial(in + i, n - i)), n - i));
  }
  return total;
}

/// The same, of any op.
template <class Arch, class Op, class T> std::size_t count(Op op, std::size_t n, const T* in) {
  if constexpr (Op::costly) {
    std::size_t total = 0;
    each_block_of_values<Arch>(op.value, n, in, [&](std::size_t, std::size_t size, const T* y) {
      total += count_values<Arch>(typename Op::of_values{}, size, y);
    });
    return total;
  } else return count_values<Arch>(op, n, in);
}

} // namespace relu::inline RELU_ABI::detail

#undef RELU_INLINED
