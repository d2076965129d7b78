// SPDX-License-Identifier: MIT
#pragma once

#include <relu/math.hpp>

namespace relu::inline RELU_ABI {

/// max(0, x) squared. Elements: float, double; the same bits on every instruction set.
///
///     x                     value(x)       slope(x)
///     > 0                   x * x          2 x       (inf where that overflows)
///     +inf                  +inf           +inf
///     <= 0, -0, -inf        +0             +0
///     NaN                   NaN            NaN
///
/// Largest error of value and slope: 0.5 ULP, one rounding; where the program turned denormals off (FTZ, DAZ,
/// -ffast-math), denormal results become 0.
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
