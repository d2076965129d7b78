// SPDX-License-Identifier: MIT
// The arithmetic of quantised activations: from a byte to a number, through the activation, to a byte.
#pragma once

#include <relu/activations.hpp>
#include <relu/detail/check.hpp>
#include <relu/detail/kernels.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <type_traits>

namespace relu::inline RELU_ABI::detail {

/// The element types of quantised calls.
template <class T> concept byte_element = contains<T, type_list<std::int8_t, std::uint8_t>>;

/// A quantization for elements from `lowest` to highest(): q stands for (q - zero_point) * scale.
struct byte_quantization {
  double scale;
  int zero_point;
  int lowest;

  constexpr int highest() const noexcept { return lowest + 255; }
  /// The element with this pattern.
  constexpr int element(unsigned pattern) const noexcept {
    return static_cast<int>(pattern) > highest() ? static_cast<int>(pattern) - 256
                                                 : static_cast<int>(pattern);
  }
};

/// The quantization is valid: the scale is positive and finite, and the zero point is an element.
inline void check_quantization(const char* call, const char* name, const byte_quantization& q) {
  using limits = std::numeric_limits<double>;
  char message[256];
  if (!math::is_at_least(q.scale, limits::denorm_min()) || math::is_above(q.scale, limits::max())) {
    std::snprintf(message, sizeof message,
                  "relu::%s: the scale of %s is %g, but it must be positive and finite", call, name, q.scale);
    fail(message);
  }
  if (q.zero_point < q.lowest || q.zero_point > q.highest()) {
    std::snprintf(message, sizeof message,
                  "relu::%s: the zero point of %s is %d, which is not among its elements, %d to %d", call,
                  name, q.zero_point, q.lowest, q.highest());
    fail(message);
  }
}

/// Activations whose formulas compute on math::extended. Their results are exact.
using extended_activations =
    type_list<rectifier, leaky_relu, clipped_relu, relu6, thresholded_relu, shifted_relu, squared_relu,
              hard_sigmoid, hard_tanh, hard_shrink, soft_shrink>;
template <class A> inline constexpr bool is_extended = contains<A, extended_activations>;

/// The number that q stands for, exactly, unless it overflows to infinity or its low part underflows.
constexpr math::extended dequantize(int q, const byte_quantization& by) noexcept {
  return math::extended(
      math::double_double_arithmetic::product(static_cast<double>(q - by.zero_point), by.scale));
}

/// f(x). Without an extended formula it has the rounding errors of value(double).
template <class A> constexpr math::extended result_of(const A& act, math::extended x) {
  if constexpr (is_extended<A>) return act.value(x);
  else return math::extended(act.value(x.high));
}

/// The integer that is closest to y / scale, the even one in a tie. |y| < 512 scale. Without Exact, y has a
/// rounding error: a quotient that differs from a tie by less than 2^-49 of its value then counts as the tie.
template <bool Exact> constexpr int nearest_quotient(math::extended y, double scale) noexcept {
  // The barrier keeps a compiler with -ffast-math from multiplying by 1 / scale, which may overflow.
  const double quotient = y.high / barrier(scale);
  const int below = static_cast<int>(quotient + 512) - 512;
  const double above_tie = quotient - (below + 0.5);
  const double in_doubt = Exact ? 0x1p-40 : 0x1p-49 * math::abs(quotient);
  if (above_tie < -in_doubt) return below;
  if (above_tie > in_doubt) return below + 1;
  if constexpr (Exact) {
    const math::extended tie(math::double_double_arithmetic::product(below + 0.5, scale));
    const double distance = detail::difference(y, tie);
    if (distance < 0) return below;
    if (distance > 0) return below + 1;
  }
  return below + (below & 1);
}

/// y / scale + zero_point, rounded and saturated. NaN becomes the zero point.
template <bool Exact> constexpr int quantize(math::extended y, const byte_quantization& by) noexcept {
  if (math::is_nan(y.high)) return by.zero_point;
  const double end = 512 * by.scale; // zero points and elements differ by less
  if (!math::is_below(y.high, end)) return by.highest();
  if (!math::is_above(y.high, -end)) return by.lowest;
  const int q = nearest_quotient<Exact>(y, by.scale) + by.zero_point;
  return q < by.lowest ? by.lowest : q > by.highest() ? by.highest() : q;
}

/// Computing fewer elements takes less time than filling a table.
inline constexpr std::size_t fewest_for_a_table = 256;

/// y[i] = f(x[i]), quantised, for patterns of elements. y may be x.
template <class A>
[[gnu::noinline]] void map_quantized(const A& act, const byte_quantization& of_x,
                                     const byte_quantization& of_y, std::size_t n, std::uint8_t* y,
                                     const std::uint8_t* x) {
  for (std::size_t i = 0; i < n; ++i) {
    const math::extended number = detail::dequantize(of_x.element(x[i]), of_x);
    y[i] = static_cast<std::uint8_t>(quantize<is_extended<A>>(detail::result_of(act, number), of_y));
  }
}

/// The result for each pattern. fast<A> computes double as A does.
template <class A, class Out>
void fill_table(Out (&entries)[256], const A& act, const byte_quantization& of_x,
                const byte_quantization& of_y) {
  auto* const patterns = reinterpret_cast<std::uint8_t*>(entries);
  for (unsigned i = 0; i < 256; ++i) patterns[i] = static_cast<std::uint8_t>(i);
  detail::map_quantized(detail::in_kernel<double>(act), of_x, of_y, 256, patterns, patterns);
}

} // namespace relu::inline RELU_ABI::detail
