// Compiled several times into one program: with relu::relu, with relu::dispatch and with a flag of the user.
#include "parts.hpp"

std::string_view PART::train(layer& of, std::vector<float>& x) {
  const std::vector<float> before = x;
  relu::forward(before, x, of.mask, of.how);
  of.activity.update(of.mask);
  relu::forward(of.act, before, x);
  return relu::isa();
}
