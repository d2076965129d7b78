// SPDX-License-Identifier: MIT
// The element types, and the types they are computed as.
#pragma once

#include <relu/detail/abi.hpp>

#include <cstdint>
#include <tuple>
#include <type_traits>

namespace relu::inline RELU_TYPES {
namespace parts {
/// The formats of basic_float16.
struct binary16 {
  static constexpr std::uint16_t infinity = 0x7c00;
};
struct brain16 {
  static constexpr std::uint16_t infinity = 0x7f80;
};
} // namespace parts

template <class Format> class basic_float16;
using float16 = basic_float16<parts::binary16>;
using bfloat16 = basic_float16<parts::brain16>;
} // namespace relu::inline RELU_TYPES

namespace relu::inline RELU_ABI {

template <class T> struct same_layout_as;

/// A list of types.
template <class... T> struct type_list {};

/// Both lists, one after the other.
template <class... T, class... U>
constexpr type_list<T..., U...> operator+(type_list<T...>, type_list<U...>) noexcept {
  return {};
}

namespace detail {

/// The integer with the size of T: signed for a floating-point number, and T itself for an integer.
template <class T> struct bits_of {
  using type = T;
};
template <> struct bits_of<float> {
  using type = std::int32_t;
};
template <> struct bits_of<double> {
  using type = std::int64_t;
};
template <class Format> struct bits_of<basic_float16<Format>> {
  using type = std::int16_t;
};

template <class T, class List> struct index_in;
template <class T, class... U> struct index_in<T, type_list<U...>> {
  static constexpr bool found = (__is_same(T, U) || ...);
  static constexpr unsigned value = [] {
    unsigned i = 0;
    (void)((__is_same(T, U) || (++i, false)) || ...);
    return i;
  }();
};
template <class T, class List> inline constexpr bool contains = index_in<T, List>::found;

template <class... T> std::tuple<T...> as_tuple(type_list<T...>);
/// Type number I of a list.
template <unsigned I, class List> using type_at = std::tuple_element_t<I, decltype(detail::as_tuple(List{}))>;

template <class List> inline constexpr unsigned list_size = 0;
template <class... T> inline constexpr unsigned list_size<type_list<T...>> = sizeof...(T);

/// A list without the types that it has before.
template <class... U> constexpr type_list<U...> without_repeats(type_list<U...>, type_list<>) noexcept {
  return {};
}
template <class... U, class T, class... Rest>
constexpr auto without_repeats(type_list<U...> seen, type_list<T, Rest...>) noexcept {
  if constexpr (contains<T, type_list<U...>>) return detail::without_repeats(seen, type_list<Rest...>{});
  else return detail::without_repeats(type_list<U..., T>{}, type_list<Rest...>{});
}

using floating_elements = type_list<float, double>;

/// The element types that are computed as they are stored.
using elements = type_list<float, double, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t,
                           std::uint16_t, std::uint32_t, std::uint64_t>;

/// The 16-bit floating-point types.
using float16_elements = type_list<float16, bfloat16>;

/// The element types for which relu::dispatch has kernels. cmake/dispatch.cmake reads this line. Those of
/// unsigned integers would make it half as large again.
using dispatched_elements =
    type_list<float, double, std::int8_t, std::int16_t, std::int32_t, std::int64_t, float16, bfloat16>;

/// All element types of this library.
using stored_elements = decltype(elements{} + float16_elements{});

template <class T> concept float16_element = contains<T, float16_elements>;

/// An element T, a 16-bit float, that is computed as float: it is converted where it is loaded and stored.
template <class T> struct widened {
  T stored;

  widened() = default;
  constexpr explicit widened(float x) noexcept : stored(x) {}
  constexpr explicit widened(double x) noexcept : stored(x) {}
  constexpr operator float() const noexcept { return static_cast<float>(stored); }
};
/// A widened element, of which two vectors of float are processed at a time. A paired<float> is a float.
template <class T> struct paired : widened<T> {
  using widened<T>::widened;
};
template <class T> inline constexpr bool is_widened = false;
template <class T> inline constexpr bool is_widened<widened<T>> = true;
template <class T> inline constexpr bool is_widened<paired<T>> = true;

/// The element that is stored as S.
template <class S> struct element_stored_as {
  using type = S;
};
template <template <class> class Stored, class T>
requires is_widened<Stored<T>>
struct element_stored_as<Stored<T>> {
  using type = T;
};
template <class S> using element_stored_as_t = typename element_stored_as<S>::type;

using integers = type_list<signed char, short, int, long, long long, unsigned char, unsigned short, unsigned,
                           unsigned long, unsigned long long>;

/// The type that kernels use for elements T. For an integer it is the std::int or std::uint type with its
/// size and sign: long and long long are different types, but both are std::int64_t where they have 8 bytes.
template <class T> struct canonical {
  using type = typename same_layout_as<T>::type;
};
#if defined(__FLT16_MANT_DIG__) &&                                                                           \
    (defined(__clang__) ? __clang_major__ >= 15 && (defined(__SSE2__) || defined(__aarch64__))               \
                        : __GNUC__ >= 13 || defined(__SSE2__))
#define RELU_WITH_COMPILER_FLOAT16 // _Float16, which is also std::float16_t
template <> struct canonical<_Float16> {
  using type = float16;
};
#endif
#ifdef __BFLT16_MANT_DIG__
#define RELU_WITH_COMPILER_BFLOAT16 // __bf16, which is also std::bfloat16_t
template <> struct canonical<__bf16> {
  using type = bfloat16;
};
#endif
template <class T>
requires contains<T, integers>
struct canonical<T> {
  template <class Int8, class Int16, class Int32, class Int64>
  using of_size = std::conditional_t<
      sizeof(T) == 8, Int64,
      std::conditional_t<sizeof(T) == 4, Int32, std::conditional_t<sizeof(T) == 2, Int16, Int8>>>;
  using type =
      std::conditional_t<std::is_signed_v<T>, of_size<std::int8_t, std::int16_t, std::int32_t, std::int64_t>,
                         of_size<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>>;
};
template <class T> using canonical_t = typename canonical<T>::type;

/// The type that formulas compute on for elements that are stored as T.
template <class T> struct compute_type {
  using type = T;
};
template <class T>
requires is_widened<T>
struct compute_type<T> {
  using type = float;
};
template <class T> using compute_t = typename compute_type<canonical_t<T>>::type;

/// The name of an element type, as tests and benchmarks print it.
template <class T> constexpr const char* element_name() noexcept {
  if constexpr (__is_same(T, float16)) return "float16";
  else if constexpr (__is_same(T, bfloat16)) return "bfloat16";
  else if constexpr (T(0.5) != T(0)) return sizeof(T) == 4 ? "float" : "double";
  else {
    const char* const name = sizeof(T) == 1   ? "uint8"
                             : sizeof(T) == 2 ? "uint16"
                             : sizeof(T) == 4 ? "uint32"
                                              : "uint64";
    return name + std::is_signed_v<T>; // without the u
  }
}

} // namespace detail
} // namespace relu::inline RELU_ABI
