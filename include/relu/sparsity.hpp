// SPDX-License-Identifier: MIT
// How many outputs are zero.
#pragma once

#include <relu/concepts.hpp>
#include <relu/detail/dispatch.hpp>
#include <relu/detail/ops.hpp>
#include <relu/detail/sweep.hpp>

#include <cstddef>
#include <ranges>

namespace relu::inline RELU_ABI {

/// How many elements equal zero: +0 and -0 do, NaN and denormals do not.
template <input_range Y> std::size_t count_zeros(Y&& y) {
  using T = std::ranges::range_value_t<Y>;
  const T* data = std::ranges::data(y);
  const auto n = static_cast<std::size_t>(std::ranges::size(y));
  if constexpr (dispatched) return detail::kernels_of<T>(detail::dispatch_table()).count_zeros(n, data);
  else return detail::count<native>(detail::is_zero_op{}, n, data);
}

/// Which fraction of the elements equals zero, in [0, 1]; 0 of an empty range.
template <input_range Y> double sparsity(Y&& y) {
  const auto n = static_cast<std::size_t>(std::ranges::size(y));
  return n == 0 ? 0.0 : static_cast<double>(relu::count_zeros(y)) / static_cast<double>(n);
}

} // namespace relu::inline RELU_ABI
