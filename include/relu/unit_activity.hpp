// SPDX-License-Identifier: MIT
// How often each unit of a layer is active: which are dead, and which worth keeping.
#pragma once

#include <relu/detail/owned.hpp>
#include <relu/mask.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

namespace relu::inline RELU_ABI {

/// For each unit of a layer, for how many samples it was active. Each thread or machine has one of its own;
/// merge adds them up. Numbers are of 64 bits.
///
/// Active is where a bit of a mask is set: for relu unless x <= 0, so where x is NaN, too. A unit of
/// clipped_relu that is always at its maximum counts as dead, and one of leaky_relu below zero, though it
/// learns.
class unit_activity {
public:
  /// No units.
  unit_activity() = default;

  /// No sample yet.
  explicit unit_activity(std::size_t units)
      : totals_(units),
        recent_(units),
        mask_(units < at_a_time ? at_a_time : units) {}

  unit_activity(const unit_activity&) = default;
  unit_activity(unit_activity&& other) noexcept { swap(other); }
  unit_activity& operator=(const unit_activity& other) { return *this = unit_activity(other); }
  unit_activity& operator=(unit_activity&& other) noexcept {
    swap(other);
    return *this;
  }

  /// What counts() and samples() gave, maybe on another machine. Throws std::invalid_argument if a unit was
  /// active more often than there were samples.
  unit_activity(std::span<const std::uint64_t> counts, std::uint64_t samples) : unit_activity(counts.size()) {
    for (const std::uint64_t count : counts)
      if (count > samples) detail::fail_capacity("unit_activity", "samples", samples, count);
    if (!counts.empty()) std::memcpy(totals_.data, counts.data(), counts.size_bytes());
    samples_ = samples;
  }

  /// How many there are.
  std::size_t units() const noexcept { return totals_.size; }

  /// How many were counted.
  std::uint64_t samples() const noexcept { return samples_; }

  /// Counts some more samples: the mask has units() bits for each, one sample after another, without unused
  /// bits between them. Throws std::invalid_argument, with nothing counted, unless there are whole samples.
  /// Allocates nothing.
  void update(bitmask_view mask) {
    add(mask.bytes().data(), detail::rows_of("unit_activity::update", "mask", mask.size(), units()));
  }

  /// The same for the mask of x, of samples * units() elements, sample by sample: a unit is active where
  /// act.active(x). x may be what came out of a rectifier as well as what went in. Throws
  /// std::invalid_argument, with nothing counted, if the activation's parameters cannot be used, too.
  template <class A, input_range X>
  requires maskable_activation_of<A, X>
  void update(const A& act, X&& x) {
    auto rest = detail::input(x);
    const char* const call = "unit_activity::update";
    std::size_t rows = detail::rows_of(call, "x", rest.size(), units());
    detail::check_parameters(call, act);
    while (rows != 0) {
      const std::size_t most = mask_.size() / units();
      const std::size_t some = rows < most ? rows : most, n = some * units();
      relu::mask_of(act, rest.first(n), bitmask_span(mask_.bytes(), n));
      add(mask_.bytes().data(), some);
      rest = rest.subspan(n);
      rows -= some;
    }
  }

  /// update(rectifier{}, x).
  template <input_range X> void update(X&& x) { update(rectifier{}, x); }

  /// How many samples the unit was active for. Throws std::out_of_range unless unit < units().
  std::uint64_t count(std::size_t unit) const {
    if (unit >= units()) detail::fail_index("unit_activity", unit, units());
    return detail::count_of(totals_.data, recent_.data, unit);
  }

  /// Which fraction of the samples it was active for, in [0, 1]; 0 if there was none. Throws
  /// std::out_of_range unless unit < units().
  double rate(std::size_t unit) const {
    const std::uint64_t active = count(unit);
    return samples_ == 0 ? 0.0 : static_cast<double>(active) / static_cast<double>(samples_);
  }

  /// The counts of all units, in as many numbers. Throws std::invalid_argument if there are more or fewer.
  void counts(std::span<std::uint64_t> out) const {
    if (out.size() != units())
      detail::fail_sizes("unit_activity::counts", "out", out.size(), "the layer", units());
    detail::copy_counts(out.data(), totals_.data, recent_.data, units());
  }

  /// The units that have never been active: before the first sample all of them.
  bitmask dead() const {
    bitmask result(units());
    detail::find_zeros(result.bytes().data(), totals_.data, recent_.data, units());
    return result;
  }

  /// Counts what the other has counted, too. Throws std::invalid_argument, with nothing counted, unless it
  /// has as many units.
  void merge(const unit_activity& other) {
    if (units() != other.units())
      detail::fail_sizes("unit_activity::merge", "this layer", units(), "the other", other.units());
    detail::add_counts(totals_.data, other.totals_.data, other.recent_.data, units());
    samples_ += other.samples_;
  }

  /// As before the first sample.
  void reset() noexcept {
    totals_.clear();
    recent_.clear();
    unsettled_ = 0;
    samples_ = 0;
  }

private:
  static constexpr std::size_t at_a_time = 16384; // bits of a mask: some samples of a small layer

  void swap(unit_activity& other) noexcept {
    std::swap(totals_, other.totals_);
    std::swap(recent_, other.recent_);
    std::swap(unsettled_, other.unsettled_);
    std::swap(samples_, other.samples_);
    std::swap(mask_, other.mask_);
  }

  void add(const std::byte* mask, std::size_t rows) noexcept {
    samples_ += rows;
    std::size_t done = 0;
    while (done < rows) {
      if (unsettled_ == detail::bit_counters::most) settle();
      const std::size_t room = detail::bit_counters::most - unsettled_, left = rows - done;
      const std::size_t some = left < room ? left : room;
      detail::add_rows(recent_.data, units(), mask, done, some);
      unsettled_ += some;
      done += some;
    }
  }

  // A counter of a byte, bit by bit in words for 64 units, takes some operations for all of them; now and
  // then it is added to the number that it is part of.
  void settle() noexcept {
    detail::copy_counts(totals_.data, totals_.data, recent_.data, units());
    recent_.clear();
    unsettled_ = 0;
  }

  detail::owned<std::uint64_t> totals_;                           // of each unit, without
  detail::owned<detail::bit_counters, detail::word_bits> recent_; // that of the last samples,
  std::size_t unsettled_ = 0;                                     // this many
  std::uint64_t samples_ = 0;
  bitmask mask_; // for update(x)
};

} // namespace relu::inline RELU_ABI
