// The front of the fuzzer's input.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

// Reads numbers from the front of the input, and zeros after its end.
class header {
public:
  header(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  template <class U = std::uint8_t> U next() {
    std::uint8_t bytes[sizeof(U)]{};
    const std::size_t n = std::min(sizeof(U), rest_.size());
    std::copy_n(rest_.begin(), n, bytes);
    rest_ = rest_.subspan(n);
    return std::bit_cast<U>(bytes);
  }
  std::span<const std::uint8_t> rest() const { return rest_; }

private:
  std::span<const std::uint8_t> rest_;
};
