// One row per activation: sample parameters, the reference, and the largest error that the library may have.
// A new activation adds a row.
#pragma once

#include "inputs.hpp"

#include <algorithm>
#include <array>

namespace testing {

// factor * x as math::scale documents it. An integer result is rounded from the integer part and the fraction
// of the product.
template <class T> T scaled(T x, double factor) {
  if constexpr (is_float<T>) return static_cast<T>(factor) * x;
  else {
    if (factor == 1) return x;
    const double product = factor * static_cast<double>(x);
    if (std::isnan(product)) return std::numeric_limits<T>::min(); // a factor of NaN, or infinity * 0
    if (product <= static_cast<double>(std::numeric_limits<T>::min())) return std::numeric_limits<T>::min();
    if (product >= static_cast<double>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
    const double below = std::floor(product), fraction = product - below;
    const bool odd = std::fmod(below, 2) != 0;
    return static_cast<T>(fraction > 0.5 || (fraction == 0.5 && odd) ? below + 1 : below);
  }
}

// The bound c in type T, as math::bound documents it.
template <class T> T bound(double c) {
  if constexpr (is_float<T>) return static_cast<T>(c);
  else {
    using limits = std::numeric_limits<T>;
    if (c >= static_cast<double>(limits::max())) return limits::max();
    return c <= static_cast<double>(limits::min()) ? limits::min() : static_cast<T>(std::floor(c));
  }
}

// Whether a > b, decided by sign and magnitude. A NaN is greater than every b.
template <class T> bool greater(T a, T b) {
  if constexpr (!is_float<T>) return a > b;
  else {
    if (is_nan(a)) return true;
    if (is_zero(a) && is_zero(b)) return false;
    if (sign_bit(a) != sign_bit(b)) return sign_bit(b);
    return sign_bit(a) ? bits(a) < bits(b) : bits(a) > bits(b);
  }
}

// The integers T are those from lowest<T>() up to, but not including, end<T>().
template <class T> double end() { return std::ldexp(1.0, std::numeric_limits<T>::digits); }
template <class T> double lowest() { return std::is_signed_v<T> ? -end<T>() : 0; }

// Whether x > c, or x < c. For an integer x, c is rounded down. A NaN is above and below every c.
template <class T> bool above(T x, double c) {
  if constexpr (is_float<T>) return greater(x, static_cast<T>(c));
  else {
    const double down = std::floor(c);
    return down < lowest<T>() || (down < end<T>() && x > static_cast<T>(down));
  }
}
template <class T> bool below(T x, double c) {
  if constexpr (is_float<T>) return is_nan(x) || greater(static_cast<T>(c), x);
  else {
    const double down = std::floor(c);
    return down >= end<T>() || (down >= lowest<T>() && x < static_cast<T>(down));
  }
}

template <class A> struct row;

// Exact activations round at most once, so value(act, x) and gradient(act, x, dy) must match to the last bit.
// keeps_nan: for a NaN x, value returns x and gradient returns dy, bit for bit. selects: every result is an
// input or a constant, so no rounding mode changes it.
template <> struct row<relu::rectifier> {
  static constexpr const char* name = "rectifier";
  static constexpr bool keeps_nan = true;
  static constexpr std::array samples{relu::rectifier{}, relu::rectifier{.slope_at_zero = 0.5},
                                      relu::rectifier{1}, relu::rectifier{-2}};
  static bool selects(relu::rectifier act) { return act.slope_at_zero == 0; }
  template <class T> static bool active(relu::rectifier, T x) { return !is_nonpositive(x); }
  template <class T> static T value(relu::rectifier, T x) { return is_nonpositive(x) ? T(0) : x; }
  template <class T> static T gradient(relu::rectifier act, T x, T dy) {
    if (!is_nonpositive(x)) return dy;
    return is_zero(x) && act.slope_at_zero != 0 ? scaled(dy, act.slope_at_zero) : T(0);
  }
};

template <> struct row<relu::leaky_relu> {
  static constexpr const char* name = "leaky_relu";
  static constexpr bool keeps_nan = true;
  static constexpr std::array samples{relu::leaky_relu{},  relu::leaky_relu{0.5},  relu::leaky_relu{0},
                                      relu::leaky_relu{1}, relu::leaky_relu{-1.5}, relu::leaky_relu{1e10}};
  static bool selects(relu::leaky_relu act) { return act.negative_slope == 0; }
  template <class T> static bool active(relu::leaky_relu, T x) { return !is_nonpositive(x); }
  template <class T> static T value(relu::leaky_relu act, T x) {
    if (!is_nonpositive(x) || is_zero(x)) return x;
    return act.negative_slope != 0 ? scaled(x, act.negative_slope) : T(0);
  }
  template <class T> static T gradient(relu::leaky_relu act, T x, T dy) {
    if (!is_nonpositive(x)) return dy;
    return act.negative_slope != 0 ? scaled(dy, act.negative_slope) : T(0);
  }
};

template <class A> struct clipped_row {
  static constexpr bool keeps_nan = true;
  static bool selects(const A&) { return true; }
  template <class T> static T top(const A& act) {
    if (!is_float<T> && act.max >= static_cast<double>(std::numeric_limits<T>::max()))
      return std::numeric_limits<T>::max();
    return act.max > 0 ? static_cast<T>(act.max) : T(0); // not -0
  }
  template <class T> static T value(const A& act, T x) {
    if (is_nonpositive(x)) return T(0);
    return x > top<T>(act) ? top<T>(act) : x;
  }
  template <class T> static bool active(const A& act, T x) {
    if constexpr (!is_float<T>) return x > 0 && below(x, act.max);
    else return !is_nonpositive(x) && (is_nan(x) || greater(top<T>(act), x));
  }
  template <class T> static T gradient(const A& act, T x, T dy) { return active(act, x) ? dy : T(0); }
};
template <> struct row<relu::clipped_relu> : clipped_row<relu::clipped_relu> {
  static constexpr const char* name = "clipped_relu";
  static constexpr std::array samples{relu::clipped_relu{}, relu::clipped_relu{0.5}, relu::clipped_relu{0},
                                      relu::clipped_relu{100}, relu::clipped_relu{0x1p100}};
};
template <> struct row<relu::relu6> : clipped_row<relu::relu6> {
  static constexpr const char* name = "relu6";
  static constexpr std::array samples{relu::relu6{}};
};

template <> struct row<relu::thresholded_relu> {
  static constexpr const char* name = "thresholded_relu";
  static constexpr bool keeps_nan = true;
  static constexpr std::array samples{relu::thresholded_relu{},     relu::thresholded_relu{0},
                                      relu::thresholded_relu{-0.0}, relu::thresholded_relu{0.5},
                                      relu::thresholded_relu{-2.5}, relu::thresholded_relu{-INFINITY},
                                      relu::thresholded_relu{-129}, relu::thresholded_relu{0x1p100}};
  static bool selects(const relu::thresholded_relu&) { return true; }
  template <class T> static T value(const relu::thresholded_relu& act, T x) { return gradient(act, x, x); }
  template <class T> static bool active(const relu::thresholded_relu& act, T x) {
    return above(x, act.threshold);
  }
  template <class T> static T gradient(const relu::thresholded_relu& act, T x, T dy) {
    return active(act, x) ? dy : T(0);
  }
};

template <> struct row<relu::shifted_relu> {
  static constexpr const char* name = "shifted_relu";
  static constexpr bool keeps_nan = false;
  static constexpr std::array samples{relu::shifted_relu{},        relu::shifted_relu{0},
                                      relu::shifted_relu{0.5},     relu::shifted_relu{-2.5},
                                      relu::shifted_relu{-200.25}, relu::shifted_relu{-1000},
                                      relu::shifted_relu{-0x1p63}, relu::shifted_relu{-INFINITY}};
  static bool selects(const relu::shifted_relu&) { return false; }
  template <class T> static bool active(const relu::shifted_relu& act, T x) { return above(x, act.shift); }
  template <class T> static T value(const relu::shifted_relu& act, T x) {
    if (!active(act, x)) return T(0);
    if constexpr (is_float<T>) return x - static_cast<T>(act.shift);
    else if (act.shift >= 0) return static_cast<T>(x - static_cast<T>(act.shift));
    else { // x + sum, which may overflow T, so compare with the room above x in the unsigned type
      using U = typename unsigned_of_size<sizeof(T)>::type;
      const U room = static_cast<U>(static_cast<U>(std::numeric_limits<T>::max()) - static_cast<U>(x));
      const double sum = -std::floor(act.shift);
      if (sum >= end<U>() || static_cast<U>(sum) >= room) return std::numeric_limits<T>::max();
      return from_bits<T>(std::uint64_t{bits(x)} + static_cast<U>(sum));
    }
  }
  template <class T> static T gradient(const relu::shifted_relu& act, T x, T dy) {
    return active(act, x) ? dy : T(0);
  }
};

template <> struct row<relu::squared_relu> {
  static constexpr const char* name = "squared_relu";
  static constexpr bool keeps_nan = false;
  static constexpr std::array samples{relu::squared_relu{}};
  static bool selects(relu::squared_relu) { return false; }
  template <class T> static T value(relu::squared_relu, T x) { return is_nonpositive(x) ? T(0) : x * x; }
  template <class T> static T gradient(relu::squared_relu, T x, T dy) {
    return is_nonpositive(x) ? T(0) : (x + x) * dy;
  }
};

template <> struct row<relu::hard_tanh> {
  static constexpr const char* name = "hard_tanh";
  static constexpr bool keeps_nan = true;
  static constexpr std::array samples{
      relu::hard_tanh{},           relu::hard_tanh{0, 6},           relu::hard_tanh{-0.0, 0x1p100},
      relu::hard_tanh{-2.5, -0.5}, relu::hard_tanh{-INFINITY, 100}, relu::hard_tanh{-1000, 0.5},
      relu::hard_tanh{200.5, 300}};
  static bool selects(const relu::hard_tanh&) { return true; }
  template <class T> static T value(const relu::hard_tanh& act, T x) {
    const T low = bound<T>(act.min_val), high = bound<T>(act.max_val);
    return is_nan(x) ? x : !greater(x, low) ? low : !greater(high, x) ? high : x;
  }
  template <class T> static bool active(const relu::hard_tanh& act, T x) {
    return above(x, act.min_val) && below(x, act.max_val);
  }
  template <class T> static T gradient(const relu::hard_tanh& act, T x, T dy) {
    return active(act, x) ? dy : T(0);
  }
};

template <class A> struct shrink_row {
  static constexpr std::array samples{A{}, A{0}, A{-0.0}, A{2.5}, A{200}, A{0x1p100}};
  template <class T> static bool active(const A& act, T x) {
    if constexpr (is_float<T>) return above(x, act.lambda) || below(x, -act.lambda);
    else return above(x, act.lambda) || below(x, -std::floor(act.lambda));
  }
  template <class T> static T gradient(const A& act, T x, T dy) { return active(act, x) ? dy : T(0); }
};
template <> struct row<relu::hard_shrink> : shrink_row<relu::hard_shrink> {
  static constexpr const char* name = "hard_shrink";
  static constexpr bool keeps_nan = true;
  static bool selects(const relu::hard_shrink&) { return true; }
  template <class T> static T value(const relu::hard_shrink& act, T x) { return active(act, x) ? x : T(0); }
};
template <> struct row<relu::soft_shrink> : shrink_row<relu::soft_shrink> {
  static constexpr const char* name = "soft_shrink";
  static constexpr bool keeps_nan = false;
  static bool selects(const relu::soft_shrink&) { return false; }
  template <class T> static T value(const relu::soft_shrink& act, T x) {
    const T lambda = bound<T>(act.lambda);
    if (!active(act, x)) return T(0);
    return static_cast<T>(greater(x, T(0)) ? x - lambda : x + lambda);
  }
};

template <> struct row<relu::hard_sigmoid> {
  static constexpr const char* name = "hard_sigmoid";
  static constexpr bool keeps_nan = false;
  // In other rounding modes, a pair of floats rounds differently from the double of the reference.
  static constexpr bool to_nearest = true;
  static constexpr std::array samples{relu::hard_sigmoid{}};
  static bool selects(const relu::hard_sigmoid&) { return false; }
  template <class T> static T value(const relu::hard_sigmoid&, T x) {
    if (is_nan(x)) return x;
    if (!greater(x, T(-3))) return T(0);
    return greater(T(3), x) ? static_cast<T>((static_cast<double>(x) + 3) * (1.0 / 6)) : T(1);
  }
  template <class T> static bool active(const relu::hard_sigmoid&, T x) {
    return is_nan(x) || (greater(x, T(-3)) && greater(T(3), x));
  }
  template <class T> static T gradient(const relu::hard_sigmoid& act, T x, T dy) {
    return active(act, x) ? scaled(dy, 1.0 / 6) : T(0);
  }
};

// Smooth rows compute in a type R that is wider than the element: double, long double, or a class that has
// functions of these names.
using std::abs, std::atan, std::erfc, std::exp, std::expm1, std::isinf, std::log1p, std::sqrt, std::tanh;

template <class R> R logistic(R x) { return x < 0 ? R(exp(x) / (1 + exp(x))) : R(1 / (1 + exp(-x))); }
template <class R> R log_1p_exp(R x) { return x > 0 ? R(x + log1p(exp(-x))) : log1p(exp(x)); }
template <class R> R normal(R x) { return erfc(-x / sqrt(R(2))) / 2; }
template <class R> R pi() { return 4 * atan(R(1)); }

// x * gate, where the gate tends to 0 towards -inf and to 1 towards +inf.
template <class R> R gated(R x, R gate) { return isinf(x) ? (x > 0 ? x : -R(0)) : R(x * gate); }

// The largest errors, in ULP, that a smooth activation may have on any instruction set.
struct accuracy {
  double value, slope;               // of floats
  double value_double, slope_double; // of doubles
};

template <> struct row<relu::sigmoid> {
  static constexpr const char* name = "sigmoid";
  static constexpr std::array samples{relu::sigmoid{}};
  static constexpr accuracy largest{0.51, 0.51, 4, 4};
  template <class R> static R value(const relu::sigmoid&, R x) { return logistic(x); }
  template <class R> static R slope(const relu::sigmoid&, R x) {
    const R e = exp(-abs(x));
    return e / ((1 + e) * (1 + e));
  }
};

template <> struct row<relu::log_sigmoid> {
  static constexpr const char* name = "log_sigmoid";
  static constexpr std::array samples{relu::log_sigmoid{}};
  static constexpr accuracy largest{0.51, 0.51, 4, 4};
  template <class R> static R value(const relu::log_sigmoid&, R x) { return -log_1p_exp(R(-x)); }
  template <class R> static R slope(const relu::log_sigmoid&, R x) { return logistic(R(-x)); }
};

template <> struct row<relu::tanh> {
  static constexpr const char* name = "tanh";
  static constexpr std::array samples{relu::tanh{}};
  static constexpr accuracy largest{0.51, 0.51, 4, 4};
  template <class R> static R value(const relu::tanh&, R x) { return tanh(x); }
  template <class R> static R slope(const relu::tanh&, R x) {
    const R e = exp(-2 * abs(x));
    return 4 * e / ((1 + e) * (1 + e));
  }
};

template <> struct row<relu::softplus> {
  static constexpr const char* name = "softplus";
  static constexpr std::array samples{relu::softplus{}, relu::softplus{2.5}, relu::softplus{-0.125, 3},
                                      relu::softplus{1, INFINITY}, relu::softplus{0x1p-70}};
  static constexpr accuracy largest{0.51, 0.51, 4, 4};
  template <class R> static R value(const relu::softplus& act, R x) {
    const R scaled = act.beta * x;
    const bool beyond = scaled > act.threshold || (isinf(x) && scaled > 0);
    return beyond ? x : R(log_1p_exp(scaled) / act.beta);
  }
  template <class R> static R slope(const relu::softplus& act, R x) {
    const R scaled = act.beta * x;
    return scaled > act.threshold ? R(1) : logistic(scaled);
  }
};

template <> struct row<relu::softsign> {
  static constexpr const char* name = "softsign";
  static constexpr std::array samples{relu::softsign{}};
  static constexpr accuracy largest{0.51, 0.51, 4, 4};
  template <class R> static R value(const relu::softsign&, R x) {
    return isinf(x) ? R(x > 0 ? 1 : -1) : R(x / (1 + abs(x)));
  }
  template <class R> static R slope(const relu::softsign&, R x) { return 1 / ((1 + abs(x)) * (1 + abs(x))); }
};

template <> struct row<relu::elu> {
  static constexpr const char* name = "elu";
  static constexpr std::array samples{relu::elu{}, relu::elu{0.25}, relu::elu{-2}, relu::elu{0x1p100}};
  static constexpr accuracy largest{0.51, 0.51, 4, 4};
  template <class R> static R value(const relu::elu& act, R x) { return x > 0 ? x : R(act.alpha * expm1(x)); }
  template <class R> static R slope(const relu::elu& act, R x) {
    return x > 0 ? R(1) : R(act.alpha * exp(x));
  }
};

template <> struct row<relu::celu> {
  static constexpr const char* name = "celu";
  static constexpr std::array samples{relu::celu{},     relu::celu{0.25}, relu::celu{3}, relu::celu{100},
                                      relu::celu{-0.5}, relu::celu{-2},   relu::celu{-3}};
  static constexpr accuracy largest{0.51, 0.51, 4, 4};
  template <class R> static R value(const relu::celu& act, R x) {
    return x > 0 ? x : R(act.alpha * expm1(R(x / act.alpha)));
  }
  template <class R> static R slope(const relu::celu& act, R x) {
    return x > 0 ? R(1) : exp(R(x / act.alpha));
  }
};

template <> struct row<relu::selu> {
  static constexpr const char* name = "selu";
  static constexpr std::array samples{relu::selu{}};
  static constexpr accuracy largest{0.51, 0.51, 4, 4};
  template <class R> static R value(const relu::selu&, R x) {
    return relu::selu::scale * (x > 0 ? x : R(relu::selu::alpha * expm1(x)));
  }
  template <class R> static R slope(const relu::selu&, R x) {
    return relu::selu::scale * (x > 0 ? R(1) : R(relu::selu::alpha * exp(x)));
  }
};

template <> struct row<relu::silu> {
  static constexpr const char* name = "silu";
  static constexpr std::array samples{relu::silu{}};
  static constexpr accuracy largest{0.51, 2, 4, 8};
  static constexpr double slope_crosses_0_at = -1.2785;
  template <class R> static R value(const relu::silu&, R x) { return gated(x, logistic(x)); }
  template <class R> static R slope(const relu::silu&, R x) {
    return isinf(x) ? R(x > 0) : R(logistic(x) * (1 + x * logistic(R(-x))));
  }
};

template <> struct row<relu::gelu> {
  static constexpr const char* name = "gelu";
  static constexpr std::array samples{relu::gelu{}};
  static constexpr accuracy largest{0.51, 2, 4, 8};
  static constexpr double slope_crosses_0_at = -0.7518;
  template <class R> static R value(const relu::gelu&, R x) { return gated(x, normal(x)); }
  template <class R> static R slope(const relu::gelu&, R x) {
    return isinf(x) ? R(x > 0) : R(normal(x) + x * exp(-x * x / 2) / sqrt(2 * pi<R>()));
  }
};

template <> struct row<relu::gelu_tanh> {
  static constexpr const char* name = "gelu_tanh";
  static constexpr std::array samples{relu::gelu_tanh{}};
  static constexpr accuracy largest{0.51, 2, 4, 8};
  static constexpr double slope_crosses_0_at = -0.7525;
  template <class R> static R value(const relu::gelu_tanh&, R x) {
    const R cubic = x * x * x * 8943 / 200000; // 0.044715
    return gated(x, logistic(R(2 * sqrt(2 / pi<R>()) * (x + cubic))));
  }
  template <class R> static R slope(const relu::gelu_tanh&, R x) {
    const R cubic = x * x * x * 8943 / 200000, twice = 2 * sqrt(2 / pi<R>());
    const R u = twice * (x + cubic);
    return abs(x) > 100 ? R(x > 0) : R(logistic(u) * (1 + twice * (x + 3 * cubic) * logistic(R(-u))));
  }
};

template <> struct row<relu::quick_gelu> {
  static constexpr const char* name = "quick_gelu";
  static constexpr std::array samples{relu::quick_gelu{}};
  static constexpr accuracy largest{0.51, 2, 4, 8};
  static constexpr double slope_crosses_0_at = -0.7512;
  template <class R> static R value(const relu::quick_gelu&, R x) {
    return gated(x, logistic(R(x * 851 / 500))); // 1.702
  }
  template <class R> static R slope(const relu::quick_gelu&, R x) {
    const R scaled = x * 851 / 500;
    return isinf(x) ? R(x > 0) : R(logistic(scaled) * (1 + scaled * logistic(R(-scaled))));
  }
};

template <> struct row<relu::mish> {
  static constexpr const char* name = "mish";
  static constexpr std::array samples{relu::mish{}};
  static constexpr accuracy largest{0.51, 2, 4, 8};
  static constexpr double slope_crosses_0_at = -1.1924;
  template <class R> static R value(const relu::mish&, R x) { return gated(x, tanh(log_1p_exp(x))); }
  template <class R> static R slope(const relu::mish&, R x) {
    if (isinf(x)) return R(x > 0);
    const R t = tanh(log_1p_exp(x)), e = exp(-2 * log_1p_exp(x));
    return t + x * logistic(x) * 4 * e / ((1 + e) * (1 + e));
  }
};

template <> struct row<relu::hard_swish> {
  static constexpr const char* name = "hard_swish";
  static constexpr std::array samples{relu::hard_swish{}};
  static constexpr accuracy largest{0.51, 2, 4, 4};
  static constexpr double slope_crosses_0_at = -1.5;
  template <class R> static R value(const relu::hard_swish&, R x) {
    return x <= -3 ? R(0) : x < 3 ? R(x * (x + 3) / 6) : x;
  }
  template <class R> static R slope(const relu::hard_swish&, R x) {
    return x <= -3 ? R(0) : x >= 3 ? R(1) : R((2 * x + 3) / 6);
  }
};

template <> struct row<relu::tanh_shrink> {
  static constexpr const char* name = "tanh_shrink";
  static constexpr std::array samples{relu::tanh_shrink{}};
  static constexpr accuracy largest{0.51, 0.51, 4, 4};
  template <class R> static R value(const relu::tanh_shrink&, R x) {
    if (abs(x) > 0.1) return x - tanh(x);
    const R s = x * x; // the first terms of the series; the next term is 2^-63 of the first
    const R term[]{R(1) / 3,
                   R(2) / 15,
                   R(17) / 315,
                   R(62) / 2835,
                   R(1382) / 155925,
                   R(21844) / 6081075,
                   R(929569) / 638512875,
                   R(6404582) / R(10854718875.0),
                   R(443861162) / R(1856156927625.0)};
    R sum = 0;
    for (int i = 8; i >= 0; --i) sum = term[i] - s * sum;
    return x * (s * sum);
  }
  template <class R> static R slope(const relu::tanh_shrink&, R x) { return tanh(x) * tanh(x); }
};

// The fast tier: the reference and the parameters of the default tier, and larger errors.

// "fast{name}"
template <class A> struct fast_name {
  char text[32]{};
  constexpr fast_name() {
    char* end = std::copy_n("fast{", 5, text);
    for (const char* c = row<A>::name; *c != 0; ++c) *end++ = *c;
    *end = '}';
  }
};
template <class A> constexpr fast_name<A> fast_name_of{};

// Parameters at the ends of what the fast tier accepts, or beyond.
template <class A> constexpr std::array<A, 0> ends_of_fast{};
template <>
inline constexpr std::array ends_of_fast<relu::softplus>{relu::softplus{0x1p-7, 3}, relu::softplus{-0x1p-7},
                                                         relu::softplus{-0x1p100}, relu::softplus{0x1p127}};
template <>
inline constexpr std::array ends_of_fast<relu::elu>{relu::elu{128}, relu::elu{-128}, relu::elu{0x1p-149}};
template <> inline constexpr std::array ends_of_fast<relu::celu>{relu::celu{0x1p100}, relu::celu{0x1p-126}};

template <class A> constexpr auto fast_samples() {
  constexpr auto accepted = [](const A& act) { return relu::fast<A>{act}.invalid_reason() == nullptr; };
  constexpr auto& ends = ends_of_fast<A>;
  constexpr auto count =
      std::ranges::count_if(row<A>::samples, accepted) + std::ranges::count_if(ends, accepted);
  std::array<relu::fast<A>, static_cast<std::size_t>(count)> samples;
  auto sample = samples.begin();
  for (const A& act : row<A>::samples)
    if (accepted(act)) (sample++)->act = act;
  for (const A& act : ends)
    if (accepted(act)) (sample++)->act = act;
  return samples;
}

template <class A> struct fast_row {
  static constexpr const char* name = fast_name_of<A>.text;
  static constexpr auto samples = fast_samples<A>();
};

template <class A> struct row<relu::fast<A>> : fast_row<A> {
  static constexpr accuracy largest{4, 8, row<A>::largest.value_double, row<A>::largest.slope_double};
  template <class R> static R value(const relu::fast<A>& act, R x) { return row<A>::value(act.act, x); }
  template <class R> static R slope(const relu::fast<A>& act, R x) { return row<A>::slope(act.act, x); }
};

// The reference of the default tier has the rounding errors of its result.
template <> struct row<relu::fast<relu::hard_sigmoid>> : fast_row<relu::hard_sigmoid> {
  using fast = relu::fast<relu::hard_sigmoid>;
  static constexpr accuracy largest{4, 0.5, 4, 0.5}; // the slope is a constant
  template <class R> static R value(const fast&, R x) {
    return x <= -3 ? R(0) : x >= 3 ? R(1) : R((x + 3) / 6);
  }
  template <class R> static R slope(const fast&, R x) { return x <= -3 || x >= 3 ? R(0) : 1 / R(6); }
  template <class T> static bool active(const fast& act, T x) {
    return row<relu::hard_sigmoid>::active(act.act, x);
  }
  template <class T> static T gradient(const fast& act, T x, T dy) {
    return row<relu::hard_sigmoid>::gradient(act.act, x, dy);
  }
};

template <class A> constexpr bool exact = requires { row<A>::keeps_nan; };

template <class A, class T> T expected_value(const A& act, T x) {
  return row<A>::keeps_nan && is_nan(x) ? x : row<A>::value(act, x);
}
template <class A, class T> T expected_gradient(const A& act, T x, T dy) {
  return row<A>::keeps_nan && is_nan(x) ? dy : row<A>::gradient(act, x, dy);
}
// Whether a mask of this activation determines its slope.
template <class A> bool mask_decides(const A& act) {
  if constexpr (requires { act.invalid_reason_for_mask(); }) return !act.invalid_reason_for_mask();
  else return true;
}
// Whether an output of this activation determines its slope.
template <class A> bool output_decides(const A& act) {
  if constexpr (requires { act.invalid_reason_for_output(); }) return !act.invalid_reason_for_output();
  else return true;
}
// Whether the bits are the same. The processor chooses which NaN a product returns, so every NaN product
// matches.
template <class A, class T> bool matches(T got, T expected, T x) {
  const bool product = is_nonpositive(x) || !row<A>::keeps_nan;
  return same_bits(got, expected) || (product && is_nan(got) && is_nan(expected));
}

// The type of references for T.
template <class T> using wider = std::conditional_t<sizeof(T) == 4, double, long double>;

// Whether references are wider than T. On 32-bit ARM long double is double, and on WebAssembly its functions
// compute in double.
template <class T> bool reference_is_wider() {
  const volatile wider<T> one = 1;
  const wider<T> e = std::exp(one);
  return e != static_cast<T>(e);
}

// The error of the result, in units in the last place of T. Where references are no wider than T, the unit is
// 1024 times as large, because they have errors themselves: half an ULP of an exponent of up to 745.
template <class T> double ulp_error(T result, wider<T> truth) {
  if (is_nan(result) || std::isnan(truth)) return is_nan(result) && std::isnan(truth) ? 0 : INFINITY;
  const auto rounded = static_cast<T>(truth);
  if (std::isinf(result) || std::isinf(rounded)) return result == rounded ? 0 : INFINITY;
  using limits = std::numeric_limits<T>;
  static const int unit_exponent = reference_is_wider<T>() ? 0 : 10;
  const int exponent =
      truth == 0 ? limits::min_exponent : std::max(std::ilogb(truth) + 1, limits::min_exponent);
  return static_cast<double>(std::abs(static_cast<wider<T>>(result) - truth) /
                             std::ldexp(wider<T>(1), exponent - limits::digits + unit_exponent));
}

// The largest error, in ULP, of a smooth activation with elements of type T.
template <class A, class T>
constexpr double value_limit = sizeof(T) == 4 ? row<A>::largest.value : row<A>::largest.value_double;
template <class A, class T>
constexpr double slope_limit = sizeof(T) == 4 ? row<A>::largest.slope : row<A>::largest.slope_double;

// The error of the slope at x, in ULP. Where a slope crosses 0, its relative error has no bound. Within a
// factor of 2 of that x, an absolute error of 1e-9 for float, or 1e-6 in the fast tier, and of 2e-16 for
// double counts as none.
template <class A> struct in_default_tier {
  using type = A;
};
template <class A> struct in_default_tier<relu::fast<A>> {
  using type = A;
};
template <class A, class T> bool is_near_zero_of_slope(T x) {
  using table = row<typename in_default_tier<A>::type>;
  if constexpr (requires { table::slope_crosses_0_at; })
    return 2 * table::slope_crosses_0_at < x && 2 * x < table::slope_crosses_0_at;
  else return false;
}
template <class A, class T> constexpr double slope_error_near_0 = sizeof(T) == 4 ? 1e-9 : 2e-16;
template <class A> constexpr double slope_error_near_0<relu::fast<A>, float> = 1e-6;
template <class A, class T> double slope_error(T got, wider<T> truth, T x) {
  const bool is_close =
      is_near_zero_of_slope<A>(x) && std::abs(static_cast<wider<T>>(got) - truth) <= slope_error_near_0<A, T>;
  return is_close ? 0 : ulp_error(got, truth);
}

} // namespace testing
