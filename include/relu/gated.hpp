// SPDX-License-Identifier: MIT
// gated: units whose output is an activation of one input times another input.
#pragma once

#include <relu/activations/gelu.hpp>
#include <relu/activations/rectifier.hpp>
#include <relu/activations/sigmoid.hpp>
#include <relu/activations/silu.hpp>

namespace relu::inline RELU_ABI {

/// A gated unit: y = f(gate) up, where f is the activation `act`.
///
///     forward(gated{act}, gate, up, y)
///     backward(gated{act}, dy, gate, up, dgate, dup)
///
/// act: an activation for elements float, double, relu::float16 or relu::bfloat16, of this library or your
///      own, but not relu::prelu; for backward with a slope. gated{fast{act}} computes in the fast tier.
///
/// f(gate) is rounded to the element type, and so is its product with up, which follows IEEE 754: where
/// f(gate) is 0, y is 0 with the sign of the product, and NaN if up is infinite or NaN. The gradients are
///
///     dgate = round(dy up) f'(gate)      +0 where f'(gate) is 0, as backward computes it
///     dup   = dy f(gate)                 as forward computes it
///
/// N. Shazeer, "GLU variants improve transformer", arXiv:2002.05202, 2020.
template <class A> struct gated {
  A act;
};
template <class A> gated(A) -> gated<A>;

using glu = gated<sigmoid>;
using reglu = gated<rectifier>;
using geglu = gated<gelu>;
using swiglu = gated<silu>;

} // namespace relu::inline RELU_ABI
