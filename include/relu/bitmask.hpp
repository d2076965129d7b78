// SPDX-License-Identifier: MIT
// One bit for each unit: which are active.
#pragma once

#include <relu/detail/bits.hpp>
#include <relu/detail/check.hpp>
#include <relu/detail/owned.hpp>

#include <cstddef>
#include <cstring>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>

namespace relu::inline RELU_ABI {

namespace detail {

/// The bits of a mask in the caller's bytes.
template <class Byte> struct borrowed_bits {
  Byte* data = nullptr;
  std::size_t size = 0;
};

/// Bits in bytes of its own, 0 at first.
using owned_bits = owned<std::byte, 8>;

/// The positions of the bits that are set, in ascending order, for a range-based for.
class set_bits_range {
public:
  class iterator {
  public:
    using value_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::forward_iterator_tag;
    using iterator_category = std::input_iterator_tag; // values, not references
    using pointer = void;
    using reference = std::size_t;

    iterator() = default;
    iterator(const std::byte* mask, std::size_t at, std::size_t size) noexcept : mask_(mask), size_(size) {
      find(at);
    }

    std::size_t operator*() const noexcept { return at_; }
    iterator& operator++() noexcept {
      find(at_ + 1);
      return *this;
    }
    iterator operator++(int) noexcept {
      iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.at_ == b.at_; }

  private:
    void find(std::size_t from) noexcept { at_ = next_bit(mask_, from, size_); }

    const std::byte* mask_ = nullptr;
    std::size_t at_ = 0, size_ = 0;
  };

  set_bits_range(const std::byte* mask, std::size_t size) noexcept : mask_(mask), size_(size) {}

  iterator begin() const noexcept { return {mask_, 0, size_}; }
  iterator end() const noexcept { return {mask_, size_, size_}; }

private:
  const std::byte* mask_;
  std::size_t size_;
};

} // namespace detail

/// n bits. Bit i is bit i % 8 of byte i / 8, the least significant first, on every instruction set and byte
/// order: the layout of Apache Arrow's validity bitmaps and of numpy.packbits(bitorder="little"). The verbs,
/// & and | write zeros to the unused bits of the last byte; what is read may have anything there.
///
/// bitmask owns its bytes, bitmask_span writes to bytes that the caller holds, bitmask_view reads them. The
/// first converts to the other two, and the second to the third; the bytes have to outlive these.
template <class Bits> class basic_bitmask {
  static constexpr bool owning = std::is_same_v<Bits, detail::owned_bits>;

public:
  /// std::byte, or const std::byte.
  using byte = std::remove_pointer_t<decltype(Bits::data)>;

  /// No bits.
  basic_bitmask() = default;

  /// n bits, all 0.
  explicit basic_bitmask(std::size_t n)
  requires owning
      : bits_(n) {}

  /// The first n bits of the caller's bytes. Throws std::invalid_argument if there are fewer.
  basic_bitmask(std::span<byte> bytes, std::size_t n)
  requires(!owning)
      : bits_{bytes.data(), n} {
    if (bytes.size() < detail::bytes_for(n))
      detail::fail_capacity("bitmask", "bytes", bytes.size(), detail::bytes_for(n));
  }

  /// A copy of another mask.
  template <class Other>
  explicit basic_bitmask(const basic_bitmask<Other>& other)
  requires(owning && !std::is_same_v<Other, Bits>)
      : basic_bitmask(other.size()) {
    *this |= other;
  }

  /// The bits of another mask.
  template <class Other>
  basic_bitmask(basic_bitmask<Other>& other) noexcept
  requires(!owning && !std::is_same_v<Other, Bits>)
      : bits_{other.bytes().data(), other.size()} {}
  template <class Other>
  basic_bitmask(const basic_bitmask<Other>& other) noexcept
  requires(!owning && !std::is_same_v<Other, Bits> &&
           std::is_convertible_v<decltype(other.bytes().data()), byte*>)
      : bits_{other.bytes().data(), other.size()} {}

  /// How many bits there are.
  std::size_t size() const noexcept { return bits_.size; }

  /// (size() + 7) / 8 bytes.
  std::span<byte> bytes() noexcept { return {bits_.data, detail::bytes_for(bits_.size)}; }
  std::span<std::conditional_t<owning, const byte, byte>> bytes() const noexcept {
    return {bits_.data, detail::bytes_for(bits_.size)};
  }

  /// Bit i. Throws std::out_of_range unless i < size().
  bool test(std::size_t i) const {
    check_index(i);
    return (bits_.data[i / 8] & bit(i)) != std::byte{0};
  }

  /// Makes bit i 1, or 0, and no other. Throws std::out_of_range unless i < size().
  void set(std::size_t i, bool value = true) {
    check_index(i);
    std::byte& its = bits_.data[i / 8];
    its = value ? its | bit(i) : its & ~bit(i);
  }

  /// Makes all bits 0.
  void reset() noexcept {
    if (bits_.size != 0) std::memset(bits_.data, 0, bytes().size());
  }

  /// How many bits are 1.
  std::size_t count() const noexcept { return detail::count_bits(bits_.data, bits_.size); }

  /// The positions of the bits that are 1, in ascending order: for (std::size_t i : mask.set_bits()). A
  /// forward range; the mask has to outlive it.
  detail::set_bits_range set_bits() const& noexcept { return {bits_.data, bits_.size}; }
  void set_bits() const&&
  requires owning
  = delete;

  /// This & other, this | other, bit by bit. Throws std::invalid_argument, with nothing written, if the sizes
  /// differ, or the bytes overlap without being the same.
  template <class Other> basic_bitmask& operator&=(const basic_bitmask<Other>& other) {
    return combine("operator&=", other, [](std::uint64_t a, std::uint64_t b) { return a & b; });
  }
  template <class Other> basic_bitmask& operator|=(const basic_bitmask<Other>& other) {
    return combine("operator|=", other, [](std::uint64_t a, std::uint64_t b) { return a | b; });
  }

private:
  static std::byte bit(std::size_t i) noexcept { return static_cast<std::byte>(1u << i % 8); }
  void check_index(std::size_t i) const {
    if (i >= bits_.size) detail::fail_index("bitmask", i, bits_.size);
  }

  template <class Other, class Op>
  basic_bitmask& combine(const char* call, const basic_bitmask<Other>& other, Op op) {
    if (size() != other.size()) detail::fail_sizes(call, "this mask", size(), "the other", other.size());
    const auto mine = bytes();
    const std::span<const std::byte> its = other.bytes();
    if (mine.data() != its.data())
      detail::check_disjoint(call, detail::operand<byte>{"this mask", mine.data(), mine.size()},
                             detail::operand<const std::byte>{"the other", its.data(), its.size()});
    detail::combine(mine.data(), its.data(), size(), op);
    return *this;
  }

  Bits bits_;
};

/// Bits of its own.
using bitmask = basic_bitmask<detail::owned_bits>;
/// Bits in bytes that the caller holds.
using bitmask_span = basic_bitmask<detail::borrowed_bits<std::byte>>;
/// The same, to read.
using bitmask_view = basic_bitmask<detail::borrowed_bits<const std::byte>>;

/// a & b, a | b, bit by bit. Throws std::invalid_argument if the sizes differ.
template <class A, class B> bitmask operator&(const basic_bitmask<A>& a, const basic_bitmask<B>& b) {
  bitmask result{bitmask_view(a)};
  return std::move(result &= b);
}
template <class A, class B> bitmask operator|(const basic_bitmask<A>& a, const basic_bitmask<B>& b) {
  bitmask result{bitmask_view(a)};
  return std::move(result |= b);
}

/// Whether they have the same bits, as many of them.
template <class A, class B> bool operator==(const basic_bitmask<A>& a, const basic_bitmask<B>& b) noexcept {
  if (a.size() != b.size()) return false;
  bool same = true;
  detail::each_word(a.bytes().data(), a.size(), [&](std::uint64_t word, std::size_t at, std::size_t n) {
    same = same && word == detail::load_bits(b.bytes().data(), at, n);
  });
  return same;
}

} // namespace relu::inline RELU_ABI
