// SPDX-License-Identifier: MIT
// What the call of a verb is after its arguments were checked: work on so many elements, in any parts.
#pragma once

#include <relu/arch.hpp>

#include <cstddef>

namespace relu::inline RELU_ABI::detail {

/// part(begin, n) does the work for n elements from begin on, and returns nothing or a count, of which the
/// sum is the result. Parts may be done in any order and on any threads. It refers to the arguments of the
/// call.
template <class T, class Part> struct checked_call {
  const T* data; // the output if there is one
  std::size_t size;
  std::size_t arrays; // of that size, read and written
  Part part;
};

/// All in one part, on this thread.
template <class T, class Part> auto run(const checked_call<T, Part>& call) { return call.part(0, call.size); }

} // namespace relu::inline RELU_ABI::detail
