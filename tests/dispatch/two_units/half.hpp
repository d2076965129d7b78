// A header of a program whose halves are compiled for different instruction sets. Both pass the objects of
// `state` to each other, so its members are the same types in both.
#pragma once

#include <relu/relu.hpp>

#include <cstdint>

struct state {
  relu::bitmask mask;
  relu::unit_activity activity;
  relu::prelu<float> act;
  relu::stores how;
};

namespace lower {
const char* isa();
bool is_available(const char* isa);
bool works();
bool trains(state& s);
bool reads(const state& s, std::uint64_t samples);
} // namespace lower

namespace upper {
const char* isa();
bool is_available(const char* isa);
bool works();
bool trains(state& s);
bool reads(const state& s, std::uint64_t samples);
} // namespace upper
