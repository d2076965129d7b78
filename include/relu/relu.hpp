// SPDX-License-Identifier: MIT
// ReLU, its derivative and its relatives on the CPU: exact, and fast on every instruction set.
//
//   relu::relu(v), relu::relu_grad(v)        one number or one xsimd::batch
//   relu::forward(x, y)                      y[i] = max(0, x[i]); forward(x) works in place
//   relu::backward(dy, x, dx)                dx[i] = dy[i] where x[i] > 0 or NaN, else +0
//   relu::backward_from_output(dy, y, dx)    dx from the outputs y
//   relu::backward_accumulate(dy, x, dx)     adds to dx what backward writes
//   relu::forward(act, x, y), ...            any activation, of this library or your own
//   relu::scalar_activation{f}               an activation from a function of one number, such as a lambda
//   relu::forward(relu::prelu{weight}, x, y) a slope for each channel; backward also returns its gradient
//   relu::forward(x, y, mask)                also writes one bit for each element: whether it is active
//   relu::backward(dy, mask, dx)             dx from these bits
//   relu::compress(x, values, indices)       the nonzero outputs and their positions
//   relu::count_zeros(y), relu::sparsity(y)  the number and the fraction of zeros
//   relu::unit_activity                      how often each unit of a layer is active; which units are dead
//   relu::convert(x, y)                      between float and relu::float16 or relu::bfloat16
//   relu::quantized{x, q}                    8-bit integers with a scale and a zero point, for forward
//   relu::lookup_table<In, Out>{act, qx, qy} the 256 results of an activation on them, for several calls
//   relu::matrix_view{data, rows, columns, row_stride}   a matrix with gaps between its rows, for all calls
//   relu::biased{x, bias}, relu::sum{x, r}   x + bias and x + r, where a call reads x
//   relu::forward(relu::swiglu{}, gate, up, y)           a gated unit, of any activation: relu::gated{act}
//   relu::isa()                              the instruction set in use
//
// relu makes one test, x <= 0, on the bit pattern of x, and then selects the result. It never multiplies by 0
// or 1, so the results hold under -ffast-math and with subnormals flushed too. README.md in this folder
// explains the design.
#pragma once

#include <relu/detail/abi.hpp>

#include <relu/activations.hpp>
#include <relu/arch.hpp>
#include <relu/backward.hpp>
#include <relu/bitmask.hpp>
#include <relu/concepts.hpp>
#include <relu/convert.hpp>
#include <relu/float16.hpp>
#include <relu/forward.hpp>
#include <relu/fused.hpp>
#include <relu/gated.hpp>
#include <relu/isa.hpp>
#include <relu/mask.hpp>
#include <relu/math.hpp>
#include <relu/matrix_view.hpp>
#include <relu/prelu.hpp>
#include <relu/quantized.hpp>
#include <relu/scalar_activation.hpp>
#include <relu/sparse.hpp>
#include <relu/sparsity.hpp>
#include <relu/streaming.hpp>
#include <relu/unit_activity.hpp>
#include <relu/version.hpp>
