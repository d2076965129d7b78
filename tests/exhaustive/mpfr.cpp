// exhaustive.mpfr [POINTS [ACTIVATION...]]: compares values and slopes of the smooth activations for doubles
// with GNU MPFR, on every instruction set of the machine and with the scalar fallback. The points are edges
// and random numbers. Half of the random numbers have random bits, and half are between -40 and 40, where the
// functions bend. All parameters except the first are tried at a tenth of the points. The program prints the
// largest error of each function, and fails if the table allows less.
#include "ways.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mpfr.h>
#include <mutex>
#include <string>

using namespace testing;

namespace {

// An MPFR number of 140 bits.
class real {
public:
  real(double x = 0) { // NOLINT: doubles convert implicitly
    mpfr_init2(v_, 140);
    mpfr_set_d(v_, x, MPFR_RNDN);
  }
  real(const real& x) : real() { mpfr_set(v_, x.v_, MPFR_RNDN); }
  real& operator=(const real& x) {
    mpfr_set(v_, x.v_, MPFR_RNDN);
    return *this;
  }
  ~real() { mpfr_clear(v_); }

  template <int (*F)(mpfr_t, const mpfr_t, mpfr_rnd_t)> static real of(const real& x) {
    real y;
    F(y.v_, x.v_, MPFR_RNDN);
    return y;
  }
  template <int (*F)(mpfr_t, const mpfr_t, const mpfr_t, mpfr_rnd_t)>
  static real of(const real& a, const real& b) {
    real y;
    F(y.v_, a.v_, b.v_, MPFR_RNDN);
    return y;
  }

  friend real operator+(const real& a, const real& b) { return of<mpfr_add>(a, b); }
  friend real operator-(const real& a, const real& b) { return of<mpfr_sub>(a, b); }
  friend real operator*(const real& a, const real& b) { return of<mpfr_mul>(a, b); }
  friend real operator/(const real& a, const real& b) { return of<mpfr_div>(a, b); }
  friend real operator-(const real& a) { return of<mpfr_neg>(a); }
  friend bool operator<(const real& a, const real& b) { return mpfr_less_p(a.v_, b.v_); }
  friend bool operator>(const real& a, const real& b) { return mpfr_greater_p(a.v_, b.v_); }
  friend bool operator<=(const real& a, const real& b) { return mpfr_lessequal_p(a.v_, b.v_); }
  friend bool operator>=(const real& a, const real& b) { return mpfr_greaterequal_p(a.v_, b.v_); }

  friend real abs(const real& x) { return of<mpfr_abs>(x); }
  friend real atan(const real& x) { return of<mpfr_atan>(x); }
  friend real erfc(const real& x) { return of<mpfr_erfc>(x); }
  friend real exp(const real& x) { return of<mpfr_exp>(x); }
  friend real expm1(const real& x) { return of<mpfr_expm1>(x); }
  friend real log1p(const real& x) { return of<mpfr_log1p>(x); }
  friend real sqrt(const real& x) { return of<mpfr_sqrt>(x); }
  friend real tanh(const real& x) { return of<mpfr_tanh>(x); }
  friend bool isinf(const real& x) { return mpfr_inf_p(x.v_); }

  // The error of the result, in units in its last place.
  double distance(double result) const {
    const double rounded = mpfr_get_d(v_, MPFR_RNDN);
    if (std::isnan(result) || std::isnan(rounded))
      return std::isnan(result) && std::isnan(rounded) ? 0 : INFINITY;
    if (std::isinf(result) || std::isinf(rounded)) return result == rounded ? 0 : INFINITY;
    const long exponent = mpfr_zero_p(v_) ? -1021 : std::max(static_cast<long>(mpfr_get_exp(v_)), -1021l);
    real error = *this - real(result);
    mpfr_mul_2si(error.v_, error.v_, 53 - exponent, MPFR_RNDN);
    return std::abs(mpfr_get_d(error.v_, MPFR_RNDN));
  }
  double distance_absolute(double result) const {
    const real error = *this - real(result);
    return std::abs(mpfr_get_d(error.v_, MPFR_RNDN));
  }

private:
  mpfr_t v_;
};

struct worst {
  double error = 0, at = 0;
  void add(double e, double x) {
    if (!(e <= error)) error = e, at = x;
  }
};

bool all_close = true;

void print(const std::string& what, const worst& found, double limit) {
  const bool close = found.error <= limit;
  std::printf("%s: largest error %.3f ULP at %.17g%s\n", what.c_str(), found.error, found.at,
              close ? "" : ", too large");
  std::fflush(stdout);
  all_close = all_close && close;
}

std::vector<double> points(std::size_t n) {
  std::mt19937_64 random(1);
  std::vector<double> x = specials<double>();
  for (int e = -1074; e < 1024; ++e)
    for (double sign : {-1.0, 1.0}) x.push_back(sign * std::ldexp(1.0, e));
  while (x.size() < n) {
    x.push_back(from_bits<double>(random()));
    x.push_back(static_cast<double>(static_cast<std::int64_t>(random())) * 0x1p-63 * 40);
  }
  return x;
}

template <class A> void try_one(const A& act, std::span<const double> all_x) {
  std::vector<way<double>> all = vector_ways<double>(act);
  all.push_back(scalar_way<double>(act));
  worst of_value, of_slope;
  std::mutex mutex;
  std::atomic<std::size_t> next{0};
  on_all_cores([&] {
    constexpr std::size_t piece = 1000;
    std::vector<std::vector<double>> y(all.size(), std::vector<double>(piece)), slope = y;
    worst v, s;
    for (std::size_t begin; (begin = next.fetch_add(piece)) < all_x.size();) {
      const std::span<const double> x = all_x.subspan(begin, std::min(piece, all_x.size() - begin));
      for (std::size_t w = 0; w < all.size(); ++w) {
        all[w].value(x, std::span(y[w]).first(x.size()));
        all[w].slope(x, std::span(slope[w]).first(x.size()));
      }
      for (std::size_t i = 0; i < x.size(); ++i) {
        const real value = row<A>::value(act, real(x[i])), derivative = row<A>::slope(act, real(x[i]));
        const auto differs = [i](const auto& results, std::size_t w) { // from the results of the way before w
          return w == 0 || !same_bits(results[w][i], results[w - 1][i]);
        };
        for (std::size_t w = 0; w < all.size(); ++w) {
          if (differs(y, w)) v.add(value.distance(y[w][i]), x[i]);
          const bool is_close =
              is_near_zero_of_slope<A>(x[i]) && derivative.distance_absolute(slope[w][i]) <= 2e-16;
          if (differs(slope, w) && !is_close) s.add(derivative.distance(slope[w][i]), x[i]);
        }
      }
    }
    const std::lock_guard lock(mutex);
    of_value.add(v.error, v.at);
    of_slope.add(s.error, s.at);
    mpfr_free_cache();
  });
  const std::string name = row<A>::name + described(act);
  print(name + ", value", of_value, row<A>::largest.value_double);
  print(name + ", slope", of_slope, row<A>::largest.slope_double);
}

template <class A>
void try_activation(const relu::fast<A>*, const std::vector<double>&) {} // as the default tier
template <class A> void try_activation(const A*, const std::vector<double>& x) {
  for (const A& act : row<A>::samples) {
    const bool first = &act == row<A>::samples.data();
    try_one(act, std::span(x).first(first ? x.size() : x.size() / 10));
  }
}

} // namespace

int main(int argc, char** argv) {
  const std::span arguments(argv + 1, static_cast<std::size_t>(argc - 1));
  const std::vector<double> x = points(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10'000'000);
  const bool known =
      each_activation<false>(arguments.subspan(argc > 1 ? 1 : 0), [&]<class A>(relu::type_list<A>) {
        try_activation(static_cast<const A*>(nullptr), x);
      });
  if (!known) return std::fputs("usage: exhaustive.mpfr [POINTS [SMOOTH_ACTIVATION...]]\n", stderr), 2;
  return all_close ? 0 : 1;
}
