// Shared by all tests: the element types, their bit patterns, and the predicates of the reference. The
// predicates are integer tests on bit patterns, independent of the code under test.
#pragma once

#include <relu/relu.hpp>

#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <type_traits>

namespace testing {

using all_elements = relu::detail::elements;
using floating_elements = relu::detail::floating_elements;

// Element types of every size, for tests of loops: the code of a loop depends on the size of an element, and
// hardly on its type, but compiling the loops of all types takes long.
using elements_of_each_size =
    relu::type_list<float, double, std::int8_t, std::uint8_t, std::uint16_t, std::int32_t, std::int64_t>;

// The number of elements in the widest vector of any instruction set.
template <class T> constexpr std::size_t widest = 64 / sizeof(T);
// Lengths up to this one reach every path of a kernel: less than a vector, one vector, the unrolled loop, and
// every tail.
template <class T> constexpr std::size_t longest = 4 * widest<T> + 3;

template <std::size_t> struct unsigned_of_size;
template <> struct unsigned_of_size<1> {
  using type = std::uint8_t;
};
template <> struct unsigned_of_size<2> {
  using type = std::uint16_t;
};
template <> struct unsigned_of_size<4> {
  using type = std::uint32_t;
};
template <> struct unsigned_of_size<8> {
  using type = std::uint64_t;
};

template <class T> auto bits(T x) {
  return __builtin_bit_cast(typename unsigned_of_size<sizeof(T)>::type, x);
}
template <class T> T from_bits(std::uint64_t b) {
  using U = typename unsigned_of_size<sizeof(T)>::type;
  return __builtin_bit_cast(T, static_cast<U>(b));
}

template <class T> bool same_bits(std::span<const T> a, std::span<const T> b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}
template <class T> bool same_bits(T a, T b) { return bits(a) == bits(b); }

template <class T> constexpr bool is_float = std::is_floating_point_v<T>;
template <class T> constexpr bool is_float16 = relu::detail::float16_element<T>;

// The bits of a floating-point number without its sign, in order.
template <class T> auto magnitude(T x) { return static_cast<decltype(bits(x))>(bits(x) << 1); }

template <class T> bool is_nan(T x) {
  if constexpr (!is_float<T> && !is_float16<T>) return false;
  else return magnitude(x) > magnitude(std::numeric_limits<T>::infinity());
}
template <class T> bool is_zero(T x) {
  if constexpr (!is_float<T> && !is_float16<T>) return x == 0;
  else return magnitude(x) == 0;
}
template <class T> bool sign_bit(T x) {
  if constexpr (std::is_unsigned_v<T>) return false; // the highest bit is a digit
  else return bits(x) >> (8 * sizeof(T) - 1) != 0;
}
// Whether x <= 0.
template <class T> bool is_nonpositive(T x) { return is_zero(x) || (sign_bit(x) && !is_nan(x)); }

// a + b; integers wrap.
template <class T> T sum_of(T a, T b) {
  if constexpr (is_float<T>) return a + b;
  else return from_bits<T>(std::uint64_t{bits(a)} + bits(b));
}

} // namespace testing
