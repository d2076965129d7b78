// SPDX-License-Identifier: MIT
// A vector of 16-bit floats as two vectors of float, and back.
#pragma once

#include <relu/detail/conditions.hpp>
#include <relu/detail/float16_vec.hpp>
#include <relu/math/conditions.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

namespace relu::inline RELU_ABI::detail {

/// Whether y is within `distance` ULP of a tie, a number halfway between two neighbours of T.
template <class T, class V> constexpr auto is_near_tie(V y, int distance) noexcept {
  using limits = std::numeric_limits<T>;
  constexpr int dropped = std::numeric_limits<float>::digits - limits::digits; // bits
  if constexpr (limits::max_exponent < std::numeric_limits<float>::max_exponent) {
    // Subnormal numbers of T are as far apart as those from `least` on, so adding `least` gives their ties
    // the last bits of other ties.
    const V least(static_cast<float>(limits::min()));
    y = detail::abs(y);
    y = detail::select(y < least, detail::add(y, barrier(least)), y);
  }
  constexpr std::int32_t tie = 1 << (dropped - 1);
  const auto at = [](std::int32_t pattern) { return detail::shifted_left(pattern, 32 - dropped); };
  return math::bits::inside<V>(detail::shifted_left(bits(y), 32 - dropped), at(tie - distance),
                               at(tie + distance));
}

#if RELU_WITH_XSIMD

/// As many floats as a vector has 16-bit floats. Those of a vector of bfloat16 are the lower and the upper
/// halves of its words. Others are the two halves of the vector.
template <class Arch> struct float_pair {
  xsimd::batch<float, Arch> first, second;
};

template <class T, class Arch> float_pair<Arch> widened_pair(patterns<T, Arch> x) noexcept {
  if constexpr (std::is_same_v<T, bfloat16>) {
    const auto words = xsimd::bitwise_cast<std::uint32_t>(x.pattern);
    return {float_of(words << 16), float_of(words & decltype(words << 16)(0xffff0000))};
  } else {
    const auto halves = patterns_pair<Arch>::halves_of(x.pattern);
    return {to_float<T>(halves.first), to_float<T>(halves.second)};
  }
}

/// Where the lower half of a word is among its 16-bit integers: 0, or 1 in the order of big-endian
/// processors.
inline constexpr std::size_t lower_half = std::endian::native == std::endian::little ? 0 : 1;

/// Element i is the 16-bit integer number From{}(i) of a and b.
template <class Arch, class From>
auto shuffled_halves(xsimd::batch<std::uint32_t, Arch> a, xsimd::batch<std::uint32_t, Arch> b,
                     From) noexcept {
  using int16s = xsimd::batch<std::int16_t, Arch>;
  using in_register = compiler_vector<std::int16_t, int16s::size>;
  return [&]<std::size_t... I>(std::index_sequence<I...>) RELU_INLINED {
    return int16s(__builtin_bit_cast(typename int16s::register_type,
                                     __builtin_shufflevector(__builtin_bit_cast(in_register, a.data),
                                                             __builtin_bit_cast(in_register, b.data),
                                                             static_cast<int>(From{}(I))...)));
  }(std::make_index_sequence<int16s::size>{});
}

/// The lower halves of the words of `lower` and the upper halves of those of `upper`.
template <class Arch>
auto combined(xsimd::batch<std::uint32_t, Arch> lower, xsimd::batch<std::uint32_t, Arch> upper) noexcept {
  using words = xsimd::batch<std::uint32_t, Arch>;
  if constexpr (isa<Arch>::has_compiler_vectors)
    return detail::shuffled_halves(
        lower, upper, [](std::size_t i) { return i % 2 == lower_half ? i : 2 * words::size + i; });
  else return xsimd::bitwise_cast<std::int16_t>((lower & words(0xffff)) | (upper & words(0xffff0000)));
}

/// The upper halves of the words of a, then those of b.
template <class Arch>
auto upper_halves(xsimd::batch<std::uint32_t, Arch> a, xsimd::batch<std::uint32_t, Arch> b) noexcept {
  if constexpr (isa<Arch>::has_compiler_vectors)
    return detail::shuffled_halves(a, b, [](std::size_t i) { return 2 * i + 1 - lower_half; });
  else {
    using half = float16_patterns<Arch>;
    return patterns_pair<Arch>{half::narrowed(a >> 16), half::narrowed(b >> 16)}.whole();
  }
}

/// The floats whose patterns have these upper halves and end in 16 zeros.
template <class Arch> float_pair<Arch> floats_of(xsimd::batch<std::int16_t, Arch> upper) noexcept {
  if constexpr (isa<Arch>::has_compiler_vectors) {
    constexpr std::size_t size = xsimd::batch<std::int16_t, Arch>::size;
    const xsimd::batch<std::uint32_t, Arch> zeros(0), words = xsimd::bitwise_cast<std::uint32_t>(upper);
    return {xsimd::bitwise_cast<float>(detail::shuffled_halves(
                zeros, words, [](std::size_t i) { return i % 2 == lower_half ? 0 : size + i / 2; })),
            xsimd::bitwise_cast<float>(detail::shuffled_halves(zeros, words, [](std::size_t i) {
              return i % 2 == lower_half ? 0 : size + size / 2 + i / 2;
            }))};
  } else {
    const auto halves = patterns_pair<Arch>::halves_of(upper);
    return {to_float<bfloat16>(halves.first), to_float<bfloat16>(halves.second)};
  }
}

/// The words of y, rounded to their upper halves. A NaN becomes quiet.
template <class Arch> void round_words(float_pair<Arch>& y) noexcept {
  if (xsimd::any(math::is_nan(y.first) || math::is_nan(y.second))) [[unlikely]] {
    const auto keep_upper = [](auto v) { return float_of(without_lower_payload(unsigned_bits(v))); };
    y = {keep_upper(y.first), keep_upper(y.second)};
  }
  const auto rounded = [](auto v) { return float_of(rounded_to_upper_half(unsigned_bits(v))); };
  y = {rounded(y.first), rounded(y.second)};
}

/// y rounded to T, to nearest, to even in a tie. A NaN becomes quiet.
template <class T, class Arch> patterns<T, Arch> rounded_pair(float_pair<Arch> y) noexcept {
  if constexpr (std::is_same_v<T, bfloat16>) {
    detail::round_words(y);
    return patterns<T, Arch>(detail::combined(unsigned_bits(y.first) >> 16, unsigned_bits(y.second)));
  } else
    return patterns<T, Arch>(patterns_pair<Arch>{from_float<T>(y.first), from_float<T>(y.second)}.whole());
}

/// a + b and a * b, rounded once.
template <class T, class Arch> patterns<T, Arch> add(patterns<T, Arch> a, patterns<T, Arch> b) noexcept {
  const float_pair<Arch> x = widened_pair(a), y = widened_pair(b);
  return rounded_pair<T>(float_pair<Arch>{x.first + y.first, x.second + y.second});
}
template <class T, class Arch> patterns<T, Arch> multiply(patterns<T, Arch> a, patterns<T, Arch> b) noexcept {
  const float_pair<Arch> x = widened_pair(a), y = widened_pair(b);
  return rounded_pair<T>(float_pair<Arch>{x.first * y.first, x.second * y.second});
}

/// Rounds y to T, to nearest; a tie of bfloat16 away from 0. Returns whether it is no NaN, and each number
/// within Error ULP of an element is rounded to the same T. The last 16 bits of a NaN must be 0.
template <int Error, class T, class Arch>
bool round_safely(float_pair<Arch> y, patterns<T, Arch>& rounded) noexcept {
  if constexpr (std::is_same_v<T, bfloat16>) {
    using words = xsimd::batch<std::uint32_t, Arch>;
    using int16s = xsimd::batch<std::int16_t, Arch>;
    // After this addition the lower half of the word of a tie is 0.
    const words lower = unsigned_bits(y.first) + words(0x8000),
                upper = unsigned_bits(y.second) + words(0x8000);
    rounded = patterns<T, Arch>(detail::combined(lower >> 16, upper));
    constexpr auto least = std::numeric_limits<std::int16_t>::min();
    const int16s above_tie = detail::combined(lower, upper << 16);
    const auto is_near_tie = above_tie + int16s(least + Error) < int16s(least + 2 * Error + 1);
    const auto is_nan = (rounded.pattern & int16s(0x7fff)) > int16s(T::format::infinity);
    return !xsimd::any(is_near_tie || is_nan);
  } else {
    rounded = detail::rounded_pair<T>(y);
    return !xsimd::any(detail::is_near_tie<T>(y.first, Error) || detail::is_near_tie<T>(y.second, Error));
  }
}

/// Elements T, as many as a vector has 16-bit integers, which are computed as two vectors of float.
template <class T, class Arch>
requires has_vector<float, Arch> && has_vector<std::int16_t, Arch>
struct vec<paired<T>, Arch> {
  using type = float_pair<Arch>;
  static constexpr std::size_t size = vec<T, Arch>::size;
  static constexpr bool streams = vec<T, Arch>::streams;

  static type load(const paired<T>* p, whole part) noexcept {
    return widened_pair(elements::load(reinterpret_cast<const T*>(p), part));
  }
  static void store(paired<T>* p, type v, whole part) noexcept {
    elements::store(reinterpret_cast<T*>(p), rounded_pair<T>(v), part);
  }

  // Not inline, because loops over these elements are long, and use them once.
  [[gnu::noinline]] static type load(const paired<T>* p, first part) noexcept {
    return widened_pair(elements::load(reinterpret_cast<const T*>(p), part));
  }
  [[gnu::noinline]] static void store(paired<T>* p, type v, first part) noexcept {
    elements::store(reinterpret_cast<T*>(p), rounded_pair<T>(v), part);
  }

  /// A streaming store to an aligned p, see vec.
  static void stream(paired<T>* p, type v) noexcept {
    elements::stream(reinterpret_cast<T*>(p), rounded_pair<T>(v));
  }

private:
  using elements = vec<T, Arch>;
};

/// Two vectors of float in the order of memory.
template <class Arch>
requires has_vector<float, Arch> && has_vector<std::int16_t, Arch>
struct vec<paired<float>, Arch> {
  using type = float_pair<Arch>;
  static constexpr std::size_t size = 2 * vec<float, Arch>::size;
  static constexpr bool streams = vec<float, Arch>::streams;

  static type load(const paired<float>* p, auto part) noexcept {
    const auto* const at = reinterpret_cast<const float*>(p);
    return {floats::load(at, of_first(part)), floats::load(at + floats::size, of_second(part))};
  }
  static void store(paired<float>* p, type v, whole part) noexcept {
    auto* const at = reinterpret_cast<float*>(p);
    floats::store(at, v.first, part);
    floats::store(at + floats::size, v.second, part);
  }
  static void store(paired<float>* p, type v, first part) noexcept {
    auto* const at = reinterpret_cast<float*>(p);
    floats::store(at, v.first, of_first(part));
    if (part.n > floats::size) floats::store(at + floats::size, v.second, of_second(part));
  }
  static void stream(paired<float>* p, type v) noexcept {
    auto* const at = reinterpret_cast<float*>(p);
    floats::stream(at, v.first);
    floats::stream(at + floats::size, v.second);
  }

private:
  using floats = vec<float, Arch>;
  static whole of_first(whole part) noexcept { return part; }
  static whole of_second(whole part) noexcept { return part; }
  static first of_first(first part) noexcept { return {part.n < floats::size ? part.n : floats::size}; }
  static first of_second(first part) noexcept { return {part.n < floats::size ? 0 : part.n - floats::size}; }
};

#endif

/// Op on both vectors of each operand.
template <class Op> struct on_pairs : Op {
  template <class V, class... Vs> constexpr auto operator()(V v, Vs... vs) const {
    if constexpr (requires { v.first; })
      return V{Op::operator()(v.first, half<0>(vs)...), Op::operator()(v.second, half<1>(vs)...)};
    else return Op::operator()(v, vs...);
  }

private:
  template <int I, class V> static constexpr auto half(V v) noexcept {
    if constexpr (requires { v.first; }) return I == 0 ? v.first : v.second;
    else return v.template half<I>();
  }
};

/// y = x, where one is a 16-bit float and the other a float. A NaN becomes quiet.
struct to_float_op {
  static constexpr bool compute_bound = false;

  template <float16_element T> constexpr float operator()(T x) const noexcept {
    return static_cast<float>(x);
  }
#if RELU_WITH_XSIMD
  template <class T, class Arch> float_pair<Arch> operator()(patterns<T, Arch> x) const noexcept {
    if constexpr (std::is_same_v<T, bfloat16>) {
      using int16s = xsimd::batch<std::int16_t, Arch>;
      // The difference is negative for a NaN.
      const int16s quiet_bit =
          (int16s(T::format::infinity) - (x.pattern & int16s(0x7fff))) >> 15 & int16s(0x40);
      return detail::floats_of(x.pattern | quiet_bit);
    } else return detail::widened_pair(x);
  }
#endif
};
template <class T> struct from_float_op {
  static constexpr bool compute_bound = false;

  constexpr T operator()(float x) const noexcept { return T(x); }
#if RELU_WITH_XSIMD
  template <class Arch> patterns<T, Arch> operator()(float_pair<Arch> x) const noexcept {
    if constexpr (std::is_same_v<T, bfloat16>) {
      detail::round_words(x);
      return patterns<T, Arch>(detail::upper_halves(unsigned_bits(x.first), unsigned_bits(x.second)));
    } else return detail::rounded_pair<T>(x);
  }
#endif
};

} // namespace relu::inline RELU_ABI::detail
