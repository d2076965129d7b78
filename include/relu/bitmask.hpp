// SPDX-License-Identifier: MIT
// Bitmasks: one bit for each element, such as whether a unit is active.
#pragma once

#include <relu/detail/bitmask_words.hpp>
#include <relu/detail/buffer.hpp>
#include <relu/detail/check.hpp>

#include <algorithm>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>

namespace relu::inline RELU_ABI::detail {

template <class T>
concept byte_like = std::same_as<T, std::byte> || std::same_as<T, unsigned char> || std::same_as<T, char>;

/// A range that can be used as an array of Byte, which is std::byte or const std::byte.
template <class R, class Byte>
concept byte_range =
    std::ranges::contiguous_range<R> && std::ranges::sized_range<R> &&
    byte_like<std::ranges::range_value_t<R>> &&
    (std::is_const_v<Byte> || !std::is_const_v<std::remove_reference_t<std::ranges::range_reference_t<R>>>);

} // namespace relu::inline RELU_ABI::detail

namespace relu::inline RELU_TYPES {

namespace parts {

/// Bits in bytes of the caller.
template <class Byte> struct borrowed_bits {
  Byte* data;
  std::size_t size;
};

/// Bits in bytes that the mask owns, initially 0.
using owned_bits = buffer<std::byte, 8>;

/// Bit `bit` of a byte, which can be assigned to.
class bit_reference {
public:
  RELU_MEMBER bit_reference(std::byte& in, std::byte bit) noexcept : in_(in), bit_(bit) {}
  bit_reference(const bit_reference&) = default;

  RELU_MEMBER operator bool() const noexcept { return (in_ & bit_) != std::byte{0}; }
  RELU_MEMBER const bit_reference& operator=(bool value) const noexcept {
    in_ = value ? in_ | bit_ : in_ & ~bit_;
    return *this;
  }
  RELU_MEMBER const bit_reference& operator=(const bit_reference& other) const noexcept {
    return *this = bool(other);
  }

private:
  std::byte& in_;
  std::byte bit_;
};

/// An iterator over the bits, as bool values: a random access iterator.
class bit_iterator {
public:
  using value_type = bool;
  using difference_type = std::ptrdiff_t;
  using iterator_concept = std::random_access_iterator_tag;
  using iterator_category = std::input_iterator_tag; // It returns values, not references.
  using pointer = void;
  using reference = bool;

  RELU_MEMBER bit_iterator() = default;
  RELU_MEMBER bit_iterator(const std::byte* mask, std::ptrdiff_t at) noexcept : mask_(mask), at_(at) {}

  RELU_MEMBER bool operator*() const noexcept {
    return detail::test_bit(mask_, static_cast<std::size_t>(at_));
  }
  RELU_MEMBER bool operator[](std::ptrdiff_t n) const noexcept { return *(*this + n); }
  RELU_MEMBER bit_iterator& operator+=(std::ptrdiff_t n) noexcept {
    at_ += n;
    return *this;
  }
  RELU_MEMBER bit_iterator& operator-=(std::ptrdiff_t n) noexcept { return *this += -n; }
  RELU_MEMBER bit_iterator& operator++() noexcept { return *this += 1; }
  RELU_MEMBER bit_iterator& operator--() noexcept { return *this += -1; }
  RELU_MEMBER bit_iterator operator++(int) noexcept { return ++*this - 1; }
  RELU_MEMBER bit_iterator operator--(int) noexcept { return --*this + 1; }
  RELU_MEMBER friend bit_iterator operator+(bit_iterator i, std::ptrdiff_t n) noexcept { return i += n; }
  RELU_MEMBER friend bit_iterator operator+(std::ptrdiff_t n, bit_iterator i) noexcept { return i += n; }
  RELU_MEMBER friend bit_iterator operator-(bit_iterator i, std::ptrdiff_t n) noexcept { return i -= n; }
  RELU_MEMBER friend std::ptrdiff_t operator-(bit_iterator a, bit_iterator b) noexcept {
    return a.at_ - b.at_;
  }
  RELU_MEMBER friend bool operator==(bit_iterator a, bit_iterator b) noexcept { return a.at_ == b.at_; }
  RELU_MEMBER friend auto operator<=>(bit_iterator a, bit_iterator b) noexcept { return a.at_ <=> b.at_; }

private:
  const std::byte* mask_ = nullptr;
  std::ptrdiff_t at_ = 0;
};

/// The positions of the set bits, in ascending order: a forward range.
class set_bits_range {
public:
  class iterator {
  public:
    using value_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::forward_iterator_tag;
    using iterator_category = std::input_iterator_tag; // It returns values, not references.
    using pointer = void;
    using reference = std::size_t;

    RELU_MEMBER iterator() = default;
    RELU_MEMBER iterator(const std::byte* mask, std::size_t at, std::size_t size) noexcept
        : mask_(mask),
          size_(size) {
      find(at);
    }

    RELU_MEMBER std::size_t operator*() const noexcept { return at_; }
    RELU_MEMBER iterator& operator++() noexcept {
      find(at_ + 1);
      return *this;
    }
    RELU_MEMBER iterator operator++(int) noexcept {
      iterator before = *this;
      ++*this;
      return before;
    }
    RELU_MEMBER friend bool operator==(const iterator& a, const iterator& b) noexcept {
      return a.at_ == b.at_;
    }

  private:
    RELU_MEMBER void find(std::size_t from) noexcept { at_ = detail::next_bit(mask_, from, size_); }

    const std::byte* mask_ = nullptr;
    std::size_t at_ = 0, size_ = 0;
  };

  RELU_MEMBER set_bits_range(const std::byte* mask, std::size_t size) noexcept : mask_(mask), size_(size) {}

  RELU_MEMBER iterator begin() const noexcept { return {mask_, 0, size_}; }
  RELU_MEMBER iterator end() const noexcept { return {mask_, size_, size_}; }

private:
  const std::byte* mask_;
  std::size_t size_;
};

} // namespace parts

/// n bits. Bit i is bit i % 8 of byte i / 8, the least significant bit first, on every instruction set and
/// byte order: the layout of Apache Arrow's validity bitmaps and of numpy.packbits(bitorder="little").
/// Functions that write a mask set the unused bits of the last byte to 0; functions that read a mask ignore
/// them.
///
/// Use the aliases: bitmask owns its bytes, bitmask_span refers to mutable bytes of the caller, and
/// bitmask_view to constant ones. bitmask converts to the other two, and bitmask_span to bitmask_view; the
/// bytes must outlive both.
template <class Bits> class basic_bitmask {
  static constexpr bool owning = std::is_same_v<Bits, parts::owned_bits>;

public:
  /// std::byte, or const std::byte.
  using byte = std::remove_pointer_t<decltype(Bits::data)>;

  /// A mask of size 0.
  RELU_MEMBER basic_bitmask() = default;

  RELU_MEMBER basic_bitmask(const basic_bitmask&) = default;
  RELU_MEMBER basic_bitmask(basic_bitmask&&) = default;
  RELU_MEMBER basic_bitmask& operator=(const basic_bitmask&) = default;
  RELU_MEMBER basic_bitmask& operator=(basic_bitmask&&) = default;
  RELU_MEMBER ~basic_bitmask() = default;

  /// A mask of n bits, all 0.
  RELU_MEMBER explicit basic_bitmask(std::size_t n)
  requires(owning)
      : bits_(n) {}

  /// A mask of the first n bits of the caller's bytes, which are a contiguous range of std::byte, unsigned
  /// char or char. bitmask copies the bytes; the others refer to them, and take no temporary container.
  /// Throws std::invalid_argument if there are fewer bits.
  template <detail::byte_range<byte> R>
  RELU_MEMBER basic_bitmask(R&& bytes, std::size_t n)
  requires(!owning && std::ranges::borrowed_range<R>)
      : bits_{checked(bytes, n), n} {}
  template <detail::byte_range<const byte> R>
  RELU_MEMBER basic_bitmask(R&& bytes, std::size_t n)
  requires(owning)
      : basic_bitmask(basic_bitmask<parts::borrowed_bits<const std::byte>>(bytes, n)) {}

  /// A copy of another mask, in bytes that this mask owns.
  template <class Other>
  RELU_MEMBER explicit basic_bitmask(const basic_bitmask<Other>& other)
  requires(owning && !std::is_same_v<Other, Bits>)
      : basic_bitmask(other.size()) {
    *this |= other;
  }

  /// A mask that refers to the bits of another one.
  template <class Other>
  RELU_MEMBER basic_bitmask(basic_bitmask<Other>& other) noexcept
  requires(!owning && !std::is_same_v<Other, Bits>)
      : bits_{other.bytes().data(), other.size()} {}
  template <class Other>
  RELU_MEMBER basic_bitmask(const basic_bitmask<Other>& other) noexcept
  requires(!owning && !std::is_same_v<Other, Bits> &&
           std::is_convertible_v<decltype(other.bytes().data()), byte*>)
      : bits_{other.bytes().data(), other.size()} {}

  /// The number of bits.
  RELU_MEMBER std::size_t size() const noexcept { return bits_.size; }

  /// The (size() + 7) / 8 bytes with the bits.
  RELU_MEMBER std::span<byte> bytes() noexcept { return {bits_.data, detail::bytes_for(bits_.size)}; }
  RELU_MEMBER std::span<std::conditional_t<owning, const byte, byte>> bytes() const noexcept {
    return {bits_.data, detail::bytes_for(bits_.size)};
  }

  /// Returns bit i. Throws std::out_of_range unless i < size().
  RELU_MEMBER bool test(std::size_t i) const {
    check_index(i);
    return (*this)[i];
  }

  /// Sets bit i to `value`. Throws std::out_of_range unless i < size().
  RELU_MEMBER void set(std::size_t i, bool value = true) {
    check_index(i);
    (*this)[i] = value;
  }

  /// Bit i, for i < size(). Not checked. The bit of a mutable mask can be assigned to.
  RELU_MEMBER parts::bit_reference operator[](std::size_t i) noexcept
  requires(!std::is_const_v<byte>)
  {
    return {bits_.data[i / 8], detail::bit_of(i)};
  }
  RELU_MEMBER bool operator[](std::size_t i) const noexcept { return detail::test_bit(bits_.data, i); }

  /// The bits, as a random access range of bool values.
  RELU_MEMBER parts::bit_iterator begin() const noexcept { return {bits_.data, 0}; }
  RELU_MEMBER parts::bit_iterator end() const noexcept {
    return {bits_.data, static_cast<std::ptrdiff_t>(size())};
  }

  /// Sets all bits to 0.
  RELU_MEMBER void reset() noexcept {
    if (bits_.size != 0) std::memset(bits_.data, 0, bytes().size());
  }

  /// Changes the size to n. Keeps the first min(size(), n) bits; bits that are added are 0. Allocates new
  /// bytes.
  RELU_MEMBER void resize(std::size_t n)
  requires(owning)
  {
    basic_bitmask changed(n);
    detail::combine(changed.bits_.data, bits_.data, std::min(n, size()),
                    [](std::uint64_t, std::uint64_t word) { return word; });
    *this = std::move(changed);
  }

  /// Changes the size to 0.
  RELU_MEMBER void clear() noexcept
  requires(owning)
  {
    *this = basic_bitmask();
  }

  /// Returns the number of set bits.
  RELU_MEMBER std::size_t count() const noexcept { return detail::count_bits(bits_.data, bits_.size); }

  /// Returns the positions of the set bits, in ascending order, as a forward range:
  /// for (std::size_t i : mask.set_bits()). The mask must outlive the range.
  RELU_MEMBER parts::set_bits_range set_bits() const& noexcept { return {bits_.data, bits_.size}; }
  void set_bits() const&&
  requires(owning)
  = delete;

  /// Bitwise AND, OR and exclusive OR. They throw std::invalid_argument and write nothing if the sizes
  /// differ, or the bytes overlap without being the same.
  template <class Other> RELU_MEMBER basic_bitmask& operator&=(const basic_bitmask<Other>& other) {
    return combine("operator&=", other, [](std::uint64_t a, std::uint64_t b) { return a & b; });
  }
  template <class Other> RELU_MEMBER basic_bitmask& operator|=(const basic_bitmask<Other>& other) {
    return combine("operator|=", other, [](std::uint64_t a, std::uint64_t b) { return a | b; });
  }
  template <class Other> RELU_MEMBER basic_bitmask& operator^=(const basic_bitmask<Other>& other) {
    return combine("operator^=", other, [](std::uint64_t a, std::uint64_t b) { return a ^ b; });
  }

private:
  template <class R> RELU_MEMBER static byte* checked(R& bytes, std::size_t n) {
    if (std::ranges::size(bytes) < detail::bytes_for(n))
      detail::fail_capacity("bitmask", "bytes", std::ranges::size(bytes), detail::bytes_for(n));
    return reinterpret_cast<byte*>(std::ranges::data(bytes));
  }
  RELU_MEMBER void check_index(std::size_t i) const {
    if (i >= bits_.size) detail::fail_index("bitmask", i, bits_.size);
  }

  template <class Other, class Op>
  RELU_MEMBER basic_bitmask& combine(const char* call, const basic_bitmask<Other>& other, Op op) {
    if (size() != other.size()) detail::fail_sizes(call, "this mask", size(), "the other", other.size());
    const auto mine = bytes();
    const std::span<const std::byte> others = other.bytes();
    if (mine.data() != others.data())
      detail::check_disjoint(call, detail::operand<byte>{"this mask", mine.data(), mine.size()},
                             detail::operand<const std::byte>{"the other", others.data(), others.size()});
    detail::combine(mine.data(), others.data(), size(), op);
    return *this;
  }

  Bits bits_{};
};

/// A mask that owns its bytes.
using bitmask = basic_bitmask<parts::owned_bits>;
/// A mask in mutable bytes of the caller.
using bitmask_span = basic_bitmask<parts::borrowed_bits<std::byte>>;
/// A mask in constant bytes of the caller.
using bitmask_view = basic_bitmask<parts::borrowed_bits<const std::byte>>;

} // namespace relu::inline RELU_TYPES

namespace relu::inline RELU_ABI {

/// Bitwise AND, OR and exclusive OR of two masks, as a new mask. They throw std::invalid_argument if the
/// sizes differ.
template <class A, class B> bitmask operator&(const basic_bitmask<A>& a, const basic_bitmask<B>& b) {
  bitmask result{bitmask_view(a)};
  return std::move(result &= b);
}
template <class A, class B> bitmask operator|(const basic_bitmask<A>& a, const basic_bitmask<B>& b) {
  bitmask result{bitmask_view(a)};
  return std::move(result |= b);
}
template <class A, class B> bitmask operator^(const basic_bitmask<A>& a, const basic_bitmask<B>& b) {
  bitmask result{bitmask_view(a)};
  return std::move(result ^= b);
}

/// The mask with every bit inverted, as a new mask. The unused bits of its last byte are 0.
template <class A> bitmask operator~(const basic_bitmask<A>& a) {
  bitmask result(a.size());
  detail::combine(result.bytes().data(), a.bytes().data(), a.size(),
                  [](std::uint64_t, std::uint64_t word) { return ~word; });
  return result;
}

/// Whether two masks have the same size and the same bits.
template <class A, class B> bool operator==(const basic_bitmask<A>& a, const basic_bitmask<B>& b) noexcept {
  if (a.size() != b.size()) return false;
  bool same = true;
  detail::each_word(a.bytes().data(), a.size(), [&](std::uint64_t word, std::size_t at, std::size_t n) {
    same = same && word == detail::load_bits(b.bytes().data(), at, n);
  });
  return same;
}

} // namespace relu::inline RELU_ABI
