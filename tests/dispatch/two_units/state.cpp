// What one half of a program does with objects that both halves share. It is compiled twice, as half.cpp is,
// and calls or instantiates the members of their types.
#include "half.hpp"

#include <cstddef>
#include <utility>

template class relu::basic_bitmask<relu::parts::owned_bits>;
template class relu::prelu<float>;

namespace HALF {
namespace {

constexpr std::size_t n = 67;

float number(std::size_t i) { return static_cast<float>(static_cast<int>(i % 9) - 4); }

} // namespace

bool trains(state& s) {
  float x[n], y[n];
  for (std::size_t i = 0; i < n; ++i) x[i] = number(i);
  relu::forward(s.act, x, y, s.how);
  relu::prelu<float> all{x, 1}, none;
  none = all;
  if (y[0] != -2 || y[8] != 4 || none.weight().data() != x || none.plane() != 1) return false;

  relu::bitmask mask(n), copy = mask, empty;
  if (relu::mask_of(x, mask) != mask.count()) return false;
  copy = mask;
  empty = std::move(copy);
  copy.resize(n);
  copy.set(0);
  copy[1] = copy[0];
  copy |= ~(mask & empty) ^ relu::bitmask(relu::bitmask_view(mask.bytes(), n));
  copy.reset();
  relu::bitmask_span(copy) |= mask;
  relu::bitmask moved = std::move(copy);
  s.mask.clear();
  s.mask = moved;

  relu::unit_activity before = s.activity, after, counted(n);
  counted.update(x);
  before.merge(counted);
  counted.reset();
  after = before;
  relu::unit_activity last = std::move(after);
  s.activity = std::move(last);
  std::uint64_t counts[n];
  s.activity.counts(counts);
  relu::unit_activity loaded(counts, s.activity.samples());
  loaded.update(s.mask);
  relu::unit_activity by_activation(n);
  by_activation.update(relu::relu6{}, x);
  if (by_activation.count(8) != 1 || relu::prelu{0.5f}.plane() != 1) return false;
  return loaded.count(8) == s.activity.count(8) + 1 && loaded.rate(8) == 1;
}

bool reads(const state& s, std::uint64_t samples) {
  std::size_t i = 0, set = 0;
  for (const bool bit : s.mask) {
    if (bit != (number(i) > 0) || s.mask.test(i) != bit || s.mask[i] != bit) return false;
    if (s.activity.count(i) != (bit ? samples : 0)) return false;
    ++i;
  }
  auto at = s.mask.end();
  for (const std::size_t one : s.mask.set_bits()) set += one < n;
  return i == n && set == s.mask.count() && at-- - s.mask.begin() == 67 && at < s.mask.end() &&
         *at++ == s.mask[n - 1] && s.activity.dead() == ~s.mask && s.activity.samples() == samples &&
         s.act.weight()[0] == 0.5f && s.how == relu::stores::cached;
}

} // namespace HALF
