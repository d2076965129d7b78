// What the unit tests share: bit-exact comparison, inputs, buffers with guards, and the reference that states
// every result by integer tests on the bits, without the code under test.
#pragma once

#include <relu/relu.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <span>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace testing {

using all_elements = relu::type_list<float, double, std::int8_t, std::int16_t, std::int32_t, std::int64_t>;
using floating_elements = relu::type_list<float, double>;

// The longest group of lanes on any instruction set.
template <class T> constexpr std::size_t widest = 64 / sizeof(T);
// Every way through a sweep: short, one group, the unrolled loop and each remainder of it.
template <class T> constexpr std::size_t longest = 4 * widest<T> + 3;

template <std::size_t> struct unsigned_of_size;
template <> struct unsigned_of_size<1> { using type = std::uint8_t; };
template <> struct unsigned_of_size<2> { using type = std::uint16_t; };
template <> struct unsigned_of_size<4> { using type = std::uint32_t; };
template <> struct unsigned_of_size<8> { using type = std::uint64_t; };

template <class T> auto bits(T x) { return std::bit_cast<typename unsigned_of_size<sizeof(T)>::type>(x); }
template <class T> T from_bits(std::uint64_t b) {
  using U = typename unsigned_of_size<sizeof(T)>::type;
  return std::bit_cast<T>(static_cast<U>(b));
}

template <class T> bool same_bits(std::span<const T> a, std::span<const T> b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}
template <class T> bool same_bits(T a, T b) { return bits(a) == bits(b); }

// --- the reference ---------------------------------------------------------------------------------------

template <class T> constexpr bool is_float = std::is_floating_point_v<T>;

template <class T> bool is_nan(T x) {
  if constexpr (!is_float<T>) return false;
  else return (bits(x) << 1) > (bits(std::numeric_limits<T>::infinity()) << 1);
}
template <class T> bool is_zero(T x) {
  if constexpr (!is_float<T>) return x == 0;
  else return static_cast<decltype(bits(x))>(bits(x) << 1) == 0;
}
template <class T> bool sign_bit(T x) { return bits(x) >> (8 * sizeof(T) - 1) != 0; }
// x <= 0
template <class T> bool is_nonpositive(T x) { return is_zero(x) || (sign_bit(x) && !is_nan(x)); }

// --- inputs ----------------------------------------------------------------------------------------------

template <class T> std::vector<T> specials() {
  using limits = std::numeric_limits<T>;
  std::vector<T> x{
      T(0), T(1), T(-1), T(2), T(-2), T(6), T(7), T(100), T(-100), limits::max(), limits::lowest(),
      T(5), T(3)};
  if constexpr (is_float<T>) {
    const T more[]{limits::infinity(),
                   -limits::infinity(),
                   T(-0.0),
                   limits::denorm_min(),
                   -limits::denorm_min(),
                   limits::min(),
                   -limits::min(),
                   limits::min() / 2,
                   -limits::min() / 2,
                   limits::epsilon(),
                   T(0.5),
                   T(-0.5),
                   T(0.01),
                   std::nextafter(T(6), T(0)),
                   std::nextafter(T(6), T(7)),
                   T(88.8),
                   T(-88.8),
                   T(-103.5),
                   T(1e-20),
                   T(-1e-20)};
    x.insert(x.end(), std::begin(more), std::end(more));
    const std::uint64_t sign = std::uint64_t{1} << (8 * sizeof(T) - 1), infinity = bits(limits::infinity());
    // quiet and signalling NaN of both signs, each with a payload
    const std::uint64_t payloads[]{infinity + 1, infinity + 4711, bits(limits::quiet_NaN()) + 77, sign - 1};
    for (std::uint64_t payload : payloads) {
      x.push_back(from_bits<T>(payload));
      x.push_back(from_bits<T>(payload | sign));
    }
  } else {
    x.push_back(limits::max() - 1);
    x.push_back(limits::lowest() + 1);
  }
  return x;
}

// All special values, then random bit patterns, then ordinary numbers.
template <class T> std::vector<T> inputs(std::size_t n, unsigned seed = 1) {
  std::mt19937_64 random(seed);
  std::vector<T> x = specials<T>();
  for (std::size_t i = x.size(); i < n; ++i) {
    const std::uint64_t r = random();
    x.push_back(i % 3 == 0 ? from_bits<T>(r) : static_cast<T>(static_cast<double>(r % 2001) / 100.0 - 10.0));
  }
  x.resize(n);
  std::shuffle(x.begin(), x.end(), random);
  return x;
}

// Finite gradients of both signs, and infinities and NaN.
template <class T> std::vector<T> gradients(std::size_t n) { return inputs<T>(n, 2); }

// --- memory ----------------------------------------------------------------------------------------------

// One page with a forbidden page on either side: one byte read or written too far ends the test.
class guarded_page {
public:
  guarded_page()
      : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))),
        base_(static_cast<std::byte*>(
            mmap(nullptr, 3 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    REQUIRE(base_ != MAP_FAILED);
    REQUIRE(mprotect(base_ + page_, page_, PROT_READ | PROT_WRITE) == 0);
  }
  ~guarded_page() { munmap(base_, 3 * page_); }
  guarded_page(const guarded_page&) = delete;
  guarded_page& operator=(const guarded_page&) = delete;

  template <class T> std::span<T> at_start(std::size_t n) { return {reinterpret_cast<T*>(base_ + page_), n}; }
  template <class T> std::span<T> at_end(std::size_t n) {
    return {reinterpret_cast<T*>(base_ + 2 * page_) - n, n};
  }

private:
  std::size_t page_;
  std::byte* base_;
};

} // namespace testing
