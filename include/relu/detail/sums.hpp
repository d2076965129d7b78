// SPDX-License-Identifier: MIT
// Sums for each channel, the same bits on every instruction set: which numbers are added in which order
// depends only on the number of elements, channels and elements of a plane. All sums are computed in double.
#pragma once

#include <relu/detail/blocks.hpp>
#include <relu/detail/widening.hpp>
#include <relu/math/conditions.hpp>

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

/// What is added for dy and x: dy x where min(0, x) is not 0, for the gradient of the weights of prelu.
struct weight_gradient_op {
  template <class V, class Add> [[gnu::always_inline]] void operator()(Add add, V dy, V x) const {
    const auto counts = math::is_negative(x) || math::is_nan(x);
    each_in_double(detail::select(counts, dy, V(0)), detail::select(counts, x, V(0)),
                   [=](std::size_t i, auto dy_wide, auto x_wide) RELU_INLINED {
                     add(i, barrier(detail::multiply(dy_wide, x_wide))); // rounds before the addition
                   });
  }
};
/// dx, for the gradient of a bias.
struct bias_gradient_op {
  template <class V, class Add> [[gnu::always_inline]] void operator()(Add add, V dx) const {
    each_in_double(dx, dx, [=](std::size_t i, auto wide, auto) RELU_INLINED { add(i, wide); });
  }
};

/// sums[i] += op(in[i]...). It may also read and rewrite up to one vector of sums beyond n. That memory must
/// exist; its values are preserved.
template <class Arch, class Op, class T, class... In>
[[gnu::flatten]] void add_to_sums(Op op, std::size_t n, double* sums, const T* first_in, const In*... in) {
  using wide = vec<double, Arch>;
  each_vector<Arch, T>(n, [&](std::size_t i, auto part) RELU_INLINED {
    const auto add = [to = sums + i](std::size_t j, auto addend) RELU_INLINED {
      // The barriers keep the order under -ffast-math, and keep the addition to 0.
      const auto before = barrier(wide::load(to + j, whole{}));
      wide::store(to + j, barrier(detail::add(before, addend)), whole{});
    };
    op(add, vec<T, Arch>::load(first_in + i, part), vec<In, Arch>::load(in + i, part)...);
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

/// Where the elements of an input are: element i is in row i / columns.
struct input_strides {
  std::size_t columns, row_stride, column_stride;
};
/// The channels of inputs that are matrices.
struct channel_sums {
  std::size_t channels, plane;
  input_strides of[2];
};

/// An input of sum_by_channel.
template <class T, class Arch> class summed_input {
public:
  summed_input(const T* data, const input_strides& by) noexcept : data_(data), by_(by) {}

  /// The elements [begin, begin + n), n <= max_sums. They are copied if they are not next to each other.
  const T* at(std::size_t begin, std::size_t n) noexcept {
    std::size_t row = begin / by_.columns, column = begin % by_.columns;
    const T* const first = data_ + row * by_.row_stride + column * by_.column_stride;
    if (by_.column_stride == 1 && (column + n <= by_.columns || by_.row_stride == by_.columns)) return first;
    for (std::size_t i = 0; i < n; ++i) {
      write_element(copy_ + i, read_element(data_ + row * by_.row_stride + column * by_.column_stride));
      if (++column == by_.columns) column = 0, ++row;
    }
    return copy_;
  }

private:
  const T* data_;
  input_strides by_;
  T copy_[max_sums];
};

/// to[channel] = the sum of op(in[i]...) over the elements of the channel, where n is 0 or a multiple of
/// channels * plane.
template <class Arch, class Op, class T, class... In>
void sum_by_channel(Op op, std::size_t channels, std::size_t plane, std::size_t n, T* to, In... in) {
  double sums[max_sums + word_bits]; // add_to_sums may touch one vector more
  const auto clear = [&](std::size_t size) {
    for (std::size_t i = 0; i < size + word_bits; ++i) sums[i] = 0;
  };
  auto add = [&](std::size_t begin, std::size_t end, std::size_t size, double* to_sums) RELU_INLINED {
    const std::size_t left = end - begin, some = left < size ? left : size;
    add_to_sums<Arch>(op, some, to_sums, in.at(begin, some)...);
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
