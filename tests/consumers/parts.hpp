// A header of the user with a class that has members of relu. Parts of a program that are compiled for
// different targets include it.
#pragma once

#include <relu/relu.hpp>

#include <string_view>
#include <vector>

struct layer {
  relu::bitmask mask;
  relu::unit_activity activity;
  relu::prelu<float> act;
  relu::stores how = relu::stores::automatic;
};

namespace by_headers {
std::string_view train(layer& of, std::vector<float>& x);
}
namespace by_dispatch {
std::string_view train(layer& of, std::vector<float>& x);
}
namespace by_flags {
std::string_view train(layer& of, std::vector<float>& x);
}
