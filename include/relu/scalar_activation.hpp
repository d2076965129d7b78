// SPDX-License-Identifier: MIT
// An activation from a function of one number.
#pragma once

#include <relu/concepts.hpp>

#include <type_traits>

namespace relu::inline RELU_ABI {

namespace detail {
struct no_slope {};

template <class F, class T> concept function_of = std::is_invocable_r_v<T, const F&, T>;
} // namespace detail

/// An activation from a function of one number, such as a lambda with branches, or one that calls std::erf:
///
///     forward(scalar_activation{f}, x, y)
///     backward(scalar_activation{f, slope}, dy, x, dx)
///
/// f, slope: functions from an element to its value and to its slope; only backward needs slope. An element
///           of float16 or bfloat16 is passed as a float. Results are converted to the element type. They
///           must return for every number. A call may pass numbers that are not in x, such as 0, and an
///           element more than once, in any order. With an execution policy, several threads call them.
///
/// Slow: the functions are called for one number after another. An activation with `value(V x)` also for
/// vectors is faster: write it with relu::math, and relu::math::select in place of ?: and if.
template <class F, class Slope = detail::no_slope> struct scalar_activation {
  static constexpr bool compute_bound = true;

  F f;
  [[no_unique_address]] Slope df = {};

  template <numeric V>
  requires detail::function_of<F, value_t<V>>
  constexpr V value(V x) const {
    return detail::each(x, [this](value_t<V> v) { return static_cast<value_t<V>>(f(v)); });
  }

  template <numeric V>
  requires detail::function_of<Slope, value_t<V>>
  constexpr V slope(V x) const {
    return detail::each(x, [this](value_t<V> v) { return static_cast<value_t<V>>(df(v)); });
  }
};
template <class F> scalar_activation(F) -> scalar_activation<F>;
template <class F, class Slope> scalar_activation(F, Slope) -> scalar_activation<F, Slope>;

} // namespace relu::inline RELU_ABI
