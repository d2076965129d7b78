// SPDX-License-Identifier: MIT
// All activations. To add one, include its header and name it in the list, from which relu::dispatch compiles
// its kernels.
#pragma once

#include <relu/activations/celu.hpp>
#include <relu/activations/clipped_relu.hpp>
#include <relu/activations/elu.hpp>
#include <relu/activations/gelu.hpp>
#include <relu/activations/gelu_tanh.hpp>
#include <relu/activations/hard_shrink.hpp>
#include <relu/activations/hard_sigmoid.hpp>
#include <relu/activations/hard_swish.hpp>
#include <relu/activations/hard_tanh.hpp>
#include <relu/activations/leaky_relu.hpp>
#include <relu/activations/log_sigmoid.hpp>
#include <relu/activations/mish.hpp>
#include <relu/activations/quick_gelu.hpp>
#include <relu/activations/rectifier.hpp>
#include <relu/activations/selu.hpp>
#include <relu/activations/shifted_relu.hpp>
#include <relu/activations/sigmoid.hpp>
#include <relu/activations/silu.hpp>
#include <relu/activations/soft_shrink.hpp>
#include <relu/activations/softplus.hpp>
#include <relu/activations/softsign.hpp>
#include <relu/activations/squared_relu.hpp>
#include <relu/activations/tanh.hpp>
#include <relu/activations/tanh_shrink.hpp>
#include <relu/activations/thresholded_relu.hpp>
#include <relu/fast.hpp>

#include <type_traits>

namespace relu::inline RELU_ABI {

/// The activations of this library, in the default tier.
using default_activations =
    type_list<rectifier, leaky_relu, clipped_relu, relu6, thresholded_relu, shifted_relu, squared_relu,
              sigmoid, log_sigmoid, tanh, softplus, softsign, elu, celu, selu, silu, gelu, gelu_tanh,
              quick_gelu, mish, hard_sigmoid, hard_swish, hard_tanh, hard_shrink, soft_shrink, tanh_shrink>;

namespace detail {
template <class... A> constexpr auto fast_tiers(type_list<A...>) noexcept {
  return (type_list<>{} + ... +
          std::conditional_t<has_fast_tier<A, float>, type_list<fast<A>>, type_list<>>{});
}
} // namespace detail

/// The activations of this library, in the fast tier.
using fast_activations = decltype(detail::fast_tiers(default_activations{}));

/// The activations of this library.
using activations = decltype(default_activations{} + fast_activations{});

} // namespace relu::inline RELU_ABI
