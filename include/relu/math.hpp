// SPDX-License-Identifier: MIT
// The toolkit in which activations state their formulas.
#pragma once

#include <relu/math/arithmetic.hpp>
#include <relu/math/compensated.hpp>
#include <relu/math/conditions.hpp>
#include <relu/math/evaluate.hpp>
#include <relu/math/extended.hpp>
#include <relu/math/functions.hpp>
#include <relu/math/parameters.hpp>

/// Functions for the formulas of activations. V is an element or an xsimd::batch of elements, so a formula is
/// written once for both. A condition is a bool or the batch's batch_bool.
///
///     conditions    is_zero, is_nan, is_negative, is_active, is_active_or_plus_zero, is_above, is_below,
///                   is_beyond, is_at_least; select, one_where
///     arithmetic    constant, add, subtract, scale, abs, min, max, copysign, divide, fma
///     parameters    bound, opposite_bound, is_above_bound, is_below_bound, is_beyond_bound, clamp,
///                   positive_difference, is_nonnegative, is_normal_float
///     functions     exp, expm1, log, log1p, sqrt, tanh, erf
///     tiers         default_tier, fast_tier
///     evaluation    evaluate, evaluate_limited, evaluate_through_0, evaluate_odd, evaluate_below_0,
///                   evaluate_below: a formula that is computed with the toolkit of a tier, toolkit<float>,
///                   toolkit<double> or fast_toolkit; evaluate_compensated_limited,
///                   evaluate_compensated_below: a formula of scaled_sum and times
namespace relu::inline RELU_ABI::math {}
