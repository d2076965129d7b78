// SPDX-License-Identifier: MIT
// Segments: the parts of a call in which the elements of every argument are next to each other. A kernel runs
// once for each of them.
#pragma once

#include <relu/detail/bitmask_words.hpp>
#include <relu/detail/kernels.hpp>
#include <relu/detail/matrices.hpp>
#include <relu/detail/vec.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>

namespace relu::inline RELU_ABI::detail {

/// The elements [at, at + size), numbered row by row, which begin at element (row, column).
struct segment {
  std::size_t at, size, row, column;
};

/// The largest segment whose elements are copied to a buffer.
inline constexpr std::size_t buffered = 512; // elements

// Each argument of a kernel has a source. limit(at) is the largest segment at element `at`; read(s) returns
// what the kernel takes for segment s; written(s) is called after the kernel.
inline constexpr std::size_t no_limit = static_cast<std::size_t>(-1);

struct source {
  static std::size_t limit(std::size_t) noexcept { return no_limit; }
  static void written(const segment&) noexcept {}
};

/// A range.
template <class T> struct range_source : source {
  T* data;
  explicit range_source(T* p) noexcept : data(p) {}
  T* read(const segment& s) const noexcept { return data + s.at; }
};

/// No argument, but segments of at most this size.
struct limit_source : source {
  std::size_t most;
  explicit limit_source(std::size_t n) noexcept : most(n) {}
  std::size_t limit(std::size_t) const noexcept { return most; }
  static std::nullptr_t read(const segment&) noexcept { return nullptr; }
};

/// An argument that the call lacks.
template <class T> struct no_source : source {
  static const T* read(const segment&) noexcept { return nullptr; }
};

/// Copies n elements whose places are `stride`s apart.
template <class T>
[[gnu::always_inline]] inline void copy_elements(std::size_t n, T* to, std::size_t to_stride, const T* from,
                                                 std::size_t from_stride) noexcept {
#pragma GCC unroll 8
  for (std::size_t i = 0; i < n; ++i) write_element(to + i * to_stride, read_element(from + i * from_stride));
}

/// A matrix. Elements that are not next to each other are copied to a buffer and, for an output, back.
template <class T> class matrix_source {
public:
  /// `is_read`: whether the kernel reads it.
  matrix_source(const matrix_view<T>& m, bool is_read) noexcept
      : m_(m),
        is_read_(is_read || std::is_const_v<T>) {}

  std::size_t limit(std::size_t) const noexcept { return m_.column_stride == 1 ? no_limit : buffered; }
  T* read(const segment& s) noexcept {
    T* const first = at(s);
    if (m_.column_stride == 1) return first;
    if (is_read_) copy_elements(s.size, buffer_, 1, first, m_.column_stride);
    return buffer_;
  }
  void written([[maybe_unused]] const segment& s) const noexcept {
    if constexpr (!std::is_const_v<T>) {
      if (m_.column_stride == 1) return;
      copy_elements(s.size, at(s), m_.column_stride, buffer_, 1);
    }
  }

private:
  T* at(const segment& s) const noexcept {
    return m_.data + s.row * m_.row_stride + s.column * m_.column_stride;
  }

  matrix_view<T> m_;
  bool is_read_;
  std::remove_const_t<T> buffer_[buffered];
};

/// A bitmask. If a segment begins within a byte, its bits are copied to a buffer and, for an output, back.
template <class Byte> class mask_source {
public:
  /// `mask` begins with the bit of element `first`.
  explicit mask_source(Byte* mask, std::size_t first = 0) noexcept : mask_(mask), first_(first) {}

  std::size_t limit(std::size_t at) const noexcept { return (at - first_) % 8 == 0 ? no_limit : most; }
  Byte* read(const segment& s) noexcept {
    const std::size_t at = s.at - first_;
    if (at % 8 == 0) return mask_ + at / 8;
    if constexpr (std::is_const_v<Byte>)
      for (std::size_t i = 0; i < s.size; i += word_bits) {
        const std::size_t n = std::min(word_bits, s.size - i);
        store_bits(bits_ + i / 8, load_bits(mask_, at + i, n), n);
      }
    return bits_;
  }
  void written([[maybe_unused]] const segment& s) const noexcept {
    if constexpr (!std::is_const_v<Byte>) {
      const std::size_t at = s.at - first_, before = at % 8;
      if (before == 0) return;
      // The byte in which the segment begins has the last bits of the segment before it.
      std::byte* const to = mask_ + at / 8;
      std::uint64_t carried = load_bits(to, 0, before);
      for (std::size_t i = 0; i < before + s.size; i += word_bits) {
        const std::size_t n = std::min(word_bits, before + s.size - i);
        const std::uint64_t word = i < s.size ? load_bits(bits_, i, std::min(word_bits, s.size - i)) : 0;
        store_bits(to + i / 8, carried | shift_left(word, before), n);
        carried = word >> (word_bits - before);
      }
    }
  }

private:
  static constexpr std::size_t most = 4096;

  Byte* mask_;
  std::size_t first_;
  std::byte bits_[most / 8];
};

/// What relu::biased adds: bias[i / plane % channels] to element i.
template <class T> class bias_source : public source {
public:
  bias_source(const T* bias, std::size_t channels, std::size_t plane) noexcept
      : bias_(bias),
        channels_(channels),
        plane_(plane) {
    if (plane != 1 || channels >= size || channels == 0) return;
    // Several times all channels, so that segments are not short.
    copies_ = size / channels;
    for (std::size_t i = 0; i < copies_ * channels; ++i)
      write_element(buffer_ + i, read_element(bias + i % channels));
  }

  std::size_t limit(std::size_t at) const noexcept {
    if (plane_ == 1) return copies_ * channels_ - at % channels_;
    return std::min(size, plane_ - at % plane_);
  }
  const T* read(const segment& s) noexcept {
    if (plane_ == 1) return (copies_ == 1 ? bias_ : buffer_) + s.at % channels_;
    const std::size_t channel = s.at / plane_ % channels_;
    if (channel != filled_) {
      const T value = read_element(bias_ + channel);
      for (std::size_t i = 0; i < size; ++i) write_element(buffer_ + i, value);
      filled_ = channel;
    }
    return buffer_;
  }

private:
  static constexpr std::size_t size = 1024;

  const T* bias_;
  std::size_t channels_, plane_, copies_ = 1, filled_ = no_limit;
  T buffer_[size];
};

/// The sum of two sources, for a kernel that cannot add. `add` is a kernel that can.
template <class T, class X, class Addend, class Add> class sum_source {
public:
  sum_source(const X& x, const Addend& addend, const Add& add) noexcept : x_(x), addend_(addend), add_(add) {}

  std::size_t limit(std::size_t at) const noexcept {
    return std::min({buffered, x_.limit(at), addend_.limit(at)});
  }
  const T* read(const segment& s) noexcept {
    add_(no_parameters{}, false, s.size, static_cast<T*>(buffer_), x_.read(s), addend_.read(s));
    return buffer_;
  }
  static void written(const segment&) noexcept {}

private:
  std::remove_const_t<X> x_;
  std::remove_const_t<Addend> addend_;
  Add add_;
  T buffer_[buffered];
};

/// Calls f(segment, arguments of a kernel...) for the segments of [begin, begin + n) in a matrix with this
/// many columns, and returns the sum of what it returns.
template <class F, class... S>
auto each_segment(std::size_t begin, std::size_t n, std::size_t columns, F f, S&&... sources) {
  const std::size_t end = begin + n;
  constexpr bool returns = !std::is_void_v<decltype(f(segment{}, sources.read(segment{})...))>;
  std::size_t total = 0;
  if (n == 0) columns = 1;
  for (segment s{begin, 0, begin / columns, begin % columns}; s.at < end; s.at += s.size) {
    if (s.column == columns) s.column = 0, ++s.row;
    s.size = std::min({columns - s.column, end - s.at, sources.limit(s.at)...});
    if constexpr (returns) total += f(s, sources.read(s)...);
    else f(s, sources.read(s)...);
    (sources.written(s), ...);
    s.column += s.size;
  }
  if constexpr (returns) return total;
}

} // namespace relu::inline RELU_ABI::detail
