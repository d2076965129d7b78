// SPDX-License-Identifier: MIT
// Memory of its own: a std::vector of a fixed size, but not shared with code for another instruction set.
#pragma once

#include <relu/arch.hpp>

#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

namespace relu::inline RELU_ABI::detail {

/// `size` units, 0 at first, of which an element T holds several.
template <class T, std::size_t UnitsPerElement = 1> struct owned {
  static_assert(std::is_trivially_copyable_v<T>);

  T* data = nullptr;
  std::size_t size = 0;

  // Bytes have one more word than needed: of a smaller array GCC thinks that words are read from it.
  static constexpr std::size_t spare = sizeof(T) == 1 ? 8 : 0;

  static constexpr std::size_t elements(std::size_t units) noexcept {
    return units / UnitsPerElement + (units % UnitsPerElement != 0);
  }
  std::size_t elements() const noexcept { return elements(size); }
  void clear() noexcept {
    if (size != 0) std::memset(data, 0, elements() * sizeof(T));
  }

  owned() = default;
  explicit owned(std::size_t n) : data(new T[elements(n) + spare]()), size(n) {}
  owned(const owned& other) : owned(other.size) {
    if (size != 0) std::memcpy(data, other.data, elements() * sizeof(T));
  }
  owned(owned&& other) noexcept
      : data(std::exchange(other.data, nullptr)),
        size(std::exchange(other.size, 0)) {}
  owned& operator=(const owned& other) { return *this = owned(other); }
  owned& operator=(owned&& other) noexcept {
    std::swap(data, other.data);
    std::swap(size, other.size);
    return *this;
  }
  ~owned() { delete[] data; }
};

} // namespace relu::inline RELU_ABI::detail
