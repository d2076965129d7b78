// SPDX-License-Identifier: MIT
// backward, backward_from_output and backward_accumulate: the gradient of the inputs from that of the
// outputs.
#pragma once

#include <relu/detail/verb.hpp>
#include <relu/gated.hpp>

namespace relu::inline RELU_ABI {

namespace detail {

struct backward_verb {
  static constexpr const char* name = "backward";

  template <class On, class A, class DY, class X, class DX>
  requires(!mask_argument<X>)
  [[gnu::always_inline]] static void call(const On& on, const A& act, DY&& dy, X&& x, DX&& dx,
                                          stores how = stores::automatic) {
    if constexpr (check_types<DY, X, DX>()) {
      if constexpr (check_activation_type<A, DX>())
        run<backward_kernel>(name, on, act, how, detail::written_operand(name, "dx", dx),
                             detail::read_operand(name, "dy", dy), detail::read_operand(name, "x", x));
    }
  }

  template <class On, class A, class DY, mask_argument M, class DX>
  [[gnu::always_inline]] static void call(const On& on, const A& act, DY&& dy, M&& mask, DX&& dx,
                                          stores how = stores::automatic) {
    if constexpr (check_types<DY, DY, DX>()) {
      if constexpr (!maskable_activation_of<A, DX>)
        static_assert(fails<A, DX>,
                      "relu::backward: act must be an activation whose slope takes two values, see "
                      "relu::maskable_activation");
      else
        run_with_mask<backward_mask_kernel>(name, on, act, how, detail::written_operand(name, "dx", dx), mask,
                                            detail::read_operand(name, "dy", dy));
    }
  }

  // With the gradient of the weights, for prelu.
  template <class On, class T, class DY, class X, class DX, operand_argument DW>
  static void call(const On& on, const prelu<T>& act, DY&& dy, X&& x, DX&& dx, DW&& dweight,
                   stores how = stores::automatic) {
    if constexpr (check_types<DY, X, DX>()) {
      if constexpr (check_activation_type<prelu<T>, DX>() && check_weight_types<DW, DX>())
        run<backward_kernel>(name, on, act, how, detail::written_operand(name, "dx", dx),
                             detail::output(name, "dweight", dweight), detail::read_operand(name, "dy", dy),
                             detail::read_operand(name, "x", x));
    }
  }

  // With the gradient of the bias.
  template <class On, class A, class DY, fused_argument X, class DX, operand_argument DB>
  static void call(const On& on, const A& act, DY&& dy, const X& x, DX&& dx, DB&& dbias,
                   stores how = stores::automatic) {
    if constexpr (is_prelu<A> || !requires { x.bias(); })
      static_assert(fails<A, X>,
                    "relu::backward: dbias needs relu::biased{x, bias}, and an activation that is "
                    "not relu::prelu");
    else if constexpr (check_types<DY, const X&, DX>()) {
      if constexpr (check_activation_type<A, DX>()) {
        if constexpr (!output_argument<DB>)
          static_assert(fails<reason<DB>, DB>,
                        "relu::backward: dbias must be a mutable contiguous range of elements");
        else if constexpr (!real_element<element_of<DX>> || !alike<DB, DX>)
          static_assert(fails<DB, DX>, "relu::backward: dbias needs the floating-point elements of dx");
        else
          run_with_dbias(on, act, how, detail::written_operand(name, "dx", dx),
                         detail::output(name, "dbias", dbias), detail::read_operand(name, "dy", dy), x);
      }
    }
  }

  template <class On, class A, class DY, class G, class U, class DG, class DU>
  static void call(const On& on, const gated<A>& unit, DY&& dy, G&& gate, U&& up, DG&& dgate, DU&& dup) {
    if constexpr (!operand_range<DY>)
      static_assert(fails<reason<DY>, DY>,
                    "relu::backward: dy must be a contiguous range of elements or a matrix");
    else if constexpr (!read_argument<G>)
      static_assert(fails<reason<G>, G>,
                    "relu::backward: gate must be a contiguous range of elements or a matrix");
    else if constexpr (!operand_range<U>)
      static_assert(fails<reason<U>, U>,
                    "relu::backward: up must be a contiguous range of elements or a matrix");
    else if constexpr (!written_argument<DG>)
      static_assert(fails<reason<DG>, DG>,
                    "relu::backward: dgate must be a mutable contiguous range of elements or a matrix");
    else if constexpr (!written_argument<DU>)
      static_assert(fails<reason<DU>, DU>,
                    "relu::backward: dup must be a mutable contiguous range of elements or a matrix");
    else if constexpr (!alike<DY, G, U, DG, DU>)
      static_assert(fails<DY, G, U, DG, DU>, "relu::backward: dy, gate, up, dgate and dup must have the same "
                                             "element type, and matrices the same storage order");
    else if constexpr (!real_element<element_of<DG>> || is_prelu<A> || !differentiable_activation_of<A, DG>)
      static_assert(fails<A, DG>,
                    "relu::backward: relu::gated needs floating-point elements, and an activation "
                    "with value(x) and a slope for them, which relu::prelu is not");
    else
      run_gated(on, unit.act, detail::written_operand(name, "dgate", dgate),
                detail::written_operand(name, "dup", dup), detail::read_operand(name, "dy", dy),
                detail::read_operand(name, "gate", gate), detail::read_operand(name, "up", up));
  }

  // These run kernel K. `call` is the name in error messages.

  template <class K, class On, class A, class DX, class DY>
  static void run_with_mask(const char* call, const On& on, const A& act, stores how, const DX& dx,
                            bitmask_view mask, const DY& dy) {
    using T = operand_element<DX>;
    check_elementwise(call, named("dx", dx), named("dy", dy));
    detail::check_mask(call, mask, "dx", dx);
    detail::check_activation(call, act, named("dx", dx));
    detail::check_mask_determines_slope(call, act);
    detail::call_any<K, T>(on, detail::mask_parameters<T>(act), how, size_of(dx), kernel_argument(dx),
                           static_cast<const std::byte*>(mask.bytes().data()), kernel_argument(dy));
  }

  template <class K, class On, class A, class DX, class DY, class X>
  static void run(const char* call, const On& on, const A& act, stores how, const DX& dx, const DY& dy,
                  const X& x) {
    check_elementwise(call, named("dx", dx), named("dy", dy), named("x", x));
    detail::check_activation(call, act, named("dx", dx));
    detail::call_any<K, operand_element<DX>>(on, detail::kernel_parameters(act), how, size_of(dx),
                                             kernel_argument(dx), kernel_argument(dy), kernel_argument(x));
  }

  template <class K, class On, class T, class DX, class DY, class X>
  static void run(const char* call, const On& on, const prelu<T>& act, stores how, const DX& dx,
                  std::span<T> dweight, const DY& dy, const X& x) {
    check_elementwise(call, named("dx", dx), named("dy", dy), named("x", x));
    detail::check_activation(call, act, named("dx", dx));
    const auto result = named("dweight", dweight);
    if (result.size != act.weight().size())
      fail_sizes(call, result.name, result.size, "weight", act.weight().size());
    check_disjoint(call, result, named("dx", dx));
    check_disjoint(call, result, named("dy", dy));
    check_disjoint(call, result, named("x", x));
    check_disjoint(call, result, named("weight", act.weight()));
    detail::check_memory(dweight);
    const auto weights = detail::kernel_parameters(act);
    // Before dx, which may be x. On one thread, because the order of the sums depends on the sizes alone.
    const channel_sums by{weights.channels, weights.plane, {strides_of(dy), strides_of(x)}};
    detail::call<weight_gradient_kernel, T>(this_thread{}, by, stores::cached, size_of(x), dweight.data(),
                                            data_of_operand(dy), data_of_operand(x));
    detail::call_any<K, T>(on, weights, how, size_of(dx), kernel_argument(dx), kernel_argument(dy),
                           kernel_argument(x));
  }

  template <class On, class A, class T, class DX, class DY, class X>
  static void run_with_dbias(const On& on, const A& act, stores how, const DX& dx, std::span<T> dbias,
                             const DY& dy, const X& x) {
    check_elementwise(name, named("dx", dx), named("dy", dy), named("x", x));
    detail::check_activation(name, act, named("dx", dx));
    const auto result = named("dbias", dbias);
    if (result.size != x.bias().size()) fail_sizes(name, result.name, result.size, "bias", x.bias().size());
    check_disjoint(name, result, named("dx", dx));
    check_disjoint(name, result, named("dy", dy));
    check_disjoint(name, result, named("x", x));
    detail::check_memory(dbias);
    detail::call_any<backward_kernel, T>(on, act, how, size_of(dx), kernel_argument(dx), kernel_argument(dy),
                                         kernel_argument(x));
    // On one thread, because the order of the sums depends on the sizes alone.
    const channel_sums by{x.bias().size(), x.plane(), {strides_of(dx), {}}};
    const T* const summed = data_of_operand(dx);
    detail::call<bias_gradient_kernel, T>(this_thread{}, by, stores::cached, size_of(dx), dbias.data(),
                                          summed);
  }

  template <class On, class A, class DG, class DU, class DY, class G, class U>
  static void run_gated(const On& on, const A& act, const DG& dgate, const DU& dup, const DY& dy,
                        const G& gate, const U& up) {
    check_elementwise(name, named("dgate", dgate), named("dy", dy), named("gate", gate), named("up", up));
    check_elementwise(name, named("dup", dup), named("dy", dy), named("gate", gate), named("up", up));
    check_disjoint(name, named("dgate", dgate), named("dup", dup));
    check_same_shape(name, as_matrix(named("dgate", dgate)), as_matrix(named("dup", dup)));
    check_parameters(name, act);
    detail::call_gated_backward<operand_element<DG>>(on, act, size_of(dgate), kernel_argument(dgate),
                                                     kernel_argument(dup), kernel_argument(dy),
                                                     kernel_argument(gate), kernel_argument(up));
  }

private:
  template <class DY, class X, class DX> static constexpr bool check_types() {
    if constexpr (!operand_range<DY>)
      static_assert(fails<reason<DY>, DY>,
                    "relu::backward: dy must be a contiguous range of elements or a matrix");
    else if constexpr (!read_argument<X>)
      static_assert(fails<reason<X>, X>,
                    "relu::backward: x must be a contiguous range of elements or a matrix");
    else if constexpr (!written_argument<DX>)
      static_assert(fails<reason<DX>, DX>,
                    "relu::backward: dx must be a mutable contiguous range of elements or a matrix");
    else if constexpr (!alike<DY, X, DX>)
      static_assert(
          fails<DY, X, DX>,
          "relu::backward: the ranges must have the same element type, and matrices the same storage order");
    else return true;
    return false;
  }

  template <class A, class R> static constexpr bool check_activation_type() {
    if constexpr (is_prelu<A> && !is_prelu_of<A, R>)
      static_assert(fails<A, R>,
                    "relu::backward: the weights of relu::prelu must have the element type of dy, x and dx");
    else if constexpr (!is_prelu<A> && !differentiable_activation_of<A, R>)
      static_assert(fails<A, R>,
                    "relu::backward: act must be an activation for these elements with slope(x), active(x) "
                    "or gradient(dy, x), see relu::differentiable_activation");
    else return true;
    return false;
  }

  template <class DW, class DX> static constexpr bool check_weight_types() {
    if constexpr (!output_argument<DW>)
      static_assert(fails<reason<DW>, DW>,
                    "relu::backward: dweight must be a mutable contiguous range of elements");
    else if constexpr (!alike<DW, DX>)
      static_assert(fails<DW, DX>, "relu::backward: dweight and dx must have the same element type, and "
                                   "matrices the same storage order");
    else return true;
    return false;
  }
};

struct backward_from_output_verb {
  static constexpr const char* name = "backward_from_output";

  template <class On, class A, class DY, class Y, class DX>
  [[gnu::always_inline]] static void call(const On& on, const A& act, DY&& dy, Y&& y, DX&& dx,
                                          stores how = stores::automatic) {
    if constexpr (check_types<A, DY, Y, DX>())
      run(on, act, how, detail::written_operand(name, "dx", dx), detail::read_operand(name, "dy", dy),
          detail::read_operand(name, "y", y));
  }

private:
  template <class A, class DY, class Y, class DX> static constexpr bool check_types() {
    if constexpr (!read_argument<DY>)
      static_assert(fails<reason<DY>, DY>,
                    "relu::backward_from_output: dy must be a contiguous range of elements or a matrix");
    else if constexpr (!read_argument<Y>)
      static_assert(fails<reason<Y>, Y>,
                    "relu::backward_from_output: y must be a contiguous range of elements or a matrix");
    else if constexpr (!written_argument<DX>)
      static_assert(
          fails<reason<DX>, DX>,
          "relu::backward_from_output: dx must be a mutable contiguous range of elements or a matrix");
    else if constexpr (!alike<DY, Y, DX>)
      static_assert(fails<DY, Y, DX>, "relu::backward_from_output: dy, y and dx must have the same element "
                                      "type, and matrices the same storage order");
    else if constexpr (!output_activation_of<A, DX>)
      static_assert(fails<A, DX>, "relu::backward_from_output: act must be an activation whose output "
                                  "determines its slope, see relu::output_activation");
    else return true;
    return false;
  }

  template <class On, class A, class DX, class DY, class Y>
  static void run(const On& on, const A& act, stores how, const DX& dx, const DY& dy, const Y& y) {
    check_elementwise(name, named("dx", dx), named("dy", dy), named("y", y));
    detail::check_activation(name, act, named("dx", dx));
    detail::check_output_determines_slope(name, act);
    detail::call_any<backward_from_output_kernel, operand_element<DX>>(
        on, act, how, size_of(dx), kernel_argument(dx), kernel_argument(dy), kernel_argument(y));
  }
};

struct backward_accumulate_verb {
  static constexpr const char* name = "backward_accumulate";

  template <class On, class A, class DY, class X, class DX>
  requires(!mask_argument<X>)
  [[gnu::always_inline]] static void call(const On& on, const A& act, DY&& dy, X&& x, DX&& dx) {
    if constexpr (check_types<DY, X, DX>()) {
      if constexpr (check_activation_type<A, DX>())
        backward_verb::run<accumulate_kernel>(
            name, on, act, stores::cached, detail::written_operand(name, "dx", dx),
            detail::read_operand(name, "dy", dy), detail::read_operand(name, "x", x));
    }
  }

  template <class On, class A, class DY, mask_argument M, class DX>
  [[gnu::always_inline]] static void call(const On& on, const A& act, DY&& dy, M&& mask, DX&& dx) {
    if constexpr (check_types<DY, DY, DX>()) {
      if constexpr (!maskable_activation_of<A, DX>)
        static_assert(
            fails<A, DX>,
            "relu::backward_accumulate: act must be an activation whose slope takes two values, see "
            "relu::maskable_activation");
      else
        backward_verb::run_with_mask<accumulate_mask_kernel>(name, on, act, stores::cached,
                                                             detail::written_operand(name, "dx", dx), mask,
                                                             detail::read_operand(name, "dy", dy));
    }
  }

  // With the gradient of the weights, for prelu.
  template <class On, class T, class DY, class X, class DX, operand_argument DW>
  static void call(const On& on, const prelu<T>& act, DY&& dy, X&& x, DX&& dx, DW&& dweight) {
    if constexpr (check_types<DY, X, DX>()) {
      if constexpr (check_activation_type<prelu<T>, DX>() && check_weight_types<DW, DX>())
        backward_verb::run<accumulate_kernel>(
            name, on, act, stores::cached, detail::written_operand(name, "dx", dx),
            detail::output(name, "dweight", dweight), detail::read_operand(name, "dy", dy),
            detail::read_operand(name, "x", x));
    }
  }

private:
  template <class DY, class X, class DX> static constexpr bool check_types() {
    if constexpr (!operand_range<DY>)
      static_assert(fails<reason<DY>, DY>,
                    "relu::backward_accumulate: dy must be a contiguous range of elements or a matrix");
    else if constexpr (!read_argument<X>)
      static_assert(fails<reason<X>, X>,
                    "relu::backward_accumulate: x must be a contiguous range of elements or a matrix");
    else if constexpr (!written_argument<DX>)
      static_assert(
          fails<reason<DX>, DX>,
          "relu::backward_accumulate: dx must be a mutable contiguous range of elements or a matrix");
    else if constexpr (!alike<DY, X, DX>)
      static_assert(fails<DY, X, DX>,
                    "relu::backward_accumulate: the ranges must have the same element type, "
                    "and matrices the same storage order");
    else return true;
    return false;
  }

  template <class A, class R> static constexpr bool check_activation_type() {
    if constexpr (is_prelu<A> && !is_prelu_of<A, R>)
      static_assert(fails<A, R>,
                    "relu::backward_accumulate: the weights of relu::prelu must have the element "
                    "type of dy, x and dx");
    else if constexpr (!is_prelu<A> && !differentiable_activation_of<A, R>)
      static_assert(fails<A, R>, "relu::backward_accumulate: act must be an activation for these elements "
                                 "with slope(x), active(x) or gradient(dy, x), see "
                                 "relu::differentiable_activation");
    else return true;
    return false;
  }

  template <class DW, class DX> static constexpr bool check_weight_types() {
    if constexpr (!output_argument<DW>)
      static_assert(fails<reason<DW>, DW>,
                    "relu::backward_accumulate: dweight must be a mutable contiguous range of elements");
    else if constexpr (!alike<DW, DX>)
      static_assert(fails<DW, DX>,
                    "relu::backward_accumulate: dweight and dx must have the same element type, "
                    "and matrices the same storage order");
    else return true;
    return false;
  }
};

} // namespace detail

/// Computes dx[i] = dy[i] f'(x[i]), where f is the activation `act`, or max(0, x) if there is none:
///
///     backward(act, dy, x, dx)                backward(act, dy, mask, dx)
///     backward(dy, x, dx)                     backward(dy, mask, dx)            act = rectifier{}
///     backward(act, dy, x, dx, how)           backward(act, dy, mask, dx, how)
///     backward(prelu, dy, x, dx, dweight)     also the gradient of prelu's weights
///     backward(act, dy, biased{x, bias}, dx, dbias)        also the gradient of the bias
///     backward(swiglu{}, dy, gate, up, dgate, dup)         of a gated unit, see relu::gated
///     backward(policy, act, dy, x, dx) ...    on several threads, with relu/execution.hpp
///
/// act:     the activation of forward: of this library, your own (see relu::differentiable_activation), or
///          relu::prelu.
/// dy:      the gradient of the outputs: a contiguous range of n >= 0 elements, or a matrix, see
///          relu::matrix_view.
/// x:       the inputs of forward: a range or matrix like dy, or relu::biased or relu::sum of such.
/// mask:    in place of x, the n bits that forward or mask_of wrote. The slope of the activation must take
///          two values, see relu::maskable_activation; relu::prelu has no masks.
/// dx:      the gradient of the inputs, and of a residual: a range or matrix like dy. It may be dy or x.
/// how:     how dx is written if it is neither dy nor x, see relu::stores.
/// dweight: the gradient of the weights, see relu::prelu.
/// dbias:   the gradient of the bias, a range like it: the sum of dx over each channel, which is computed in
///          double, in an order that depends on the sizes alone, and rounded once.
/// dgate, dup: ranges or matrices like dy. They must not overlap, and each may be dy, gate or up. A call with
///             them writes through the cache.
///
/// dx[i] is +0 where the slope is 0, even if dy[i] is infinite or NaN. Piecewise linear activations pass
/// dy[i] with the same bits where their slope is 1. The result of an element depends on that element alone.
/// Throws std::invalid_argument and writes nothing if lengths differ, dx overlaps another range without being
/// the same, dx overlaps the mask, or the activation's parameters are invalid. With a mask, a nonzero
/// slope_at_zero is invalid. Allocates no memory on one thread.
template <detail::first_argument<detail::backward_verb> First,
          detail::argument_after<First, detail::formula::slope>... Rest>
[[gnu::always_inline]] inline void backward(First&& first, Rest&&... rest) {
  detail::call_verb<detail::backward_verb>(detail::this_thread{}, static_cast<First&&>(first),
                                           static_cast<Rest&&>(rest)...);
}

/// Computes dx[i] = dy[i] f'(x[i]) from the outputs y[i] = f(x[i]), so that forward may work in place:
///
///     backward_from_output(act, dy, y, dx)
///     backward_from_output(dy, y, dx)                    act = rectifier{}
///     backward_from_output(act, dy, y, dx, how)
///     backward_from_output(policy, act, dy, y, dx) ...   on several threads, with relu/execution.hpp
///
/// act: the activation of forward, if its output determines its slope (see relu::output_activation).
/// dy:  the gradient of the outputs: a contiguous range of n >= 0 elements, or a matrix (relu::matrix_view).
/// y:   the outputs of forward: a range or matrix like dy. Results for other values are unspecified.
/// dx:  the gradient of the inputs: a range or matrix like dy. It may be dy or y.
/// how: how dx is written if it is neither dy nor y, see relu::stores.
///
/// Piecewise linear activations return the bits of backward. For smooth ones the slope is that of y, which
/// forward rounded. Near a limit of f, such as 1 for sigmoid, the slope is only as accurate as y. It is 0
/// where y is the limit, if that is an element: as a float16 or bfloat16 it may be rounded. There, a value of
/// shifted_relu or soft_shrink that was rounded to 0 counts as inactive. dx[i] is +0 where the slope is 0,
/// even if dy[i] is infinite or NaN. Throws std::invalid_argument and writes nothing if lengths differ, dx
/// overlaps another range without being the same, or the activation's parameters are invalid or let an output
/// belong to two slopes (such as a negative_slope below 0). Allocates no memory on one thread.
template <detail::first_argument<detail::backward_from_output_verb> First, class... Rest>
[[gnu::always_inline]] inline void backward_from_output(First&& first, Rest&&... rest) {
  detail::call_verb<detail::backward_from_output_verb>(detail::this_thread{}, static_cast<First&&>(first),
                                                       static_cast<Rest&&>(rest)...);
}

/// Computes dx[i] += dy[i] f'(x[i]), where f is the activation `act`, or max(0, x) if there is none. It
/// adds up the gradients of branches that read the same x:
///
///     backward_accumulate(act, dy, x, dx)               backward_accumulate(act, dy, mask, dx)
///     backward_accumulate(dy, x, dx)                    backward_accumulate(dy, mask, dx)
///                                                       act = rectifier{}
///     backward_accumulate(prelu, dy, x, dx, dweight)    also writes the gradient of prelu's weights
///     backward_accumulate(policy, act, dy, x, dx) ...   on several threads, with relu/execution.hpp
///
/// act:     the activation of forward: of this library, your own (see relu::differentiable_activation), or
///          relu::prelu.
/// dy:      the gradient of the outputs: a contiguous range of n >= 0 elements, or a matrix, see
///          relu::matrix_view.
/// x:       the inputs of forward: a range or matrix like dy, or relu::biased or relu::sum of such.
/// mask:    in place of x, the n bits that forward or mask_of wrote. The slope of the activation must take
///          two values, see relu::maskable_activation; relu::prelu has no masks.
/// dx:      the sum: a range or matrix like dy. It may be x. It may also be dy: dx becomes the gradient of
///          x + f(x).
/// dweight: the gradient of the weights, see relu::prelu. It is overwritten.
///
/// The term that is added to dx[i] has the bits that backward writes. The sum is rounded once more; integers
/// wrap. (For float16 and bfloat16, a term that is a product is a float, and so is the sum before it is
/// rounded.) Where the slope is 0 the term is +0, even if dy[i] is infinite or NaN; +0 turns a dx[i] of -0
/// into +0 unless the rounding mode is downward. A sum of infinities with different signs is NaN. The
/// processor and its modes decide which NaN results from a NaN, and whether subnormal sums are flushed. The
/// call writes through the cache. It throws std::invalid_argument and writes nothing in the same cases as
/// backward. Allocates no memory on one thread.
template <detail::first_argument<detail::backward_accumulate_verb> First,
          detail::argument_after<First, detail::formula::slope>... Rest>
[[gnu::always_inline]] inline void backward_accumulate(First&& first, Rest&&... rest) {
  detail::call_verb<detail::backward_accumulate_verb>(detail::this_thread{}, static_cast<First&&>(first),
                                                      static_cast<Rest&&>(rest)...);
}

} // namespace relu::inline RELU_ABI
