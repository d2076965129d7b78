// SPDX-License-Identifier: MIT
// forward that remembers one bit for each element, and backward from these bits: x and y are no longer
// needed.
#pragma once

#include <relu/bitmask.hpp>
#include <relu/elementwise.hpp>

#include <cstddef>
#include <ranges>
#include <span>

namespace relu::inline RELU_ABI {

namespace detail {

inline operand<std::byte> named(const char* name, bitmask_span mask) noexcept {
  return {name, mask.bytes().data(), mask.bytes().size()};
}
inline operand<const std::byte> named(const char* name, bitmask_view mask) noexcept {
  return {name, mask.bytes().data(), mask.bytes().size()};
}

/// A mask has a bit for each element of a range, elsewhere in memory.
template <class Mask, class T>
void check_mask(const char* call, Mask mask, const char* name, std::span<T> range) {
  if (mask.size() != range.size()) fail_sizes(call, "mask", mask.size(), name, range.size());
  check_disjoint(call, named("mask", mask), named(name, range));
}

/// Whether to write out past the caches.
template <class T> bool past_caches(stores how, std::span<T> out, std::span<const T> in) {
  return lanes<T, native>::streams && aligned_to_elements(out.data()) &&
         streams(how, out.size_bytes() + in.size_bytes(), out.data() == in.data());
}

/// f(std::bool_constant) with whether to.
template <class T, class F> auto with_streaming(bool streaming, F f) {
  if constexpr (lanes<T, native>::streams) {
    if (streaming) return f(std::true_type());
  }
  return f(std::false_type());
}

/// Parts of calls with masks begin at no particular place of the output, but where bytes of the mask do.
template <class T, class Part> checked_call<T, Part> with_mask(std::size_t n, std::size_t arrays, Part part) {
  return {nullptr, n, arrays, part};
}

template <class A, class T>
auto checked_forward(const A& act, stores how, std::span<T> y, bitmask_span mask, std::span<const T> x) {
  check_elementwise("forward", named("y", y), named("x", x));
  check_mask("forward", mask, "x", x);
  check_mask("forward", mask, "y", y);
  check_parameters("forward", act);
  const bool streaming = past_caches(how, y, x);
  std::byte* const bits = mask.bytes().data();
  if constexpr (precompiled<A>) {
    const auto kernel = activation_kernels_of<A, T>(dispatch_table()).forward_mask[streaming];
    return with_mask<T>(x.size(), 2, [=, &act](std::size_t begin, std::size_t n) {
      return kernel(&act, n, y.data() + begin, bits + begin / 8, x.data() + begin);
    });
  } else
    return with_mask<T>(x.size(), 2, [=, &act](std::size_t begin, std::size_t n) {
      return with_streaming<T>(streaming, [&](auto yes) {
        return map_to_mask<native, true, yes()>(act, n, y.data() + begin, bits + begin / 8, x.data() + begin);
      });
    });
}

template <class A, class T> auto checked_mask_of(const A& act, bitmask_span mask, std::span<const T> x) {
  check_mask("mask_of", mask, "x", x);
  check_parameters("mask_of", act);
  std::byte* const bits = mask.bytes().data();
  if constexpr (precompiled<A>) {
    const auto kernel = activation_kernels_of<A, T>(dispatch_table()).mask_of;
    return with_mask<T>(x.size(), 1, [=, &act](std::size_t begin, std::size_t n) {
      return kernel(&act, n, bits + begin / 8, x.data() + begin);
    });
  } else
    return with_mask<T>(x.size(), 1, [=, &act](std::size_t begin, std::size_t n) {
      return map_to_mask<native, false, false>(act, n, static_cast<T*>(nullptr), bits + begin / 8,
                                               x.data() + begin);
    });
}

template <class A, class T>
void check_backward(const char* call, const A& act, std::span<T> dx, bitmask_view mask,
                    std::span<const T> dy) {
  check_elementwise(call, named("dx", dx), named("dy", dy));
  check_mask(call, mask, "dx", dx);
  check_parameters(call, act);
  check_mask_decides(call, act);
}

template <class A, class T>
auto checked_backward(const A& act, stores how, std::span<T> dx, bitmask_view mask, std::span<const T> dy) {
  check_backward("backward", act, dx, mask, dy);
  const bool streaming = past_caches(how, dx, dy);
  const std::byte* const bits = mask.bytes().data();
  if constexpr (precompiled<A>) {
    const auto kernel = activation_kernels_of<A, T>(dispatch_table()).backward_mask[streaming];
    return with_mask<T>(dx.size(), 2, [=, &act](std::size_t begin, std::size_t n) {
      kernel(&act, n, dx.data() + begin, bits + begin / 8, dy.data() + begin);
    });
  } else
    return with_mask<T>(dx.size(), 2, [=, &act](std::size_t begin, std::size_t n) {
      with_streaming<T>(streaming, [&](auto yes) {
        map_from_mask<native, yes()>(masked_backward_op<masked<A, T>>{masked_of<T>(act)}, n,
                                     dx.data() + begin, bits + begin / 8, dy.data() + begin);
      });
    });
}

template <class A, class T>
auto checked_accumulate(const A& act, std::span<T> dx, bitmask_view mask, std::span<const T> dy) {
  check_backward("backward_accumulate", act, dx, mask, dy);
  const std::byte* const bits = mask.bytes().data();
  if constexpr (precompiled<A>) {
    const auto kernel = activation_kernels_of<A, T>(dispatch_table()).accumulate;
    return with_mask<T>(dx.size(), 2, [=, &act](std::size_t begin, std::size_t n) {
      kernel(&act, n, dx.data() + begin, bits + begin / 8, dy.data() + begin);
    });
  } else
    return with_mask<T>(dx.size(), 2, [=, &act](std::size_t begin, std::size_t n) {
      map_from_mask<native, false>(masked_accumulate_op<masked<A, T>>{masked_of<T>(act)}, n,
                                   dx.data() + begin, bits + begin / 8,
                                   const_cast<const T*>(dx.data() + begin), dy.data() + begin);
    });
}

} // namespace detail

/// y[i] = act.value(x[i]), and bit i of the mask is act.active(x[i]): whether the unit is active. Returns how
/// many are.
///
/// x, y: contiguous ranges of the same length n >= 0 and element type; y may be x. mask: n bits. For relu a
/// unit is active unless x <= 0, so where x is NaN, too. The results are those of forward without a mask, and
/// depend on nothing but each element. `how` is how y is written if it is not x. Throws
/// std::invalid_argument, with nothing written, if the lengths differ, y overlaps x without being the same
/// range, the mask overlaps either, or the activation's parameters cannot be used. Allocates nothing.
template <class A, input_range X, output_range Y>
requires same_element<X, Y> && maskable_activation_of<A, X>
std::size_t forward(const A& act, X&& x, Y&& y, bitmask_span mask, stores how = stores::automatic) {
  return detail::run(detail::checked_forward(act, how, detail::output(y), mask, detail::input(x)));
}

/// The same in place.
template <class A, output_range X>
requires maskable_activation_of<A, X>
std::size_t forward(const A& act, X&& x, bitmask_span mask) {
  return relu::forward(act, x, x, mask);
}

/// forward(rectifier{}, x, y, mask).
template <input_range X, output_range Y>
requires same_element<X, Y>
std::size_t forward(X&& x, Y&& y, bitmask_span mask, stores how = stores::automatic) {
  return relu::forward(rectifier{}, x, y, mask, how);
}

/// forward(rectifier{}, x, mask), in place.
template <output_range X> std::size_t forward(X&& x, bitmask_span mask) {
  return relu::forward(rectifier{}, x, x, mask);
}

/// The mask that forward gives, and how many bits are set, without the outputs. Throws as forward does.
template <class A, input_range X>
requires maskable_activation_of<A, X>
std::size_t mask_of(const A& act, X&& x, bitmask_span mask) {
  return detail::run(detail::checked_mask_of(act, mask, detail::input(x)));
}

/// mask_of(rectifier{}, x, mask). What forward gave has the mask of what it was given.
template <input_range X> std::size_t mask_of(X&& x, bitmask_span mask) {
  return relu::mask_of(rectifier{}, x, mask);
}

/// What backward gives from the x of which the mask was taken.
///
/// dy: the gradient of the outputs. mask: from forward or mask_of, with the same activation. dx: the gradient
/// of the inputs; it may be dy. The lengths are the same; dx and dy have one element type. `how` is how dx is
/// written if it is not dy. Throws std::invalid_argument, with nothing written, if the lengths differ, dx
/// overlaps dy without being the same range or overlaps the mask, or the activation's parameters cannot be
/// used, or not with a mask (a slope_at_zero). Allocates nothing.
template <class A, input_range DY, output_range DX>
requires same_element<DY, DX> && maskable_activation_of<A, DX>
void backward(const A& act, DY&& dy, bitmask_view mask, DX&& dx, stores how = stores::automatic) {
  detail::run(detail::checked_backward(act, how, detail::output(dx), mask, detail::input(dy)));
}

/// dx[i] = dy[i] where bit i of the mask is set, else +0: backward(rectifier{}, dy, mask, dx).
template <input_range DY, output_range DX>
requires same_element<DY, DX>
void backward(DY&& dy, bitmask_view mask, DX&& dx, stores how = stores::automatic) {
  relu::backward(rectifier{}, dy, mask, dx, how);
}

/// dx[i] = dx[i] + what backward gives, for each i: one rounded sum, or one that wraps. Where the unit was
/// not active that is dx[i] + 0: +0 of -0, except when rounding downward. Which NaN comes out, and whether
/// denormals are lost, is up to the processor and its modes. The arguments and errors are those of backward,
/// but for `how`: dx is read, so it is not written past the caches.
template <class A, input_range DY, output_range DX>
requires same_element<DY, DX> && maskable_activation_of<A, DX>
void backward_accumulate(const A& act, DY&& dy, bitmask_view mask, DX&& dx) {
  detail::run(detail::checked_accumulate(act, detail::output(dx), mask, detail::input(dy)));
}

/// dx[i] = dx[i] + (dy[i] where bit i of the mask is set, else +0): backward_accumulate(rectifier{}, dy,
/// mask, dx).
template <input_range DY, output_range DX>
requires same_element<DY, DX>
void backward_accumulate(DY&& dy, bitmask_view mask, DX&& dx) {
  relu::backward_accumulate(rectifier{}, dy, mask, dx);
}

} // namespace relu::inline RELU_ABI
