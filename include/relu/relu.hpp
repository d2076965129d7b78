// SPDX-License-Identifier: MIT
// The front door: ReLU, its derivative and its relatives, exact and fast on whatever processor there is.
//
//   relu::relu(v), relu::relu_grad(v)        one number, or one xsimd::batch
//   relu::forward(x, y)                      y[i] = max(0, x[i]); forward(x) in place
//   relu::backward(dy, x, dx)                dx[i] = dy[i] where the unit was active, else +0
//   relu::backward_from_output(dy, y, dx)    the same dx from y
//   relu::forward(act, x, y), ...            the same for any activation, built in or your own
//   relu::forward(relu::prelu{weight}, x, y) one slope for each channel; backward has their gradients, too
//   relu::forward(x, y, mask)                also one bit for each element: whether it is active
//   relu::backward(dy, mask, dx)             from these bits alone
//   relu::compress(x, values, indices)       the outputs that are not zero, and where
//   relu::count_zeros(y), relu::sparsity(y)  how many, and which fraction, of the elements are zero
//   relu::unit_activity                      how often each unit of a layer is active, and which are dead
//   relu::isa()                              the instruction set in use
//
// The one predicate is x <= 0. Where it holds the output is +0 and the gradient +0; elsewhere, for NaN too,
// the input and the gradient pass with every bit kept. It is evaluated on the bits of x, so that it holds
// under -ffast-math and with denormals turned off as well.
#pragma once

#include <relu/activations.hpp>
#include <relu/arch.hpp>
#include <relu/bitmask.hpp>
#include <relu/concepts.hpp>
#include <relu/elementwise.hpp>
#include <relu/isa.hpp>
#include <relu/mask.hpp>
#include <relu/math.hpp>
#include <relu/prelu.hpp>
#include <relu/sparse.hpp>
#include <relu/sparsity.hpp>
#include <relu/streaming.hpp>
#include <relu/unit_activity.hpp>
#include <relu/version.hpp>
