// SPDX-License-Identifier: MIT
// How many outputs are zero.
#pragma once

#include <relu/concepts.hpp>
#include <relu/detail/call.hpp>
#include <relu/detail/dispatch.hpp>
#include <relu/detail/ops.hpp>
#include <relu/detail/sweep.hpp>

#include <cstddef>
#include <ranges>

namespace relu::inline RELU_ABI {

namespace detail {

template <class Y> auto checked_count_zeros(Y& y) {
  using T = std::ranges::range_value_t<Y>;
  const T* const data = std::ranges::data(y);
  const auto checked = [&](auto part) {
    return checked_call<T, decltype(part)>{data, static_cast<std::size_t>(std::ranges::size(y)), 1, part};
  };
  if constexpr (dispatched) {
    const auto count_zeros = kernels_of<T>(dispatch_table()).count_zeros;
    return checked([=](std::size_t begin, std::size_t n) { return count_zeros(n, data + begin); });
  } else
    return checked(
        [=](std::size_t begin, std::size_t n) { return count<native>(is_zero_op{}, n, data + begin); });
}

inline double share(std::size_t part, std::size_t whole) noexcept {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

} // namespace detail

/// How many elements equal zero: +0 and -0 do, NaN and denormals do not.
template <input_range Y> std::size_t count_zeros(Y&& y) {
  return detail::run(detail::checked_count_zeros(y));
}

/// Which fraction of the elements equals zero, in [0, 1]; 0 of an empty range.
template <input_range Y> double sparsity(Y&& y) {
  return detail::share(relu::count_zeros(y), static_cast<std::size_t>(std::ranges::size(y)));
}

} // namespace relu::inline RELU_ABI
