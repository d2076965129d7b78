// A hash of results, which must be the same everywhere.
#pragma once

#include <bit>
#include <cstdint>

namespace testing {

// FNV-1a over whole numbers instead of bytes, so that the byte order does not matter. The rotation moves high
// bits to where they change low ones.
class hash {
public:
  void add(std::uint64_t number) { state_ = (std::rotl(state_, 29) ^ number) * 0x100000001b3u; }
  std::uint64_t value() const { return state_; }

private:
  std::uint64_t state_ = 0xcbf29ce484222325u;
};

} // namespace testing
