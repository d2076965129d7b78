// SPDX-License-Identifier: MIT
// All activations. A new one is an include and a name in the list; relu::dispatch compiles what the list
// names.
#pragma once

#include <relu/activations/clipped_relu.hpp>
#include <relu/activations/leaky_relu.hpp>
#include <relu/activations/rectifier.hpp>
#include <relu/activations/shifted_relu.hpp>
#include <relu/activations/sigmoid.hpp>
#include <relu/activations/squared_relu.hpp>
#include <relu/activations/tanh.hpp>
#include <relu/activations/thresholded_relu.hpp>

namespace relu::inline RELU_ABI {

/// The activations of this library.
using activations = type_list<rectifier, leaky_relu, clipped_relu, relu6, thresholded_relu, shifted_relu,
                              squared_relu, sigmoid, tanh>;

} // namespace relu::inline RELU_ABI
