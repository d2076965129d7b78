// SPDX-License-Identifier: MIT
// The verbs on several threads: with a standard execution policy in front.
//
//   relu::forward(std::execution::par, x, y)
//
// The threads are those of the standard library's parallel algorithms. With libstdc++ they are oneTBB's,
// which the program has to link: CMake's target relu::execution does. They need exceptions. Nothing else of
// this library includes this.
#pragma once

#include <relu/elementwise.hpp>
#include <relu/mask.hpp>
#include <relu/sparsity.hpp>

#include <cstddef>
#include <cstdint>
#include <execution>
#include <functional>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

namespace relu::inline RELU_ABI {

/// std::execution::par and its like.
template <class P> concept execution_policy = std::is_execution_policy_v<std::remove_cvref_t<P>>;

namespace detail {

/// Whether P allows other threads; std::execution::seq and unseq do not.
template <class P>
inline constexpr bool parallel = one_of<std::remove_cvref_t<P>, std::execution::parallel_policy,
                                        std::execution::parallel_unsequenced_policy>;

// Bytes read and written by a part, of which a thread is given two or three at a time, and by the smallest
// call that is worth a second thread. Both measured.
inline constexpr std::size_t part_bytes = std::size_t{256} << 10;
inline constexpr std::size_t alone_below = std::size_t{1} << 20;

/// Where the parts of a call begin, then where the last one ends. They begin at cache lines of the output: no
/// two threads write to the same one.
template <class T, class Part> std::vector<std::size_t> parts_of(const checked_call<T, Part>& call) {
  constexpr std::size_t line = cache_line / sizeof(T);
  const std::size_t part = part_bytes / (sizeof(T) * call.arrays) / line * line;
  const std::size_t after_line = reinterpret_cast<std::uintptr_t>(call.data) % cache_line / sizeof(T);
  std::vector<std::size_t> begins{0};
  for (auto next = part - after_line; next < call.size; next += part) begins.push_back(next);
  begins.push_back(call.size);
  return begins;
}

/// What the parts return, added up.
template <class P, class T, class Part> std::size_t run(P&& policy, const checked_call<T, Part>& call) {
  const auto part = [&](std::size_t begin, std::size_t end) -> std::size_t {
    if constexpr (std::is_void_v<decltype(call.part(begin, end))>) return call.part(begin, end - begin), 0;
    else return call.part(begin, end - begin);
  };
  if constexpr (parallel<P>) {
    if (call.size * call.arrays * sizeof(T) >= alone_below) {
      const std::vector<std::size_t> begins = parts_of(call);
      return std::transform_reduce(std::forward<P>(policy), begins.begin(), begins.end() - 1,
                                   begins.begin() + 1, std::size_t{0}, std::plus<>(), part);
    }
  }
  return part(0, call.size);
}

template <class Verb, class P, class A, class T, class... In>
void call_on(P&& policy, const A& act, stores how, std::span<T> out, std::span<In>... in) {
  Verb::check(act, out, in...);
  detail::run(policy, work<Verb>(act, how, out, in...));
}

} // namespace detail

/// As without a policy: the same arguments, the same bits, the same errors. std::execution::par and par_unseq
/// allow other threads, which a call that reads and writes less than 1 MiB does without; seq and unseq do
/// not. An activation of one's own must not throw there, or the program ends. Throws std::bad_alloc, too, if
/// there is no memory for the list of parts, with nothing written, or for the threads' tasks.
template <execution_policy P, class A, input_range X, output_range Y>
requires same_element<X, Y> && activation_of<A, X>
void forward(P&& policy, const A& act, X&& x, Y&& y, stores how = stores::automatic) {
  using verb = detail::forward_verb<A, std::ranges::range_value_t<Y>>;
  detail::call_on<verb>(policy, act, how, detail::output(y), detail::input(x));
}
template <execution_policy P, class A, output_range X>
requires activation_of<A, X>
void forward(P&& policy, const A& act, X&& x) {
  relu::forward(policy, act, x, x);
}
template <execution_policy P, input_range X, output_range Y>
requires same_element<X, Y>
void forward(P&& policy, X&& x, Y&& y, stores how = stores::automatic) {
  relu::forward(policy, rectifier{}, x, y, how);
}
template <execution_policy P, output_range X> void forward(P&& policy, X&& x) {
  relu::forward(policy, rectifier{}, x, x);
}

template <execution_policy P, class A, input_range DY, input_range X, output_range DX>
requires same_element<DY, X, DX> && activation_of<A, X>
void backward(P&& policy, const A& act, DY&& dy, X&& x, DX&& dx, stores how = stores::automatic) {
  using verb = detail::backward_verb<A, std::ranges::range_value_t<DX>>;
  detail::call_on<verb>(policy, act, how, detail::output(dx), detail::input(dy), detail::input(x));
}
template <execution_policy P, input_range DY, input_range X, output_range DX>
requires same_element<DY, X, DX>
void backward(P&& policy, DY&& dy, X&& x, DX&& dx, stores how = stores::automatic) {
  relu::backward(policy, rectifier{}, dy, x, dx, how);
}

template <execution_policy P, class A, input_range DY, input_range Y, output_range DX>
requires same_element<DY, Y, DX> && output_activation_of<A, Y>
void backward_from_output(P&& policy, const A& act, DY&& dy, Y&& y, DX&& dx, stores how = stores::automatic) {
  using verb = detail::backward_from_output_verb<A, std::ranges::range_value_t<DX>>;
  detail::call_on<verb>(policy, act, how, detail::output(dx), detail::input(dy), detail::input(y));
}
template <execution_policy P, input_range DY, input_range Y, output_range DX>
requires same_element<DY, Y, DX>
void backward_from_output(P&& policy, DY&& dy, Y&& y, DX&& dx, stores how = stores::automatic) {
  relu::backward_from_output(policy, rectifier{}, dy, y, dx, how);
}

// With masks.

template <execution_policy P, class A, input_range X, output_range Y>
requires same_element<X, Y> && maskable_activation_of<A, X>
std::size_t forward(P&& policy, const A& act, X&& x, Y&& y, bitmask_span mask,
                    stores how = stores::automatic) {
  return detail::run(policy, detail::checked_forward(act, how, detail::output(y), mask, detail::input(x)));
}
template <execution_policy P, class A, output_range X>
requires maskable_activation_of<A, X>
std::size_t forward(P&& policy, const A& act, X&& x, bitmask_span mask) {
  return relu::forward(policy, act, x, x, mask);
}
template <execution_policy P, input_range X, output_range Y>
requires same_element<X, Y>
std::size_t forward(P&& policy, X&& x, Y&& y, bitmask_span mask, stores how = stores::automatic) {
  return relu::forward(policy, rectifier{}, x, y, mask, how);
}
template <execution_policy P, output_range X> std::size_t forward(P&& policy, X&& x, bitmask_span mask) {
  return relu::forward(policy, rectifier{}, x, x, mask);
}

template <execution_policy P, class A, input_range X>
requires maskable_activation_of<A, X>
std::size_t mask_of(P&& policy, const A& act, X&& x, bitmask_span mask) {
  return detail::run(policy, detail::checked_mask_of(act, mask, detail::input(x)));
}
template <execution_policy P, input_range X> std::size_t mask_of(P&& policy, X&& x, bitmask_span mask) {
  return relu::mask_of(policy, rectifier{}, x, mask);
}

template <execution_policy P, class A, input_range DY, output_range DX>
requires same_element<DY, DX> && maskable_activation_of<A, DX>
void backward(P&& policy, const A& act, DY&& dy, bitmask_view mask, DX&& dx, stores how = stores::automatic) {
  detail::run(policy, detail::checked_backward(act, how, detail::output(dx), mask, detail::input(dy)));
}
template <execution_policy P, input_range DY, output_range DX>
requires same_element<DY, DX>
void backward(P&& policy, DY&& dy, bitmask_view mask, DX&& dx, stores how = stores::automatic) {
  relu::backward(policy, rectifier{}, dy, mask, dx, how);
}

template <execution_policy P, class A, input_range DY, output_range DX>
requires same_element<DY, DX> && maskable_activation_of<A, DX>
void backward_accumulate(P&& policy, const A& act, DY&& dy, bitmask_view mask, DX&& dx) {
  detail::run(policy, detail::checked_accumulate(act, detail::output(dx), mask, detail::input(dy)));
}
template <execution_policy P, input_range DY, output_range DX>
requires same_element<DY, DX>
void backward_accumulate(P&& policy, DY&& dy, bitmask_view mask, DX&& dx) {
  relu::backward_accumulate(policy, rectifier{}, dy, mask, dx);
}

template <execution_policy P, input_range Y> std::size_t count_zeros(P&& policy, Y&& y) {
  return detail::run(policy, detail::checked_count_zeros(y));
}
template <execution_policy P, input_range Y> double sparsity(P&& policy, Y&& y) {
  return detail::share(relu::count_zeros(policy, y), static_cast<std::size_t>(std::ranges::size(y)));
}

} // namespace relu::inline RELU_ABI
