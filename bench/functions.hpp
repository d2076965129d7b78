// SPDX-License-Identifier: MIT
// Textbook formulas of the activations and their slopes, as a reference for measuring the errors of floats.
// They use long double, and forms that do not cancel far from zero. Parameters are PyTorch's defaults, and
// slopes at corners are those that PyTorch chooses.
#pragma once

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>

namespace bench {

using real = long double;

struct function {
  std::string_view name;
  real (*value)(real x);
  real (*slope)(real x);
};

inline real logistic(real x) { return 1 / (1 + std::exp(-x)); }
inline real softplus(real x) { return std::max<real>(x, 0) + std::log1p(std::exp(-std::abs(x))); }
inline real square(real x) { return x * x; }
inline real expm1_below(real x) { return x > 0 ? x : std::expm1(x); }
inline real exp_below(real x) { return x > 0 ? 1 : std::exp(x); }

// The value and slope of x logistic(u(x)), from u(x) and its derivative du.
inline real gated(real x, real u) { return x * logistic(u); }
inline real gated_slope(real x, real u, real du) { return logistic(u) * (1 + x * logistic(-u) * du); }

inline constexpr real pi = 3.141592653589793238462643383279502884L;
inline constexpr real selu_alpha = 1.6732632423543772848170429916717L,
                      selu_scale = 1.0507009873554804934193349852946L;

inline real gelu_tanh_u(real x) { return 2 * std::sqrt(2 / pi) * (x + 0.044715L * x * x * x); }
inline real gelu_tanh_du(real x) { return 2 * std::sqrt(2 / pi) * (1 + 3 * 0.044715L * x * x); }

// x - tanh(x). The difference cancels near zero, so a series replaces it there.
inline real tanh_shrink(real x) {
  const real s = x * x;
  return s < 1e-3L ? x * s * (1 / 3.0L - s * (2 / 15.0L - s * (17 / 315.0L - s * 62 / 2835)))
                   : x - std::tanh(x);
}

inline constexpr function functions[]{
    {"relu", [](real x) { return x <= 0 ? 0 : x; }, [](real x) -> real { return x <= 0 ? 0 : 1; }},
    {"leaky_relu", [](real x) { return x < 0 ? 0.01f * x : x; },
     [](real x) -> real { return x <= 0 ? 0.01f : 1; }},
    {"clipped_relu", [](real x) { return std::clamp<real>(x, 0, 6); },
     [](real x) -> real { return x > 0 && x < 6; }},
    {"thresholded_relu", [](real x) { return x > 1 ? x : 0; }, [](real x) -> real { return x > 1; }},
    {"shifted_relu", [](real x) { return x > 1 ? x - 1 : 0; }, [](real x) -> real { return x > 1; }},
    {"squared_relu", [](real x) { return x > 0 ? x * x : 0; }, [](real x) { return x > 0 ? 2 * x : 0; }},
    {"sigmoid", logistic, [](real x) { return logistic(x) * logistic(-x); }},
    {"log_sigmoid", [](real x) { return -softplus(-x); }, [](real x) { return logistic(-x); }},
    {"tanh", [](real x) { return std::tanh(x); }, [](real x) { return 1 / square(std::cosh(x)); }},
    {"softplus", softplus, logistic},
    {"softsign", [](real x) { return x / (1 + std::abs(x)); },
     [](real x) { return 1 / square(1 + std::abs(x)); }},
    {"elu", expm1_below, exp_below},
    {"celu", expm1_below, exp_below},
    {"selu", [](real x) { return selu_scale * (x > 0 ? x : selu_alpha * std::expm1(x)); },
     [](real x) { return selu_scale * (x > 0 ? 1 : selu_alpha * std::exp(x)); }},
    {"silu", [](real x) { return gated(x, x); }, [](real x) { return gated_slope(x, x, 1); }},
    {"gelu", [](real x) { return x * std::erfc(-x / std::sqrt(2.0L)) / 2; },
     [](real x) {
       return std::erfc(-x / std::sqrt(2.0L)) / 2 + x * std::exp(-x * x / 2) / std::sqrt(2 * pi);
     }},
    {"gelu_tanh", [](real x) { return gated(x, gelu_tanh_u(x)); },
     [](real x) { return gated_slope(x, gelu_tanh_u(x), gelu_tanh_du(x)); }},
    {"quick_gelu", [](real x) { return gated(x, 1.702L * x); },
     [](real x) { return gated_slope(x, 1.702L * x, 1.702L); }},
    {"mish", [](real x) { return x * std::tanh(softplus(x)); },
     [](real x) { return std::tanh(softplus(x)) + x * logistic(x) / square(std::cosh(softplus(x))); }},
    {"tanh_shrink", tanh_shrink, [](real x) { return square(std::tanh(x)); }},
    {"hard_tanh", [](real x) { return std::clamp<real>(x, -1, 1); },
     [](real x) -> real { return x > -1 && x < 1; }},
    {"hard_sigmoid", [](real x) { return std::clamp<real>((x + 3) / 6, 0, 1); },
     [](real x) { return x > -3 && x < 3 ? 1 / 6.0L : 0; }},
    {"hard_swish", [](real x) { return x * std::clamp<real>((x + 3) / 6, 0, 1); },
     [](real x) { return x < -3   ? 0
                         : x <= 3 ? x / 3 + 0.5L
                                  : 1; }},
    {"hard_shrink", [](real x) { return std::abs(x) <= 0.5L ? 0 : x; },
     [](real x) -> real { return std::abs(x) > 0.5L; }},
    {"soft_shrink", [](real x) { return x - std::clamp(x, -0.5L, 0.5L); },
     [](real x) -> real { return std::abs(x) > 0.5L; }},
};

/// Returns the function with this name, or null.
constexpr const function* find(std::string_view name) {
  const auto found = std::find_if(std::begin(functions), std::end(functions),
                                  [=](const function& f) { return f.name == name; });
  return found == std::end(functions) ? nullptr : found;
}

} // namespace bench
