// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// The squared rectified linear unit, max(0, x)^2. Elements: float, double, float16, bfloat16. It gives the
/// same bits on every instruction set.
///
///     x                     value(x)       slope(x)
///     > 0                   x * x          2 x       (inf where that overflows)
///     +inf                  +inf           +inf
///     <= 0, -0, -inf        +0             +0
///     NaN                   NaN            NaN
///
/// Largest error for float, in ULP: value 0.5, slope 0.5.
/// Largest error for double, in ULP: value 0.5, slope 0.5.
/// Largest error for float16 and bfloat16, in ULP: value 0.5, slope 0.51. Their NaN become quiet.
/// Where the program flushes subnormals to zero (FTZ, DAZ, -ffast-math), subnormal results become 0.
///
/// D. R. So et al., "Primer: searching for efficient transformers for language modeling", NeurIPS 2021.
struct squared_relu {
  template <floating V> constexpr V value(V x) const noexcept {
    return math::select(math::is_active(x), x * x, V(0));
  }

  template <floating V> constexpr V slope(V x) const noexcept {
    return math::select(math::is_active(x), x + x, V(0));
  }
};

} // namespace relu::inline RELU_ABI
