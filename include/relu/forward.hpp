// SPDX-License-Identifier: MIT
// forward: an activation of every element, with or without a mask.
#pragma once

#include <relu/detail/verb.hpp>

namespace relu::inline RELU_ABI {

namespace detail {

struct forward_verb {
  static constexpr const char* name = "forward";

  template <class On, class A, class X, class Y>
  requires(!mask_argument<Y>)
  [[gnu::always_inline]] static void call(const On& on, const A& act, X& x, Y& y,
                                          stores how = stores::automatic) {
    if constexpr (are_ranges<Y, X>() && is_activation_or_prelu<On, A, Y>())
      run(on, act, how, detail::output(y), detail::input(x));
  }

  template <class On, class A, class X>
  [[gnu::always_inline]] static void call(const On& on, const A& act, X& x) {
    call(on, act, x, x);
  }

  template <class On, class A, class X, class Y, mask_argument M>
  [[gnu::always_inline]] static std::size_t call(const On& on, const A& act, X& x, Y& y, M& mask,
                                                 stores how = stores::automatic) {
    if constexpr (are_ranges<Y, X>() && is_maskable_activation<A, Y>())
      return run(on, act, how, detail::output(y), bitmask_span(mask), detail::input(x));
    else return 0;
  }

  template <class On, class A, class X, mask_argument M>
  [[gnu::always_inline]] static std::size_t call(const On& on, const A& act, X& x, M& mask) {
    return call(on, act, x, x, mask);
  }

private:
  template <class On, class A, class T>
  static void run(const On& on, const A& act, stores how, std::span<T> y, std::span<const T> x) {
    check_elementwise(name, named("y", y), named("x", x));
    detail::check_activation(name, act, named("y", y));
    detail::call<forward_kernel, T>(on, detail::kernel_parameters(act), how, y.size(), y.data(), x.data());
  }

  template <class On, class A, class T>
  static std::size_t run(const On& on, const A& act, stores how, std::span<T> y, bitmask_span mask,
                         std::span<const T> x) {
    check_elementwise(name, named("y", y), named("x", x));
    detail::check_mask(name, mask, "x", x);
    detail::check_mask(name, mask, "y", y);
    detail::check_activation(name, act, named("y", y));
    return detail::call<forward_mask_kernel, T>(on, act, how, y.size(), y.data(), mask.bytes().data(),
                                                x.data());
  }
};

} // namespace detail

/// Computes y[i] = f(x[i]), where f is the activation `act`, or max(0, x) if there is none:
///
///     forward(act, x, y)        forward(act, x, y, mask)
///     forward(act, x)           forward(act, x, mask)        in place
///     forward(x, y) ...                                      act = rectifier{}
///     forward(act, x, y, how)   forward(act, x, y, mask, how)
///     forward(policy, act, x, y) ...                         on several threads, with relu/execution.hpp
///
/// act:  an activation of this library, your own (see relu::activation), or relu::prelu (not with a mask).
/// x, y: contiguous ranges of n >= 0 elements of one type; y may be x.
/// mask: relu::bitmask or relu::bitmask_span of n bits, for an activation whose slope takes two values (see
///       relu::maskable_activation). Bit i becomes act.active(x[i]): for max(0, x) whether x[i] > 0 or NaN.
/// how:  how y is written if it is not x, see relu::stores.
///
/// Returns nothing, or with a mask the number of set bits. The result of an element depends on that element
/// alone: not on n, its position, the alignment, or whether y is x. The activation documents its results for
/// NaN, -0 and infinities. Throws std::invalid_argument and writes nothing if lengths differ, ranges overlap
/// without being the same, the mask overlaps a range, or the activation's parameters are invalid. Allocates
/// no memory on one thread.
template <detail::first_argument<detail::forward_verb> First, class... Rest>
[[gnu::always_inline]] inline auto forward(First&& first, Rest&&... rest) {
  return detail::call_verb<detail::forward_verb>(first, rest...);
}

} // namespace relu::inline RELU_ABI
