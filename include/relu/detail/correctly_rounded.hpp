// SPDX-License-Identifier: MIT
// Smooth activations of 16-bit floats: computed in float, and again in double where that might round wrongly.
#pragma once

#include <relu/detail/float16_pairs.hpp>
#include <relu/fast.hpp>
#include <relu/math.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace relu::inline RELU_ABI::detail {

/// Bit i is set if element i of y is near a tie of T.
template <class T> constexpr std::uint64_t near_tie_word(float y, int distance) noexcept {
  return detail::is_near_tie<T>(y, distance);
}
#if RELU_WITH_XSIMD
template <class T, class Arch>
std::uint64_t near_tie_word(xsimd::batch<float, Arch> y, int distance) noexcept {
  return conditions<float, Arch>::to_word(detail::is_near_tie<T>(y, distance), whole{});
}
template <class T, class Arch> std::uint64_t near_tie_word(float_pair<Arch> y, int distance) noexcept {
  return near_tie_word<T>(y.first, distance) | near_tie_word<T>(y.second, distance)
                                                   << xsimd::batch<float, Arch>::size;
}
#endif

/// y, and f(x) in place of the floats of y whose bit in `word` is set. V is a float or consists of floats.
/// Not inline, as the functions below: this code is long and rarely runs.
template <class V, class F> [[gnu::noinline]] constexpr V replaced(V x, V y, std::uint64_t word, F f) {
  if constexpr (std::is_same_v<V, float>) return f(static_cast<double>(x));
  else {
    constexpr std::size_t size = sizeof(V) / sizeof(float);
    float in[size], out[size];
    std::memcpy(in, &x, sizeof x);
    std::memcpy(out, &y, sizeof y);
    for (; word != 0; word &= word - 1) {
      const int i = __builtin_ctzll(word);
      out[i] = f(static_cast<double>(in[i]));
    }
    std::memcpy(&y, out, sizeof y);
    return y;
  }
}

// V is the vector of the loop that calls these functions: those of two instruction sets differ.

/// f(x) in double. For a tiny x it is f'(0) x + f''(0) x^2 / 2, and double loses the last term, which decides
/// whether the result is above a tie. f(h) x / h for a larger h of the same sign has such a term, too, and is
/// used if f is that close to a line.
template <class V, class A>
[[gnu::noinline, gnu::flatten]] constexpr double value_in_double(const A& act, double x) {
  constexpr double h = 0x1p-40;
  const double y = act.value(x);
  if (!(math::abs(x) < h) || math::is_zero(x)) return y;
  const double beside = act.value(math::copysign(h, x)) * (math::abs(x) / h);
  return math::abs(beside - y) <= 4 * h * math::abs(y) ? beside : y;
}
template <class V, class A>
[[gnu::noinline, gnu::flatten]] constexpr double slope_in_double(const A& act, double x) {
  return act.slope(x);
}
template <class V, class A>
[[gnu::noinline, gnu::flatten]] constexpr double slope_from_output_in_double(const A& act, double y) {
  return act.slope_from_output(y);
}

/// An activation A of this library with two tiers, for elements T. It computes in float first. If the error
/// of that result could change the rounding to T, it computes again in double.
template <float16_element T, class A> struct correctly_rounded {
  static constexpr bool compute_bound = true;

  /// The largest errors in ULP of the values of the fast tier and of the slopes of the default tier, rounded
  /// up.
  static constexpr int value_error = 4, slope_error = 3;

  A act;

  template <floating V>
  requires has_fast_tier<A, V>
  constexpr V value(V x) const noexcept {
    return checked(x, in_float_tier(x), value_error, exact_value<V>{act});
  }

#if RELU_WITH_XSIMD
  template <class Arch>
  requires has_fast_tier<A, xsimd::batch<float, Arch>>
  patterns<T, Arch> value(patterns<T, Arch> x) const noexcept {
    const float_pair<Arch> in = widened_pair(x);
    patterns<T, Arch> rounded(0);
    if (round_safely<value_error, T, Arch>({in_float_tier(in.first), in_float_tier(in.second)}, rounded))
        [[likely]]
      return rounded;
    return exact(x);
  }
#endif

  template <floating V>
  requires has_slope<A, V>
  constexpr V slope(V x) const noexcept {
    return checked(x, act.slope(x), slope_error,
                   [this](double t) { return to_odd(detail::slope_in_double<V>(act, t)); });
  }

  template <floating V>
  requires has_slope_from_output<A, V>
  constexpr V slope_from_output(V y) const noexcept {
    return checked(y, act.slope_from_output(y), slope_error,
                   [this](double t) { return to_odd(detail::slope_from_output_in_double<V>(act, t)); });
  }

  template <floating V>
  requires slope_in_one_bit<A, V>
  constexpr auto active(V x) const noexcept {
    return act.active(x);
  }

  template <floating V, class Condition>
  requires slope_in_one_bit<A, V> && has_masked_gradient<A, V>
  constexpr V masked_gradient(V dy, Condition active) const noexcept {
    return act.masked_gradient(dy, active);
  }

private:
#if RELU_WITH_XSIMD
  // The value where some of the results in float are uncertain.
  template <class Arch> [[gnu::noinline]] patterns<T, Arch> exact(patterns<T, Arch> x) const noexcept {
    const float_pair<Arch> in = widened_pair(x), y{in_float_tier(in.first), in_float_tier(in.second)};
    const std::uint64_t word = near_tie_word<T>(y, value_error);
    return rounded_pair<T>(detail::replaced(in, y, word, exact_value<patterns<T, Arch>>{act}));
  }
#endif

  // y, and where it is near a tie f(x), for a function f of double.
  template <class V, class F> static constexpr V checked(V x, V y, int distance, F f) {
    const std::uint64_t word = near_tie_word<T>(y, distance);
    if (word == 0) [[likely]]
      return y;
    return detail::replaced(x, y, word, f);
  }

  template <class V> constexpr V in_float_tier(V x) const {
    if constexpr (requires { act.invalid_reason_for_fast(); })
      if (act.invalid_reason_for_fast()) return act.value(x);
    return act.value(x, math::fast_tier{});
  }

  static constexpr float to_odd(double y) noexcept { return float_of(rounded_to_odd(y)); }

  template <class V> struct exact_value {
    A act;
    constexpr float operator()(double x) const {
      return static_cast<float>(T(detail::value_in_double<V>(act, x)));
    }
  };
};

} // namespace relu::inline RELU_ABI::detail
