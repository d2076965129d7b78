// SPDX-License-Identifier: MIT
// The element types, and the types they are computed as.
#pragma once

#include <relu/detail/abi.hpp>

#include <cstdint>

namespace relu::inline RELU_ABI {

/// A list of types.
template <class... T> struct type_list {};

namespace detail {

/// The type that formulas compute on for elements that are stored as T.
template <class T> struct compute_type {
  using type = T;
};
template <class T> using compute_t = typename compute_type<T>::type;

/// The signed integer with the size of T.
template <class T> struct bits_of {
  using type = T;
};
template <> struct bits_of<float> {
  using type = std::int32_t;
};
template <> struct bits_of<double> {
  using type = std::int64_t;
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

template <class List> inline constexpr unsigned list_size = 0;
template <class... T> inline constexpr unsigned list_size<type_list<T...>> = sizeof...(T);

using floating_elements = type_list<float, double>;

/// The element types of this library: how an element is stored. cmake/dispatch.cmake reads this line.
using elements = type_list<float, double, std::int8_t, std::int16_t, std::int32_t, std::int64_t>;

/// The name of an element type, as tests and benchmarks print it.
template <class T> constexpr const char* element_name() noexcept {
  if constexpr (T(0.5) != T(0)) return sizeof(T) == 4 ? "float" : "double";
  else return sizeof(T) == 1 ? "int8" : sizeof(T) == 2 ? "int16" : sizeof(T) == 4 ? "int32" : "int64";
}

} // namespace detail
} // namespace relu::inline RELU_ABI
