// SPDX-License-Identifier: MIT
// The kernels: one descriptor for each loop that the library runs on the caller's memory.
#pragma once

#include <relu/activations.hpp>
#include <relu/detail/byte_lookup.hpp>
#include <relu/detail/compress.hpp>
#include <relu/detail/correctly_rounded.hpp>
#include <relu/detail/count.hpp>
#include <relu/detail/float16_vec.hpp>
#include <relu/detail/fused_ops.hpp>
#include <relu/detail/ops.hpp>
#include <relu/detail/sums.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace relu::inline RELU_ABI::detail {

// A descriptor has
//   signature<T>                       the arguments besides the parameters and n: outputs, then inputs
//   takes<A, T>                        whether there is a kernel for parameters A and elements T
//   streams<Arch, A, T>                whether it has a variant with streaming stores
//   uses_slope                         whether it may call slope(x)
//   elementwise                        whether each output depends only on the inputs of the same index
//   uses_value_only                    whether it calls no other member than value(x)
//   run<Arch, Streaming>(act, n, ...)  the loop
//   fused                              optional: the fused kernel that can do the same
//   fuses                              whether it has as_fused(call, none, addend, output, ...), which calls
//                                      the fused kernel with the same arguments and the addend of x; `output`
//                                      is the first argument as an input
//   reads_output                       whether it reads its first argument
// The parameters A are an activation, channel_weights, channel_sums, or no_parameters.

/// The parameters of a kernel that has none.
struct no_parameters {
  static constexpr bool only_selects = true;
};

template <class A> inline constexpr bool is_channel_weights = false;
template <class T>
inline constexpr bool is_channel_weights<channel_weights<T>> =
    floating_element<compute_t<T>> || float16_element<T>;

struct kernel_defaults {
  static constexpr bool reads_output = false;
  static constexpr bool fuses = false;
  static constexpr bool uses_slope = false;
  static constexpr bool elementwise = false;
  static constexpr bool uses_value_only = false;
};
struct never_streams : kernel_defaults {
  template <class Arch, class A, class T> static constexpr bool streams = false;
};
struct streams_unless_compute_bound : kernel_defaults {
  template <class Arch, class A, class T>
  static constexpr bool streams =
      vec<std::conditional_t<float16_element<T>, widened<T>, T>, Arch>::streams && !compute_bound<A>;
};

/// Kernels that read a mask take activations that have masked_gradient. All others select dy or 0 and share
/// one kernel, that of no_parameters.
template <class A, class T>
inline constexpr bool takes_mask = (__is_same(A, no_parameters) && element<T>) ||
                                   (maskable_activation<A, T> && has_masked_gradient<A, scalar_for<A, T>>);

/// out[i] = op(in[i]...), with the op of an activation or of a channel.
template <template <class> class Op> struct elementwise_kernel : streams_unless_compute_bound {
  static constexpr bool elementwise = true;
  template <class Arch, bool Streaming, class A, class T, class... In>
  static void run(const A& act, std::size_t n, T* out, const In*... in) {
    if constexpr (is_channel_weights<A>) map_by_channel<Arch, Streaming>(Op<A>{}, act, n, out, in...);
    else if constexpr (is_widened<T>) map<Arch, Streaming>(on_pairs<Op<A>>{{act}}, n, out, in...);
    else map<Arch, Streaming>(Op<A>{act}, n, out, in...);
  }
};

/// Every call runs a fused kernel: for a compute-bound activation one loop is enough.
template <class A, class T> inline constexpr bool always_fused = compute_bound<A> && real_element<T>;

/// y = f(x + addend) factor and dx = before + dy factor f'(x + addend), where addend, factor and before may
/// be null. The kernels of compute-bound activations for all such calls.
struct fused_forward_kernel : streams_unless_compute_bound {
  static constexpr bool fuses = true;
  static constexpr bool elementwise = true;
  static constexpr bool uses_value_only = true;
  template <class T> using signature = void(T* y, const T* x, const T* addend, const T* factor);
  template <class A, class T> static constexpr bool takes = activation<A, T> && real_element<T>;
  template <class Arch, bool Streaming, class A, class T>
  static void run(const A& act, std::size_t n, T* y, const T* x, const T* addend, const T* factor) {
    if constexpr (!relu::compute_bound<A>) {
      using op = on_pairs<addend_forward_op<A, element_stored_as_t<T>>>;
      if (addend && !factor) return map<Arch, Streaming>(op{{{act}}}, n, y, x, addend);
    }
    using op = on_pairs<fused_forward_op<A, element_stored_as_t<T>>>;
    map<Arch, Streaming>(op{{{act}}}, n, y, x, optional_input<T>{addend}, optional_input<T>{factor});
  }
  template <class F, class None, class Addend, class Input, class Y, class X, class Factor>
  [[gnu::always_inline]] static void as_fused(const F& call, None, Addend addend, Input, Y y, X x, None,
                                              Factor factor) {
    call(y, x, addend, factor);
  }
};
struct fused_backward_kernel : streams_unless_compute_bound {
  static constexpr bool fuses = true;
  static constexpr bool elementwise = true;
  static constexpr bool uses_slope = true;
  template <class T>
  using signature = void(T* dx, const T* dy, const T* x, const T* addend, const T* factor, const T* before);
  template <class A, class T>
  static constexpr bool takes = differentiable_activation<A, T> && real_element<T>;
  template <class Arch, bool Streaming, class A, class T>
  static void run(const A& act, std::size_t n, T* dx, const T* dy, const T* x, const T* addend,
                  const T* factor, const T* before) {
    using op = on_pairs<fused_backward_op<A, element_stored_as_t<T>>>;
    map<Arch, Streaming>(op{{{act}}}, n, dx, dy, x, optional_input<T>{addend}, optional_input<T>{factor},
                         optional_input<T>{before});
  }
  template <class F, class None, class Addend, class Input, class DX, class DY, class X, class Factor>
  [[gnu::always_inline]] static void as_fused(const F& call, None none, Addend addend, Input, DX dx, DY dy,
                                              X x, None, Factor factor, None) {
    call(dx, dy, x, addend, factor, none);
  }
};

struct forward_kernel : elementwise_kernel<forward_op> {
  static constexpr bool uses_value_only = true;
  template <class T> using signature = void(T* y, const T* x);
  template <class A, class T>
  static constexpr bool takes = (activation<A, T> && !always_fused<A, T>) || is_channel_weights<A>;

  static constexpr bool fuses = true;
  using fused = fused_forward_kernel;
  template <class F, class None, class Addend, class Input, class Y, class X>
  [[gnu::always_inline]] static void as_fused(const F& call, None none, Addend addend, Input, Y y, X x) {
    call(y, x, addend, none);
  }
};

struct backward_kernel : elementwise_kernel<backward_op> {
  static constexpr bool uses_slope = true;
  template <class T> using signature = void(T* dx, const T* dy, const T* x);
  template <class A, class T>
  static constexpr bool takes =
      (differentiable_activation<A, T> && !always_fused<A, T>) || is_channel_weights<A>;

  static constexpr bool fuses = true;
  using fused = fused_backward_kernel;
  template <class F, class None, class Addend, class Input, class DX, class DY, class X>
  [[gnu::always_inline]] static void as_fused(const F& call, None none, Addend addend, Input, DX dx, DY dy,
                                              X x) {
    call(dx, dy, x, addend, none, none);
  }
};

/// A call adds to dx, so dx is also the first input.
struct accumulate_kernel : never_streams {
  static constexpr bool reads_output = true;
  static constexpr bool uses_slope = true;
  static constexpr bool elementwise = true;
  template <class T> using signature = backward_kernel::signature<T>;
  template <class A, class T> static constexpr bool takes = backward_kernel::takes<A, T>;
  template <class Arch, bool, class A, class T>
  static void run(const A& act, std::size_t n, T* dx, const T* dy, const T* x) {
    elementwise_kernel<accumulate_op>::run<Arch, false>(act, n, dx, static_cast<const T*>(dx), dy, x);
  }

  static constexpr bool fuses = true;
  using fused = fused_backward_kernel;
  template <class F, class None, class Addend, class Input, class DX, class DY, class X>
  [[gnu::always_inline]] static void as_fused(const F& call, None none, Addend addend, Input output, DX dx,
                                              DY dy, X x) {
    call(dx, dy, x, addend, none, output);
  }
};

struct backward_from_output_kernel : elementwise_kernel<backward_from_output_op> {
  template <class T> using signature = void(T* dx, const T* dy, const T* y);
  template <class A, class T> static constexpr bool takes = output_activation<A, T>;
};

/// Returns the number of set bits, as mask_of_kernel does.
struct forward_mask_kernel : streams_unless_compute_bound {
  template <class T> using signature = std::size_t(T* y, std::byte* mask, const T* x);
  template <class A, class T> static constexpr bool takes = maskable_activation<A, T>;
  template <class Arch, bool Streaming, class A, class T>
  static std::size_t run(const A& act, std::size_t n, T* y, std::byte* mask, const T* x) {
    return map_to_mask<Arch, true, Streaming>(act, n, y, mask, x);
  }
};

struct mask_of_kernel : never_streams {
  template <class T> using signature = std::size_t(std::byte* mask, const T* x);
  template <class A, class T> static constexpr bool takes = maskable_activation<A, T>;
  template <class Arch, bool, class A, class T>
  static std::size_t run(const A& act, std::size_t n, std::byte* mask, const T* x) {
    return map_to_mask<Arch, false, false>(act, n, static_cast<T*>(nullptr), mask, x);
  }
};

struct backward_mask_kernel : streams_unless_compute_bound {
  template <class T> using signature = void(T* dx, const std::byte* mask, const T* dy);
  template <class A, class T> static constexpr bool takes = takes_mask<A, T>;
  template <class Arch, bool Streaming, class A, class T>
  static void run(const A& act, std::size_t n, T* dx, const std::byte* mask, const T* dy) {
    map_from_mask<Arch, Streaming>(masked_backward_op<A>{act}, n, dx, mask, dy);
  }
};

struct accumulate_mask_kernel : never_streams {
  static constexpr bool reads_output = true;
  template <class T> using signature = void(T* dx, const std::byte* mask, const T* dy);
  template <class A, class T> static constexpr bool takes = takes_mask<A, T>;
  template <class Arch, bool, class A, class T>
  static void run(const A& act, std::size_t n, T* dx, const std::byte* mask, const T* dy) {
    map_from_mask<Arch, false>(masked_accumulate_op<A>{act}, n, dx, mask, static_cast<const T*>(dx), dy);
  }
};

struct compressed_size_kernel : never_streams {
  static constexpr bool uses_value_only = true;
  template <class T> using signature = std::size_t(const T* x);
  template <class A, class T> static constexpr bool takes = activation<A, T>;
  template <class Arch, bool, class A, class T>
  static std::size_t run(const A& act, std::size_t n, const T* x) {
    return count<Arch>(is_nonzero_op<A>{{act}}, n, x);
  }
};

struct compress_kernel : never_streams {
  static constexpr bool uses_value_only = true;
  template <class T>
  using signature = std::size_t(T* values, std::uint32_t* indices, std::size_t capacity, std::size_t first,
                                const T* x);
  template <class A, class T> static constexpr bool takes = activation<A, T>;
  template <class Arch, bool, class A, class T>
  static std::size_t run(const A& act, std::size_t n, T* values, std::uint32_t* indices, std::size_t capacity,
                         std::size_t first, const T* x) {
    return compress<Arch>(compress_op<A>{{act}}, n, values, indices, capacity, first, x);
  }
};

struct count_zeros_kernel : never_streams {
  template <class T> using signature = std::size_t(const T* y);
  template <class A, class T> static constexpr bool takes = __is_same(A, no_parameters) && element<T>;
  template <class Arch, bool, class T> static std::size_t run(no_parameters, std::size_t n, const T* y) {
    return count<Arch>(is_zero_op{}, n, y);
  }
};

/// y = x + addend
struct sum_kernel : never_streams {
  template <class T> using signature = void(T* y, const T* x, const T* addend);
  template <class A, class T> static constexpr bool takes = __is_same(A, no_parameters) && element<T>;
  template <class Arch, bool, class T>
  static void run(no_parameters, std::size_t n, T* y, const T* x, const T* addend) {
    map<Arch, false>(sum_op{}, n, y, x, addend);
  }
};

/// Sums over the elements of each channel.
struct sums_of_channels : never_streams {
  template <class A, class T> static constexpr bool takes = __is_same(A, channel_sums) && real_element<T>;
};
/// The gradient of prelu's weights.
struct weight_gradient_kernel : sums_of_channels {
  template <class T> using signature = void(T* dweight, const T* dy, const T* x);
  template <class Arch, bool, class T>
  static void run(const channel_sums& by, std::size_t n, T* dweight, const T* dy, const T* x) {
    sum_by_channel<Arch>(weight_gradient_op{}, by.channels, by.plane, n, dweight,
                         summed_input<T, Arch>(dy, by.of[0]), summed_input<T, Arch>(x, by.of[1]));
  }
};
/// The gradient of a bias.
struct bias_gradient_kernel : sums_of_channels {
  template <class T> using signature = void(T* dbias, const T* dx);
  template <class Arch, bool, class T>
  static void run(const channel_sums& by, std::size_t n, T* dbias, const T* dx) {
    sum_by_channel<Arch>(bias_gradient_op{}, by.channels, by.plane, n, dbias,
                         summed_input<T, Arch>(dx, by.of[0]));
  }
};

/// From 16-bit floats T to float, and back.
struct conversion : streams_unless_compute_bound {
  template <class A, class T> static constexpr bool takes = __is_same(A, no_parameters) && float16_element<T>;
};
struct to_float_kernel : conversion {
  template <class T> using signature = void(float* y, const T* x);
  template <class Arch, bool Streaming, class T>
  static void run(no_parameters, std::size_t n, float* y, const T* x) {
    map<Arch, Streaming>(to_float_op{}, n, reinterpret_cast<paired<float>*>(y), x);
  }
};
struct from_float_kernel : conversion {
  template <class T> using signature = void(T* y, const float* x);
  template <class Arch, bool Streaming, class T>
  static void run(no_parameters, std::size_t n, T* y, const float* x) {
    map<Arch, Streaming>(from_float_op<T>{}, n, y, reinterpret_cast<const paired<float>*>(x));
  }
};

/// The parameters of lookup_kernel: a table of 256 bytes, see byte_lookup.
struct byte_table {
  const std::int8_t* entries;
};

/// y[i] is the entry of the table for x[i]. std::int8_t stands for every type of a byte.
struct lookup_kernel : streams_unless_compute_bound {
  template <class T> using signature = void(T* y, const T* x);
  template <class A, class T>
  static constexpr bool takes = __is_same(A, byte_table) && __is_same(T, std::int8_t);
  template <class Arch, bool Streaming>
  static void run(byte_table table, std::size_t n, std::int8_t* y, const std::int8_t* x) {
    map_lookup<Arch, Streaming>(table.entries, n, y, x);
  }
};

/// All kernels. relu::dispatch compiles them for every instruction set and every type of parameters that they
/// take.
using kernel_list =
    type_list<fused_forward_kernel, fused_backward_kernel, forward_kernel, backward_kernel, accumulate_kernel,
              backward_from_output_kernel, forward_mask_kernel, mask_of_kernel, backward_mask_kernel,
              accumulate_mask_kernel, compressed_size_kernel, compress_kernel, count_zeros_kernel, sum_kernel,
              weight_gradient_kernel, bias_gradient_kernel, to_float_kernel, from_float_kernel,
              lookup_kernel>;

// --- Parameters and pointers as a kernel takes them ---

/// The parameters of the kernel that computes elements T. double has one tier, so fast<A> uses the kernels of
/// A. 16-bit floats are rounded correctly in both tiers. relu6 uses the kernels of clipped_relu.
template <class T, class A> constexpr const A& in_kernel(const A& act) noexcept { return act; }
template <class T, class A>
requires std::is_same_v<T, double>
constexpr const A& in_kernel(const fast<A>& act) noexcept {
  return act.act;
}
template <class A> concept has_two_tiers = contains<A, default_activations> && has_fast_tier<A, float>;
template <float16_element T, has_two_tiers A>
constexpr correctly_rounded<T, A> in_kernel(const A& act) noexcept {
  return {act};
}
template <float16_element T, has_two_tiers A>
constexpr correctly_rounded<T, A> in_kernel(const fast<A>& act) noexcept {
  return {act.act};
}
template <class T> constexpr const clipped_relu& in_kernel(const relu6& act) noexcept { return act; }
template <class A, class T>
using in_kernel_t = std::remove_cvref_t<decltype(detail::in_kernel<T>(std::declval<const A&>()))>;

/// The parameters of kernels for elements T, each once.
template <class T, class... A> constexpr auto in_kernels(type_list<A...>) noexcept {
  return detail::without_repeats(type_list<>{}, type_list<in_kernel_t<A, T>...>{});
}

/// The types of parameters that relu::dispatch compiles kernels for. Calls on elements for which it has none
/// run on the instruction set of the program.
template <class T> struct parameters_of {
  using type = decltype(detail::in_kernels<T>(activations{}) +
                        type_list<channel_weights<T>, channel_sums, no_parameters>{});
};
template <> struct parameters_of<std::int8_t> {
  using type = decltype(detail::in_kernels<std::int8_t>(activations{}) +
                        type_list<channel_weights<std::int8_t>, channel_sums, no_parameters, byte_table>{});
};
template <class T>
using parameter_list = typename std::conditional_t<contains<T, dispatched_elements>, parameters_of<T>,
                                                   std::type_identity<type_list<>>>::type;

/// An argument of a kernel for elements that are stored as S: pointers and weights of 16-bit floats change
/// their type.
template <class S, class P> [[gnu::always_inline]] inline P as_stored(P p) noexcept { return p; }
template <class S, class T>
requires is_widened<S> && float16_element<std::remove_const_t<T>>
[[gnu::always_inline]] inline auto as_stored(T* p) noexcept {
  return reinterpret_cast<std::conditional_t<std::is_const_v<T>, const S, S>*>(p);
}
template <class S, class T>
requires is_widened<S>
[[gnu::always_inline]] inline channel_weights<S> as_stored(const channel_weights<T>& by) noexcept {
  return {detail::as_stored<S>(by.weight), by.channels, by.plane, by.first};
}

/// Values of A are rounded to T two vectors of float at a time.
template <class A, class T, class Arch> inline constexpr bool rounds_pairs = false;
#if RELU_WITH_XSIMD
template <class A, class T, class Arch>
inline constexpr bool rounds_pairs<correctly_rounded<T, A>, T, Arch> = has_vector<float, Arch>;
#endif

/// How kernel K stores elements T for parameters A.
template <class K, class A, class T, class Arch>
using kernel_storage_t = std::conditional_t<
    !float16_element<T>, T,
    std::conditional_t<only_selects<A> || (K::uses_value_only && rounds_pairs<A, T, Arch>), T,
                       std::conditional_t<K::elementwise && !is_channel_weights<A>, paired<T>, widened<T>>>>;

/// Runs kernel K for parameters A and elements T.
template <class K, class Arch, bool Streaming, class T, class A, class... P>
[[gnu::flatten]] inline auto run_kernel(const A& act, std::size_t n, P... p) {
  using S = kernel_storage_t<K, A, T, Arch>;
  return K::template run<Arch, Streaming>(detail::as_stored<S>(act), n, detail::as_stored<S>(p)...);
}

} // namespace relu::inline RELU_ABI::detail
