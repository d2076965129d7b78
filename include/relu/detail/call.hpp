// SPDX-License-Identifier: MIT
// From a kernel and its arguments to a call: fast or slow path, header-only or dispatched, one thread or
// many.
#pragma once

#include <relu/detail/cache_line.hpp>
#include <relu/detail/kernels.hpp>
#include <relu/streaming.hpp>

#include <cstddef>

#ifdef RELU_DISPATCH
#include <relu/dispatch/boundary.hpp>
#endif

namespace relu::inline RELU_ABI::detail {

// --- Header-only or dispatched ---

/// After an error in a formula, clang treats its function as missing, and this is false. The kernel is then
/// not instantiated, so that no further errors follow.
template <class K, class A, class V> consteval bool has_its_formulas() {
  if constexpr (K::uses_slope)
    if (has_slope<A, V> && !requires(const A& act, V x) { act.slope(x); }) return false;
  return !has_value<A, V> || requires(const A& act, V x) { act.value(x); };
}

template <class T> inline constexpr const T* no_pointer = nullptr;
template <class T, class... P> const T* first_of(T* p, P...) noexcept { return p; }

/// Whether K::fused replaces kernel K.
template <class K, class A, class T>
inline constexpr bool is_replaced = always_fused<in_kernel_t<A, T>, T> && requires { typename K::fused; };

/// Kernel K for parameters A and elements T, instantiated in this translation unit.
template <class K, class A, class T> struct native_kernel {
  // noinline, because an inlined loop would make the compiler save registers before the checks of a call.
  template <bool Streaming, class... P>
  [[gnu::flatten, gnu::noinline]] static auto run(A act, std::size_t n, P... p) {
    if constexpr (has_its_formulas<K, A, vector_for<A, T>>())
      return run_kernel<K, native, Streaming, T>(act, n, p...);
  }
  template <class... P>
  auto operator()(const A& act, [[maybe_unused]] bool streaming, std::size_t n, P... p) const {
    if constexpr (is_replaced<K, A, T>)
      K::as_fused([&](auto... all) { native_kernel<typename K::fused, A, T>{}(act, streaming, n, all...); },
                  no_pointer<T>, no_pointer<T>, first_of(p...), p...);
    else return run_with(act, streaming, n, p...);
  }

private:
  template <class... P>
  static auto run_with(const A& act, [[maybe_unused]] bool streaming, std::size_t n, P... p) {
    using kernel = native_kernel<K, in_kernel_t<A, T>, T>;
    if constexpr (K::template streams<native, in_kernel_t<A, T>, T>)
      if (streaming) return kernel::template run<true>(detail::in_kernel<T>(act), n, p...);
    return kernel::template run<false>(detail::in_kernel<T>(act), n, p...);
  }
};

#ifdef RELU_DISPATCH

/// Kernel K for parameters A and elements T, from relu::dispatch.
template <class K, class A, class T> struct dispatched_kernel {
  std::size_t chosen;

  template <class... P> auto operator()(const A& act, bool streaming, std::size_t n, P... p) const {
    if constexpr (is_replaced<K, A, T>)
      K::as_fused(
          [&](auto... all) { dispatched_kernel<typename K::fused, A, T>{chosen}(act, streaming, n, all...); },
          no_pointer<T>, no_pointer<T>, first_of(p...), p...);
    else {
      const auto& parameters = detail::in_kernel<T>(act);
      return entries<K, in_kernel_t<A, T>, T>[streaming][chosen - 1](&parameters, n, p...);
    }
  }
};

/// relu::dispatch has no kernels of a user's own activation: these run on the instruction set of the program.
template <class A, class T>
inline constexpr bool precompiled = contains<in_kernel_t<A, T>, parameter_list<T>>;

/// The kernel. The first call chooses the instruction set, which may throw.
template <class K, class A, class T> auto find_kernel() {
  if constexpr (precompiled<A, T>) {
    if (!kernels::chosen.load(std::memory_order_relaxed)) kernels::choose();
    return dispatched_kernel<K, A, T>{kernels::chosen.load(std::memory_order_relaxed)};
  } else return native_kernel<K, A, T>{};
}

#else

template <class K, class A, class T> native_kernel<K, A, T> find_kernel() noexcept { return {}; }

#endif

// --- Fast or slow path ---

/// The parameters and arguments of a kernel from element `begin` on. A mask begins at bit `begin`, which is a
/// multiple of 8.
template <class T> T* from(T* p, std::size_t begin) noexcept { return p + begin; }
inline std::byte* from(std::byte* mask, std::size_t begin) noexcept { return mask + begin / 8; }
inline const std::byte* from(const std::byte* mask, std::size_t begin) noexcept { return mask + begin / 8; }
inline std::size_t from(std::size_t value, std::size_t) noexcept { return value; }
template <class A> const A& from(const A& act, std::size_t) noexcept { return act; }
template <class T> channel_weights<T> from(channel_weights<T> weights, std::size_t begin) noexcept {
  weights.first += begin;
  return weights;
}

/// The bytes of an element, for a pointer to elements; 0 for another argument of a kernel.
template <class P> inline constexpr std::size_t element_bytes = 0;
template <class T>
requires contains<std::remove_const_t<T>, stored_elements>
inline constexpr std::size_t element_bytes<T*> = sizeof(T);

template <class T> inline constexpr bool is_mask = __is_same(T, std::byte*) || __is_same(T, const std::byte*);

/// Whether an input is the output, which is the first argument.
template <class Out, class... In> bool is_in_place(const Out* out, const In*... in) noexcept {
  return ((static_cast<const void*>(in) == static_cast<const void*>(out)) || ...);
}

/// Runs a call on the calling thread.
struct this_thread {
  /// Calls part(begin, size) for [0, n).
  template <class T, class Part> auto run(const T*, std::size_t n, std::size_t, const Part& part) const {
    return part(0, n);
  }

  /// Calls write(begin, size, from, to) for [0, n). Its results have the places [from, to), of which there
  /// are `room`. Returns how many results there are. `check` may throw; it may call its argument, which
  /// returns the sum of count(begin, size).
  template <class Count, class Check, class Write>
  std::size_t run_in_order(std::size_t n, std::size_t, std::size_t room, const Count& count,
                           const Check& check, const Write& write) const {
    check([&] { return count(0, n); });
    return write(0, n, 0, room);
  }

  /// Calls add(state, begin, size) for [0, n).
  template <class State, class Make, class Add>
  void run_merged(State& state, const Make&, std::size_t n, std::size_t, std::size_t, const Add& add) const {
    add(state, 0, n);
  }
};

/// The slow path of `call`: it may stream, split the call among threads, or choose the instruction set.
template <class K, class T, class On, class A, class Out, class... P>
[[gnu::noinline]] auto call_slowly(const On& on, const A& act, [[maybe_unused]] stores how, std::size_t n,
                                   Out out, P... p) {
  constexpr std::size_t bytes = (element_bytes<Out> + ... + element_bytes<P>);
  bool streaming = false;
  if constexpr (K::template streams<native, in_kernel_t<A, T>, T>)
    streaming = streams(how, n * bytes, is_in_place(out, p...)) && can_stream(out, n);
  // Parts for other threads begin at cache lines of the output, or with a mask at whole bytes of the mask.
  constexpr bool has_mask = (is_mask<Out> || ... || is_mask<P>);
  using part_element = std::conditional_t<has_mask, T, std::remove_pointer_t<Out>>;
  const auto* const parts_from = has_mask ? nullptr : reinterpret_cast<const part_element*>(out);
  const auto kernel = find_kernel<K, A, T>();
  return on.run(parts_from, n, bytes, [=, &act](std::size_t begin, std::size_t size) {
    const bool part_streams = streaming && size >= cache_line / sizeof(*out);
    const fence_at_end fence{part_streams};
    return kernel(detail::from(act, begin), part_streams, size, detail::from(out, begin),
                  detail::from(p, begin)...);
  });
}

/// Calls kernel K for parameters `act` on n elements T, with outputs before inputs.
///
/// A small call takes nanoseconds, so the fast path calls the kernel at once if the instruction set is chosen
/// and the call does not stream. The slow path is another function: inlined it would make the compiler save
/// registers here.
template <class K, class T, class On, class A, class... P>
[[gnu::always_inline]] inline auto call(const On& on, const A& act, stores how, std::size_t n, P... p) {
  if constexpr (__is_same(On, this_thread)) {
    bool fast = true;
    if constexpr (K::template streams<native, in_kernel_t<A, T>, T>)
      fast = how != stores::streaming &&
             n * (element_bytes<P> + ... + 0) < process::streaming_threshold.load(std::memory_order_relaxed);
#ifdef RELU_DISPATCH
    if constexpr (precompiled<A, T>) {
      const std::size_t chosen = kernels::chosen.load(std::memory_order_relaxed);
      if (fast && chosen) return dispatched_kernel<K, A, T>{chosen}(act, false, n, p...);
    } else
#endif
        if (fast)
      return native_kernel<K, A, T>{}(act, false, n, p...);
  }
  return call_slowly<K, T>(on, act, how, n, p...);
}

} // namespace relu::inline RELU_ABI::detail
