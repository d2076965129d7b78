// SPDX-License-Identifier: MIT
// forward: an activation of every element, with or without a mask.
#pragma once

#include <relu/detail/verb.hpp>
#include <relu/gated.hpp>

namespace relu::inline RELU_ABI {

namespace detail {

struct forward_verb {
  static constexpr const char* name = "forward";

  template <class On, class A, class X, class Y>
  requires(!mask_argument<Y>)
  [[gnu::always_inline]] static void call(const On& on, const A& act, X&& x, Y&& y,
                                          stores how = stores::automatic) {
    if constexpr (check_types<X, Y>()) {
      if constexpr (is_prelu<A> && !is_prelu_of<A, Y>)
        static_assert(fails<A, Y>,
                      "relu::forward: the weights of relu::prelu must have the element type of x and y");
      else if constexpr (!is_prelu<A> && !activation_of<A, Y>)
        static_assert(
            fails<A, Y>,
            "relu::forward: act must have value(x) for these elements and for vectors of them, with "
            "relu::math::select for conditions, see relu::activation; a function of one number is an "
            "activation as relu::scalar_activation{f}");
      else run(on, act, how, detail::written_operand(name, "y", y), detail::read_operand(name, "x", x));
    }
  }

  template <class On, class A, class X>
  [[gnu::always_inline]] static void call(const On& on, const A& act, X&& x) {
    if constexpr (check_type_in_place<X>()) call(on, act, x, x);
  }

  template <class On, class A, class X, class Y, mask_argument M>
  [[gnu::always_inline]] static std::size_t call(const On& on, const A& act, X&& x, Y&& y, M&& mask,
                                                 stores how = stores::automatic) {
    if constexpr (check_types<X, Y>()) {
      if constexpr (!maskable_activation_of<A, Y>)
        static_assert(fails<A, Y>,
                      "relu::forward: act must be an activation whose slope takes two values, see "
                      "relu::maskable_activation");
      else if constexpr (!output_mask_argument<M>)
        static_assert(fails<M>, "relu::forward: mask must be a mutable relu::bitmask or a "
                                "relu::bitmask_span; a temporary relu::bitmask would be lost");
      else
        return run(on, act, how, detail::written_operand(name, "y", y), bitmask_span(mask),
                   detail::read_operand(name, "x", x));
    }
    return 0;
  }

  template <class On, class A, class X, mask_argument M>
  [[gnu::always_inline]] static std::size_t call(const On& on, const A& act, X&& x, M&& mask) {
    if constexpr (check_type_in_place<X>()) return call(on, act, x, x, static_cast<M&&>(mask));
    else return 0;
  }

  template <class On, class A, class G, class U, class Y>
  [[gnu::always_inline]] static void call(const On& on, const gated<A>& unit, G&& gate, U&& up, Y&& y,
                                          stores how = stores::automatic) {
    if constexpr (!read_argument<G>)
      static_assert(fails<reason<G>, G>,
                    "relu::forward: gate must be a contiguous range of elements or a matrix");
    else if constexpr (!operand_range<U>)
      static_assert(fails<reason<U>, U>,
                    "relu::forward: up must be a contiguous range of elements or a matrix");
    else if constexpr (!written_argument<Y>)
      static_assert(fails<reason<Y>, Y>,
                    "relu::forward: y must be a mutable contiguous range of elements or a matrix");
    else if constexpr (!alike<G, U, Y>)
      static_assert(fails<G, U, Y>,
                    "relu::forward: gate, up and y must have the same element type, and matrices "
                    "the same storage order");
    else if constexpr (!real_element<element_of<Y>> || is_prelu<A> || !activation_of<A, Y>)
      static_assert(fails<A, Y>,
                    "relu::forward: relu::gated needs floating-point elements, and an activation "
                    "with value(x) for them, which relu::prelu is not");
    else
      run_gated(on, unit.act, how, detail::written_operand(name, "y", y),
                detail::read_operand(name, "gate", gate), detail::read_operand(name, "up", up));
  }

  template <class On, class A, class X, class Y, order OrderX, order OrderY>
  static void call(const On& on, const A& act, quantized<X, OrderX> x, quantized<Y, OrderY> y,
                   stores how = stores::automatic) {
    if constexpr (!byte_element<std::remove_const_t<X>> || !byte_element<std::remove_const_t<Y>>)
      static_assert(fails<X, Y>,
                    "relu::forward: a relu::quantized must have elements std::int8_t or std::uint8_t");
    else if constexpr (std::is_const_v<Y>)
      static_assert(fails<it_is_const, Y>, "relu::forward: y must be a relu::quantized of mutable elements");
    else if constexpr (!quantized_activation<A>)
      static_assert(fails<A>, "relu::forward: for quantised elements act must have value(x) for double, see "
                              "relu::activation; relu::prelu does not, because an element does not tell its "
                              "channel");
    else if constexpr (!same_order<quantized<X, OrderX>, quantized<Y, OrderY>>)
      static_assert(fails<X, Y>, "relu::forward: matrices must have the same storage order");
    else run_quantized(on, act, how, y, x);
  }

  template <class On, class A, class X, order Order>
  static void call(const On& on, const A& act, quantized<X, Order> x) {
    call(on, act, x, x);
  }

  template <class On, class In, class Out, class X, class Y>
  requires(!mask_argument<Y>)
  [[gnu::always_inline]] static void call(const On& on, const lookup_table<In, Out>& table, X&& x, Y&& y,
                                          stores how = stores::automatic) {
    if constexpr (!is_operand_of<X, In>)
      static_assert(fails<In, X>, "relu::forward: x must be a contiguous range or a matrix of elements of "
                                  "the first type of the table");
    else if constexpr (!is_operand_of<Y, Out> || !written_argument<Y>)
      static_assert(fails<Out, Y>, "relu::forward: y must be a mutable contiguous range or a matrix of "
                                   "elements of the second type of the table");
    else if constexpr (!same_order<X, Y>)
      static_assert(fails<X, Y>, "relu::forward: matrices must have the same storage order");
    else {
      const auto to = detail::written_operand(name, "y", y);
      const auto from = detail::read_operand(name, "x", x);
      check_elementwise(name, named("y", to), named("x", from));
      look_up(on, table, how, to, from);
    }
  }

  template <class On, class In, class Out, class X>
  [[gnu::always_inline]] static void call(const On& on, const lookup_table<In, Out>& table, X&& x) {
    if constexpr (!std::is_same_v<In, Out> || !is_operand_of<X, In> || !written_argument<X>)
      static_assert(fails<In, Out, X>,
                    "relu::forward: x must be a mutable contiguous range or a matrix, to be changed in "
                    "place, and both types of the table must be its element type");
    else call(on, table, x, x);
  }

private:
  template <class R, class T>
  static constexpr bool is_operand_of = [] {
    if constexpr (operand_range<R>) return std::is_same_v<element_of<R>, T>;
    else return false;
  }();

  template <class X> static constexpr bool check_type_in_place() {
    if constexpr (!written_argument<X>)
      static_assert(fails<reason<X>, X>, "relu::forward: x must be a mutable contiguous range of elements or "
                                         "a matrix, to be changed in place");
    return written_argument<X>;
  }

  template <class X, class Y> static constexpr bool check_types() {
    if constexpr (!read_argument<X>)
      static_assert(fails<reason<X>, X>,
                    "relu::forward: x must be a contiguous range of elements or a matrix");
    else if constexpr (!written_argument<Y>)
      static_assert(fails<reason<Y>, Y>,
                    "relu::forward: y must be a mutable contiguous range of elements or a matrix");
    else if constexpr (!alike<X, Y>)
      static_assert(
          fails<X, Y>,
          "relu::forward: x and y must have the same element type, and matrices the same storage order");
    else return true;
    return false;
  }

  template <class On, class A, class Y, class X>
  static void run(const On& on, const A& act, stores how, const Y& y, const X& x) {
    check_elementwise(name, named("y", y), named("x", x));
    detail::check_activation(name, act, named("y", y));
    detail::call_any<forward_kernel, operand_element<Y>>(on, detail::kernel_parameters(act), how, size_of(y),
                                                         kernel_argument(y), kernel_argument(x));
  }

  template <class On, class A, class Y, class G, class U>
  static void run_gated(const On& on, const A& act, stores how, const Y& y, const G& gate, const U& up) {
    check_elementwise(name, named("y", y), named("gate", gate), named("up", up));
    check_parameters(name, act);
    detail::call_any<fused_forward_kernel, operand_element<Y>>(
        on, act, how, size_of(y), kernel_argument(y), kernel_argument(gate), none{}, kernel_argument(up));
  }

  template <class On, class A, class Y, class X>
  static std::size_t run(const On& on, const A& act, stores how, const Y& y, bitmask_span mask, const X& x) {
    check_elementwise(name, named("y", y), named("x", x));
    detail::check_mask(name, mask, "x", x);
    detail::check_mask(name, mask, "y", y);
    detail::check_activation(name, act, named("y", y));
    return detail::call_any<forward_mask_kernel, operand_element<Y>>(
        on, act, how, size_of(y), kernel_argument(y), mask.bytes().data(), kernel_argument(x));
  }

  template <class On, class A, class X, class Y, order OrderX, order OrderY>
  static void run_quantized(const On& on, const A& act, stores how, const quantized<Y, OrderY>& y,
                            const quantized<X, OrderX>& x) {
    using In = std::remove_const_t<X>;
    check_elementwise(name, matrix_operand<Y>{"y", y.x()}, matrix_operand<X>{"x", x.x()});
    check_parameters(name, act);
    const auto of_x = for_elements<In>(x.quantization()), of_y = for_elements<Y>(y.quantization());
    check_quantization(name, "x", of_x);
    check_quantization(name, "y", of_y);
    const std::size_t columns = y.x().is_range ? x.x().matrix.columns : y.x().matrix.columns;
    const auto to = with_columns(y.x(), columns);
    const auto from = detail::as_input(with_columns(x.x(), columns));
    if (size_of(to) >= fewest_for_a_table)
      return look_up(on, lookup_table<In, Y>(act, x.quantization(), y.quantization()), how, to, from);
    const auto in_double = detail::in_kernel<double>(act);
    each_segment(
        0, size_of(to), to.columns,
        [&](const segment& s, std::uint8_t* patterns, const std::uint8_t* of) {
          detail::map_quantized(in_double, of_x, of_y, s.size, patterns, of);
        },
        source_of<std::uint8_t>(detail::bytes_of<std::uint8_t>(to), to.columns, false),
        source_of<std::uint8_t>(detail::bytes_of<std::uint8_t>(from), to.columns, true));
  }

  template <class On, class In, class Out, class Y, class X>
  static void look_up(const On& on, const lookup_table<In, Out>& table, stores how, const Y& y, const X& x) {
    const byte_table entries{reinterpret_cast<const std::int8_t*>(table.entries().data())};
    detail::call_any<lookup_kernel, std::int8_t>(on, entries, how, size_of(y),
                                                 kernel_argument(detail::bytes_of<std::int8_t>(y)),
                                                 kernel_argument(detail::bytes_of<std::int8_t>(x)));
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
/// x, y: contiguous ranges of n >= 0 elements of one type; y may be x. Each may also be a matrix, see
///       relu::matrix_view, and x may be relu::biased{x, bias} or relu::sum{x, residual}.
/// mask: relu::bitmask or relu::bitmask_span of n bits, for an activation whose slope takes two values (see
///       relu::maskable_activation). Bit i becomes act.active(x[i]): for max(0, x) whether x[i] > 0 or NaN.
/// how:  how y is written if it is not x, see relu::stores.
///
/// For 8-bit integers that stand for other numbers, x and y may be two relu::quantized with any
/// quantizations, or one in place, and a relu::lookup_table may replace act and both quantizations:
///
///     forward(act, quantized{x, qx}, quantized{y, qy}) ...
///     forward(table, x, y)      forward(table, x) ...
///
/// A gated unit, see relu::gated, has two inputs:
///
///     forward(swiglu{}, gate, up, y) ...
///
/// Returns nothing, or with a mask the number of set bits. The result of an element depends on that element
/// alone: not on n, its position, the alignment, or whether y is x. The activation documents its results for
/// NaN, -0 and infinities. Throws std::invalid_argument and writes nothing if lengths differ, ranges overlap
/// without being the same, the mask overlaps a range, or the activation's parameters are invalid. Allocates
/// no memory on one thread.
template <detail::first_argument<detail::forward_verb> First,
          detail::argument_after<First, detail::formula::value>... Rest>
[[gnu::always_inline]] inline auto forward(First&& first, Rest&&... rest) {
  return detail::call_verb<detail::forward_verb>(detail::this_thread{}, static_cast<First&&>(first),
                                                 static_cast<Rest&&>(rest)...);
}

} // namespace relu::inline RELU_ABI
