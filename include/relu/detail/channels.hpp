// SPDX-License-Identifier: MIT
// Mapping with a weight for each channel: element i has weight[i / plane % channels].
#pragma once

#include <relu/detail/blocks.hpp>
#include <relu/detail/map.hpp>

#include <cstddef>

namespace relu::inline RELU_ABI::detail {

/// The weights of elements that are `channels` channels of `plane` elements each, again and again. A call
/// begins at element `first`.
template <class T> struct channel_weights {
  const T* weight;
  std::size_t channels;
  std::size_t plane;
  std::size_t first;
};

/// The weights of a block.
template <class T> struct weight_block {
  const T* weight;

  template <class, class Arch> [[gnu::always_inline]] auto at(std::size_t i, auto part) const noexcept {
    return vec<T, Arch>::load(weight + i, part);
  }
};

/// The operand of map_blocks for a plane of 1: the channel changes with each element. It copies some weights,
/// so that those of every block are contiguous.
template <class T> class alternating_weights {
public:
  [[gnu::always_inline]] alternating_weights(const T* weight, std::size_t channels, std::size_t first,
                                             std::size_t n) noexcept
      : weight_(weight),
        first_(channels < word_bits ? 0 : channels - word_bits),
        period_(channels),
        at_(first) {
    while (period_ < word_bits) period_ += channels;
    const std::size_t last = first + n;
    const std::size_t end = last < period_ + word_bits ? last : period_ + word_bits;
    for (std::size_t i = first_, channel = first_; i < end; ++i) {
      copies_[i - first_] = read_element(weight + channel);
      if (++channel == channels) channel = 0;
    }
  }

  [[gnu::always_inline]] weight_block<T> block(std::size_t) noexcept { return next(word_bits); }
  [[gnu::always_inline]] weight_block<T> block(std::size_t, std::size_t n) noexcept { return next(n); }

private:
  [[gnu::always_inline]] weight_block<T> next(std::size_t n) noexcept {
    const T* const here = at_ < first_ ? weight_ + at_ : copies_ + (at_ - first_);
    at_ += n;
    if (at_ >= period_) at_ -= period_;
    return {here};
  }

  const T* weight_;
  std::size_t first_, period_; // copies_ has the weights of [first_, period_ + 64)
  std::size_t at_;
  T copies_[3 * word_bits];
};

/// An op with the same weight for all elements.
template <class Op, class T> struct with_weight {
  static constexpr bool compute_bound = Op::compute_bound;
  Op op;
  T weight;

  template <class V, class... Vs> constexpr V operator()(V x, Vs... xs) const {
    return op(x, xs..., V(weight));
  }
};

/// out[i] = op(in[i]..., weight[(first + i) % channels]), where first < channels.
template <class Arch, bool Streaming, class Op, class T, class... In>
[[gnu::flatten]] void map_alternating(Op op, const T* weight, std::size_t channels, std::size_t first,
                                      std::size_t n, T* out, const In*... in) {
  map_blocks<Arch, Streaming>(op, n, out, alternating_weights<T>(weight, channels, first, n), in...);
}

/// out[i] = op(in[i]..., weight[(first + i) / plane % channels]). Each input is out itself or does not
/// overlap it.
template <class Arch, bool Streaming, class Op, class T, class... In>
void map_by_channel(Op op, const channel_weights<T>& by, std::size_t n, T* out, const In*... in) {
  if (n == 0) return;
  const std::size_t channels = by.channels, plane = channels == 1 ? by.first + n : by.plane;
  std::size_t channel = 0, left = plane;
  if (by.first != 0) {
    channel = by.first / plane % channels;
    left = plane - by.first % plane;
  }
  if (plane == 1) return map_alternating<Arch, Streaming>(op, by.weight, channels, channel, n, out, in...);

  for (std::size_t i = 0; i < n;) {
    const std::size_t size = left < n - i ? left : n - i;
    const with_weight<Op, T> scaled{op, read_element(by.weight + channel)};
    if (Streaming && size * sizeof(T) >= worth_streaming)
      map<Arch, Streaming>(scaled, size, out + i, (in + i)...);
    else map<Arch, false>(scaled, size, out + i, (in + i)...);
    i += size;
    left = plane;
    if (++channel == channels) channel = 0;
  }
}

} // namespace relu::inline RELU_ABI::detail
