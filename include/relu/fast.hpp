// SPDX-License-Identifier: MIT
// The fast tier of smooth activations.
#pragma once

#include <relu/math.hpp>

#include <concepts>
#include <type_traits>

namespace relu::inline RELU_ABI {

/// An activation that states its formulas for both tiers: value(x, tier) and so on.
template <class A, class V>
concept has_fast_tier = requires(const A act, V x) {
  { act.value(x, math::fast_tier{}) } -> std::same_as<V>;
};

/// An activation whose float elements are computed in float: faster than the default, and less accurate.
/// Wherever a call takes an activation, it takes fast{act}: forward(relu::fast{relu::gelu{}}, x, y).
/// Elements: float, double, float16, bfloat16. All but float are computed as by act itself.
///
/// For float, the results for NaN, -0 and infinities are those of act. Largest errors:
///
///     value    4 ULP, also of subnormal results
///     slope    8 ULP; within a factor of 2 of the x where the slope crosses 0, 8 ULP or 1e-6
///
/// In kernels of relu::dispatch, all instruction sets with fused multiply-add give the same bits.
///
/// Calls throw std::invalid_argument for parameters that act does not take, and for an alpha of elu beyond
/// 128 or -128, an alpha of celu that is not above 0 and at most 2^100, and a beta of softplus between
/// -1/128 and 1/128.
///
/// A: sigmoid, log_sigmoid, tanh, softplus, softsign, elu, celu, selu, silu, gelu, gelu_tanh, quick_gelu,
/// mish, tanh_shrink, hard_sigmoid, hard_swish, or your own activation that has value(x, tier) with
/// math::default_tier as the default.
template <class A> struct fast {
  static constexpr bool has_tier = has_fast_tier<A, float> || has_fast_tier<A, double>;
  static_assert(has_tier, "relu::fast: act must have a fast tier: value(x, tier), see relu::fast");

  static constexpr bool compute_bound = relu::compute_bound<A>;

  /// double has one tier.
  template <class V>
  using tier_for =
      std::conditional_t<std::is_same_v<value_t<V>, double>, math::default_tier, math::fast_tier>;

  A act;

  template <floating V>
  requires(has_fast_tier<A, V> || !has_tier) // without a tier the static_assert is the only error
  constexpr V value(V x) const noexcept {
    if constexpr (has_tier) return act.value(x, tier_for<V>{});
    else return x;
  }

  template <floating V>
  requires has_slope<A, V>
  constexpr V slope(V x) const noexcept {
    if constexpr (requires { act.slope(x, tier_for<V>{}); }) return act.slope(x, tier_for<V>{});
    else return act.slope(x);
  }

  template <floating V>
  requires has_slope_from_output<A, V>
  constexpr V slope_from_output(V y) const noexcept {
    if constexpr (requires { act.slope_from_output(y, tier_for<V>{}); })
      return act.slope_from_output(y, tier_for<V>{});
    else return act.slope_from_output(y);
  }

  template <floating V>
  requires has_gradient<A, V>
  constexpr V gradient(V dy, V x) const noexcept {
    return act.gradient(dy, x);
  }

  template <floating V>
  requires slope_in_one_bit<A, V>
  constexpr auto active(V x) const noexcept {
    return act.active(x);
  }

  template <floating V>
  requires has_active_from_output<A, V>
  constexpr auto active_from_output(V y) const noexcept {
    return act.active_from_output(y);
  }

  template <floating V, class Condition>
  requires slope_in_one_bit<A, V> && has_masked_gradient<A, V>
  constexpr V masked_gradient(V dy, Condition active) const noexcept {
    return act.masked_gradient(dy, active);
  }

  constexpr const char* invalid_reason() const noexcept {
    if constexpr (requires { act.invalid_reason(); })
      if (const char* reason = act.invalid_reason()) return reason;
    if constexpr (requires { act.invalid_reason_for_fast(); }) return act.invalid_reason_for_fast();
    return nullptr;
  }

  constexpr const char* invalid_reason_for_output() const noexcept
  requires requires { act.invalid_reason_for_output(); }
  {
    return act.invalid_reason_for_output();
  }

  constexpr const char* invalid_reason_for_mask() const noexcept
  requires requires { act.invalid_reason_for_mask(); }
  {
    return act.invalid_reason_for_mask();
  }
};
template <class A> fast(A) -> fast<A>;

} // namespace relu::inline RELU_ABI
