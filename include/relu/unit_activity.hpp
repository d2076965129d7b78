// SPDX-License-Identifier: MIT
// unit_activity: how often each unit of a layer is active, and which units are dead.
#pragma once

#include <relu/detail/buffer.hpp>
#include <relu/detail/unit_counters.hpp>
#include <relu/mask.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

namespace relu::inline RELU_TYPES {

/// Counts, for each unit of a layer, the samples for which it was active. A count has 64 bits. Use one object
/// for each thread or machine; merge adds them up.
///
/// A unit is active where the mask of forward has a set bit: for max(0, x) where x > 0 or NaN. So a unit of
/// clipped_relu that is always at its maximum counts as dead, and so does a unit of leaky_relu that is always
/// below zero, although it learns.
class unit_activity {
public:
  /// A layer without units.
  RELU_MEMBER unit_activity() = default;

  /// A layer of `units` units, before the first sample.
  RELU_MEMBER explicit unit_activity(std::size_t units)
      : totals_(units),
        recent_(units),
        mask_(units < mask_bits ? mask_bits : units) {}

  RELU_MEMBER unit_activity(const unit_activity&) = default;
  RELU_MEMBER unit_activity(unit_activity&& other) noexcept { swap(other); }
  RELU_MEMBER unit_activity& operator=(const unit_activity& other) { return *this = unit_activity(other); }
  RELU_MEMBER unit_activity& operator=(unit_activity&& other) noexcept {
    swap(other);
    return *this;
  }
  RELU_MEMBER ~unit_activity() = default;

  /// The state that counts() and samples() returned, perhaps on another machine. Throws std::invalid_argument
  /// if a count exceeds the number of samples.
  RELU_MEMBER unit_activity(std::span<const std::uint64_t> counts, std::uint64_t samples)
      : unit_activity(counts.size()) {
    for (const std::uint64_t count : counts)
      if (count > samples) detail::fail_capacity("unit_activity", "samples", samples, count);
    if (!counts.empty()) std::memcpy(totals_.data, counts.data(), counts.size_bytes());
    samples_ = samples;
  }

  /// The number of units.
  RELU_MEMBER std::size_t units() const noexcept { return totals_.size; }

  /// The number of samples counted so far.
  RELU_MEMBER std::uint64_t samples() const noexcept { return samples_; }

  /// Counts the samples of a mask, which has units() bits for each, one sample after another without unused
  /// bits between them. Throws std::invalid_argument and counts nothing unless the mask has whole samples.
  /// Allocates no memory.
  RELU_MEMBER void update(bitmask_view mask) { update_on(detail::this_thread{}, mask); }

  /// Counts the samples of x, a contiguous range of samples * units() elements, sample by sample, or a
  /// matrix, see relu::matrix_view. A unit is active where act.active(x). For the rectifier, x may be its
  /// inputs or its outputs. Throws std::invalid_argument and counts nothing unless x has whole samples, or if
  /// the activation's parameters are invalid. Allocates no memory.
  template <class A, class X>
  requires(!detail::policy_argument<A>)
  RELU_MEMBER void update(const A& act, X&& x) {
    update_on(detail::this_thread{}, act, x);
  }

  /// Counts the samples of x with max(0, x) as the activation: update(rectifier{}, x).
  template <class X>
  requires(!detail::mask_argument<X>)
  RELU_MEMBER void update(X&& x) {
    update(rectifier{}, x);
  }

  /// Counts on the threads of an execution policy, with relu/execution.hpp:
  ///
  ///     update(policy, mask)
  ///     update(policy, act, x)
  ///     update(policy, x)        act = rectifier{}
  ///
  /// The counts and the errors are those without a policy. Several threads allocate counters of their own. If
  /// there is no memory for them, the call throws std::bad_alloc and counts nothing.
  template <detail::policy_argument P> RELU_MEMBER void update(P&& policy, bitmask_view mask) {
    update_on(detail::executor_for(policy), mask);
  }
  template <detail::policy_argument P, class A, class X>
  RELU_MEMBER void update(P&& policy, const A& act, X&& x) {
    update_on(detail::executor_for(policy), act, x);
  }
  template <detail::policy_argument P, class X>
  requires(!detail::mask_argument<X>)
  RELU_MEMBER void update(P&& policy, X&& x) {
    update_on(detail::executor_for(policy), rectifier{}, x);
  }

  /// Returns for how many samples the unit was active. Throws std::out_of_range unless unit < units().
  RELU_MEMBER std::uint64_t count(std::size_t unit) const {
    if (unit >= units()) detail::fail_index("unit_activity", unit, units());
    return detail::count_of(totals_.data, recent_.data, unit);
  }

  /// Returns the fraction of the samples for which the unit was active, in [0, 1], and 0 before the first
  /// sample. Throws std::out_of_range unless unit < units().
  RELU_MEMBER double rate(std::size_t unit) const {
    const std::uint64_t active = count(unit);
    return samples_ == 0 ? 0.0 : static_cast<double>(active) / static_cast<double>(samples_);
  }

  /// Writes the counts of all units. Throws std::invalid_argument unless `out` has units() elements.
  RELU_MEMBER void counts(std::span<std::uint64_t> out) const {
    if (out.size() != units())
      detail::fail_sizes("unit_activity::counts", "out", out.size(), "the layer", units());
    detail::copy_counts(out.data(), totals_.data, recent_.data, units());
  }

  /// Returns a mask of the units that have never been active. Before the first sample these are all units.
  RELU_MEMBER bitmask dead() const {
    bitmask result(units());
    detail::find_zeros(result.bytes().data(), totals_.data, recent_.data, units());
    return result;
  }

  /// Adds the counts of another object. Throws std::invalid_argument and adds nothing unless it has as many
  /// units.
  RELU_MEMBER void merge(const unit_activity& other) {
    if (units() != other.units())
      detail::fail_sizes("unit_activity::merge", "this layer", units(), "the other", other.units());
    detail::add_counts(totals_.data, other.totals_.data, other.recent_.data, units());
    samples_ += other.samples_;
  }

  /// Forgets all samples.
  RELU_MEMBER void reset() noexcept {
    totals_.clear();
    recent_.clear();
    unsettled_ = 0;
    samples_ = 0;
  }

private:
  // Bits of the mask in add_active: several samples of a small layer, or one sample of a large layer.
  static constexpr std::size_t mask_bits = 16384;

  static constexpr const char* update_name = "unit_activity::update";

  template <class On> RELU_MEMBER void update_on(const On& on, bitmask_view mask) {
    const std::size_t rows = detail::rows_of(update_name, "mask", mask.size(), units());
    add_parts(on, rows, mask.bytes().size(), [&](unit_activity& to, std::size_t begin, std::size_t size) {
      to.add(mask.bytes().data(), begin, size);
    });
  }

  template <class On, class A, class X> RELU_MEMBER void update_on(const On& on, const A& act, X& x) {
    if constexpr (!detail::read_argument<X>)
      static_assert(detail::fails<detail::reason<X>, X>,
                    "relu::unit_activity::update: x must be a contiguous range of elements or a matrix");
    else if constexpr (detail::order_of<std::remove_cvref_t<X>> == detail::order::by_columns)
      static_assert(detail::fails<X>, "relu::unit_activity::update: x must be stored sample by sample");
    else if constexpr (!maskable_activation_of<A, X>)
      static_assert(detail::fails<A, X>, "relu::unit_activity::update: act must be an activation whose slope "
                                         "takes two values, see relu::maskable_activation");
    else {
      const auto in = detail::read_operand(update_name, "x", x);
      const std::size_t n = detail::size_of(in), rows = detail::rows_of(update_name, "x", n, units());
      detail::check_parameters(update_name, act);
      detail::check_input_alone(update_name, detail::named("x", in));
      const auto kernel = detail::find_kernel<detail::mask_of_kernel, A, detail::element_of<X>>();
      add_parts(on, rows, n * sizeof(detail::element_of<X>),
                [&](unit_activity& to, std::size_t begin, std::size_t size) {
                  to.add_active(kernel, act, in, begin, size);
                });
    }
  }

  // Calls add(to, begin, size) for all rows. With several threads `to` may be another object, which is then
  // merged. Every part but the last has at least 255 rows: merging takes about as long as settle(), which add
  // calls for every 255 rows anyway.
  template <class On, class Add>
  RELU_MEMBER void add_parts(const On& on, std::size_t rows, std::size_t bytes, const Add& add) {
    on.run_merged(
        *this, [&] { return unit_activity(units()); }, rows, bytes, detail::bit_counters::largest, add);
  }

  template <class Kernel, class A, class X>
  RELU_MEMBER void add_active(const Kernel& mask_of, const A& act, const X& x, std::size_t first,
                              std::size_t rows) {
    const std::size_t most = units() == 0 ? 0 : mask_.size() / units();
    while (rows != 0) {
      const std::size_t some = rows < most ? rows : most;
      detail::mask_of_part(mask_of, act, x, first * units(), some * units(), mask_.bytes().data());
      add(mask_.bytes().data(), 0, some);
      first += some;
      rows -= some;
    }
  }

  RELU_MEMBER void swap(unit_activity& other) noexcept {
    // The move assignment of buffer swaps. std::swap of buffers would be one function for all targets, but
    // call the members of one of them.
    totals_ = std::move(other.totals_);
    recent_ = std::move(other.recent_);
    mask_ = std::move(other.mask_);
    std::swap(unsettled_, other.unsettled_);
    std::swap(samples_, other.samples_);
  }

  RELU_MEMBER void add(const std::byte* mask, std::size_t first, std::size_t rows) noexcept {
    samples_ += rows;
    std::size_t done = 0;
    while (done < rows) {
      if (unsettled_ == detail::bit_counters::largest) settle();
      const std::size_t room = detail::bit_counters::largest - unsettled_, left = rows - done;
      const std::size_t some = left < room ? left : room;
      detail::add_rows(recent_.data, units(), mask, first + done, some);
      unsettled_ += some;
      done += some;
    }
  }

  // Adds the recent counts to the totals. The recent counters are bits of words, which count 64 units in a
  // few operations.
  RELU_MEMBER void settle() noexcept {
    detail::copy_counts(totals_.data, totals_.data, recent_.data, units());
    recent_.clear();
    unsettled_ = 0;
  }

  parts::buffer<std::uint64_t> totals_;                          // the count of each unit, without recent_
  parts::buffer<parts::bit_counters, detail::word_bits> recent_; // the count of the last unsettled_ samples
  std::size_t unsettled_ = 0;
  std::uint64_t samples_ = 0;
  bitmask mask_; // scratch memory of add_active
};

} // namespace relu::inline RELU_TYPES
