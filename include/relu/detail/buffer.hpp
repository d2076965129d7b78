// SPDX-License-Identifier: MIT
// Memory of a fixed size that is owned and zeroed. Not std::vector: its inline functions would be shared with
// code for other instruction sets.
#pragma once

#include <relu/detail/abi.hpp>

#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

namespace relu::inline RELU_TYPES::parts {

/// `size` units, initially 0. Each element T holds UnitsPerElement of them.
template <class T, std::size_t UnitsPerElement = 1> struct buffer {
  static_assert(std::is_trivially_copyable_v<T>);

  T* data = nullptr;
  std::size_t size = 0;

  // One more word than needed for bytes: GCC warns about a smaller array when it is read in words.
  static constexpr std::size_t spare = sizeof(T) == 1 ? 8 : 0;

  RELU_MEMBER static constexpr std::size_t elements(std::size_t units) noexcept {
    return units / UnitsPerElement + (units % UnitsPerElement != 0);
  }
  RELU_MEMBER std::size_t elements() const noexcept { return elements(size); }
  RELU_MEMBER void clear() noexcept {
    if (size != 0) std::memset(data, 0, elements() * sizeof(T));
  }

  RELU_MEMBER buffer() = default;
  RELU_MEMBER explicit buffer(std::size_t n) : data(new T[elements(n) + spare]()), size(n) {}
  RELU_MEMBER buffer(const buffer& other) : buffer(other.size) {
    if (size != 0) std::memcpy(data, other.data, elements() * sizeof(T));
  }
  RELU_MEMBER buffer(buffer&& other) noexcept
      : data(std::exchange(other.data, nullptr)),
        size(std::exchange(other.size, 0)) {}
  RELU_MEMBER buffer& operator=(const buffer& other) { return *this = buffer(other); }
  RELU_MEMBER buffer& operator=(buffer&& other) noexcept {
    std::swap(data, other.data);
    std::swap(size, other.size);
    return *this;
  }
  RELU_MEMBER ~buffer() { delete[] data; }
};

} // namespace relu::inline RELU_TYPES::parts
