// One half of a program. It is compiled twice: as `lower` for the lowest instruction set, and as `upper` for
// a higher one. Both halves make the same calls on the same types, so they contain the same inline functions.
#include "half.hpp"

#include <array>
#include <span>
#include <stdexcept>

#ifdef UNTAGGED // the library must not have such a function: the linker keeps one of the two copies
[[gnu::noinline]] inline float untagged(float x) { return x * x; }
#endif

namespace HALF {
namespace {

constexpr std::size_t n = 67; // whole vectors and a tail on every instruction set

template <class T> T number(std::size_t i) { return static_cast<T>(static_cast<int>(i % 9) - 4); }

template <class A, class T> bool run(const A& act) {
  std::array<T, n> x, dy;
  T y[n], dx[n];
  for (std::size_t i = 0; i < n; ++i) x[i] = number<T>(i), dy[i] = static_cast<T>(1 + i % 3);
  relu::forward(act, x, y);
  relu::backward(act, dy, std::span<const T>(x), dx);
  relu::forward(act, std::span(x).first(n / 2)); // in place
  for (std::size_t i = 0; i < n; ++i)
    if (x[i] != (i < n / 2 ? y[i] : number<T>(i))) return false;
  const T one = x[n - 8];
  return relu::count_zeros(y) < n && dx[8] != 0 && act.value(one) != 0 && act.slope(one) != 0;
}

template <class T> bool run_rectifier() {
  std::array<T, 5> x{static_cast<T>(-1), 2, static_cast<T>(-3), 4, 0}, dx{1, 2, 3, 4, 5};
  T y[5];
  relu::forward(x, y);
  relu::backward(dx, x, dx);
  return y[0] == 0 && y[1] == 2 && y[3] == 4 && dx[0] == 0 && dx[1] == 2 && dx[3] == 4 && dx[4] == 0 &&
         relu::count_zeros(y) == 3 && relu::sparsity(std::span<const T>(y)) > 0.5 && relu::relu(y[1]) == 2 &&
         relu::relu_grad(y[0]) == 0;
}

template <class... T> bool run_all(relu::type_list<T...>) {
  return (run_rectifier<T>() && ...) && (run<relu::rectifier, T>({0.5}) && ...) &&
         (run<relu::leaky_relu, T>({1.5}) && ...) && (run<relu::clipped_relu, T>({100}) && ...);
}

template <class... T> bool run_floating(relu::type_list<T...>) {
  bool ok = (run<relu::squared_relu, T>({}) && ...);
#ifdef SMOOTH
  ok = ok && (run<relu::sigmoid, T>({}) && ...) && (run<relu::tanh, T>({}) && ...);
#endif
  return ok;
}

// Elements without negative numbers or without arithmetic.
template <class T> bool run_positive() {
  std::array<T, n> x;
  T y[n], dx[n];
  for (std::size_t i = 0; i < n; ++i) x[i] = T(i % 9);
  relu::forward(x, y);
  relu::backward(y, x, dx);
  for (std::size_t i = 0; i < n; ++i)
    if (y[i] != x[i] || dx[i] != x[i]) return false;
#ifdef SMOOTH
  if constexpr (relu::detail::float16_element<T>) {
    relu::forward(relu::silu{}, x, y);
    relu::backward(relu::leaky_relu{}, y, x, dx);
  }
#endif
  return relu::count_zeros(y) == (n + 8) / 9 && relu::relu(x[1]) == T(1);
}

template <class... T> bool run_all_positive(relu::type_list<T...>) { return (run_positive<T>() && ...); }

bool refuses() {
  float x[3]{}, y[4];
  try {
    relu::forward(x, y);
  } catch (const std::invalid_argument&) {
    return true;
  }
  return false;
}

template <class... Arch> bool available(relu::type_list<Arch...>, std::string_view isa) {
  return ((relu::isa_name<Arch>() == isa && relu::is_available<Arch>()) || ...);
}

} // namespace

const char* isa() { return relu::isa().data(); }
bool is_available(const char* isa) { return available(relu::dispatch_archs{}, isa); }
bool works() {
#ifdef UNTAGGED
  volatile float two = 2;
  if (untagged(two) != 4) return false;
#endif
  using with_sign = relu::type_list<float, double, std::int8_t, std::int16_t, std::int32_t, std::int64_t>;
  using others = relu::type_list<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, relu::float16,
                                 relu::bfloat16>;
  return run_all(with_sign{}) && run_floating(relu::detail::floating_elements{}) &&
         run_all_positive(others{}) && refuses();
}

} // namespace HALF
