// One row for each activation: parameters to try, the reference, and how far from it the library may be.
// A new activation adds one.
#pragma once

#include "inputs.hpp"

#include <algorithm>
#include <array>

namespace testing {

// factor * x as math::scale documents it, for integers by way of the integer part and the fraction.
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

// A bound as math::bound documents it.
template <class T> T bound(double c) {
  if constexpr (is_float<T>) return static_cast<T>(c);
  else {
    using limits = std::numeric_limits<T>;
    if (c >= static_cast<double>(limits::max())) return limits::max();
    return c <= static_cast<double>(limits::min()) ? limits::min() : static_cast<T>(std::floor(c));
  }
}

// a > b as the numbers that they are, NaN included: by sign and magnitude.
template <class T> bool greater(T a, T b) {
  if constexpr (!is_float<T>) return a > b;
  else {
    if (is_nan(a)) return true;
    if (is_zero(a) && is_zero(b)) return false;
    if (sign_bit(a) != sign_bit(b)) return sign_bit(b);
    return sign_bit(a) ? bits(a) < bits(b) : bits(a) > bits(b);
  }
}

template <class A> struct row;

// Exact, one rounding at most: value(act, x) and gradient(act, x, dy) to the last bit. keeps_nan: a NaN comes
// out of value, and lets the gradient through, with every bit.
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
    return !is_nonpositive(x) && (is_nan(x) || greater(top<T>(act), x));
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
  static constexpr std::array samples{relu::thresholded_relu{},       relu::thresholded_relu{0},
                                      relu::thresholded_relu{-0.0},   relu::thresholded_relu{0.5},
                                      relu::thresholded_relu{-2.5},   relu::thresholded_relu{-INFINITY},
                                      relu::thresholded_relu{0x1p100}};
  static bool selects(const relu::thresholded_relu&) { return true; }
  template <class T> static T value(const relu::thresholded_relu& act, T x) { return gradient(act, x, x); }
  template <class T> static bool active(const relu::thresholded_relu& act, T x) {
    return greater(x, bound<T>(act.threshold));
  }
  template <class T> static T gradient(const relu::thresholded_relu& act, T x, T dy) {
    return active(act, x) ? dy : T(0);
  }
};

template <> struct row<relu::shifted_relu> {
  static constexpr const char* name = "shifted_relu";
  static constexpr bool keeps_nan = false;
  static constexpr std::array samples{relu::shifted_relu{}, relu::shifted_relu{0}, relu::shifted_relu{0.5},
                                      relu::shifted_relu{-2.5}, relu::shifted_relu{-200.25}};
  static bool selects(const relu::shifted_relu&) { return false; }
  template <class T> static bool active(const relu::shifted_relu& act, T x) {
    return greater(x, bound<T>(act.shift));
  }
  template <class T> static T value(const relu::shifted_relu& act, T x) {
    const T least = bound<T>(act.shift);
    if (!active(act, x)) return T(0);
    if constexpr (is_float<T>) return x - least;
    else { // by way of the distance, which is not negative
      using U = typename unsigned_of_size<sizeof(T)>::type;
      const U distance = static_cast<U>(static_cast<U>(x) - static_cast<U>(least));
      const U most = static_cast<U>(std::numeric_limits<T>::max());
      return static_cast<T>(distance < most ? distance : most);
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

// Smooth: value(x) and slope(x), for a type wider than the element, and the largest error in ULP.
template <> struct row<relu::sigmoid> {
  static constexpr const char* name = "sigmoid";
  static constexpr std::array samples{relu::sigmoid{}};
  static constexpr double value_limit = 6, slope_limit = 7;
  template <class R> static R value(R x) {
    return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
  }
  template <class R> static R slope(R x) {
    const R e = std::exp(-std::abs(x));
    return e / ((1 + e) * (1 + e));
  }
};

template <> struct row<relu::tanh> {
  static constexpr const char* name = "tanh";
  static constexpr std::array samples{relu::tanh{}};
  static constexpr double value_limit = 3, slope_limit = 7;
  template <class R> static R value(R x) { return std::tanh(x); }
  template <class R> static R slope(R x) {
    const R e = std::exp(-2 * std::abs(x));
    return 4 * e / ((1 + e) * (1 + e));
  }
};

template <class A> constexpr bool exact = requires { row<A>::keeps_nan; };

template <class A, class T> T expected_value(const A& act, T x) {
  return row<A>::keeps_nan && is_nan(x) ? x : row<A>::value(act, x);
}
template <class A, class T> T expected_gradient(const A& act, T x, T dy) {
  return row<A>::keeps_nan && is_nan(x) ? dy : row<A>::gradient(act, x, dy);
}
// Whether the activation's mask says what its slope was.
template <class A> bool mask_decides(const A& act) {
  if constexpr (requires { act.mask_defect(); }) return !act.mask_defect();
  else return true;
}
// The same bits; but which NaN comes out of a product is the processor's affair.
template <class A, class T> bool matches(T got, T expected, T x) {
  const bool product = is_nonpositive(x) || !row<A>::keeps_nan;
  return same_bits(got, expected) || (product && is_nan(got) && is_nan(expected));
}

// A type in which an error of T can be seen (of double not on 32-bit ARM, where long double is no wider).
template <class T> using wider = std::conditional_t<sizeof(T) == 4, double, long double>;

// How many units in the last place of T the result is away from the true value.
template <class T> double ulp_error(T result, wider<T> truth) {
  if (is_nan(result) || std::isnan(truth)) return is_nan(result) && std::isnan(truth) ? 0 : INFINITY;
  const auto rounded = static_cast<T>(truth);
  if (std::isinf(result) || std::isinf(rounded)) return result == rounded ? 0 : INFINITY;
  using limits = std::numeric_limits<T>;
  const int exponent =
      truth == 0 ? limits::min_exponent : std::max(std::ilogb(truth) + 1, limits::min_exponent);
  return static_cast<double>(std::abs(static_cast<wider<T>>(result) - truth) /
                             std::ldexp(wider<T>(1), exponent - limits::digits));
}

} // namespace testing
