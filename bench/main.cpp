// SPDX-License-Identifier: MIT
// Times every contender that this processor can run. It checks the results of each before it times it.
// report.py runs this program and turns the times into tables and pictures.
#include "contenders.hpp"
#include "functions.hpp"
#include "inputs.hpp"
#include <relu/relu.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iterator>
#include <limits>
#include <string>
#include <unistd.h>
#include <utility>

namespace bench {
namespace {

constexpr std::size_t sizes[]{7,       16,       33, 64,     256,    Ki,     4 * Ki,  16 * Ki,
                              64 * Ki, 256 * Ki, Mi, 2 * Mi, 4 * Mi, 8 * Mi, 16 * Mi, 64 * Mi};
constexpr std::size_t largest_bytes = 64 * Mi * sizeof(double), margin_bytes = 8 * 64;

// Returns ordinary<T>(i), or for every third i a special value: zeros, NaN, infinities and subnormals of both
// signs, or 0 and the limits of an integer type.
template <class T> T ordinary_or_special(std::size_t i) {
  using limits = std::numeric_limits<T>;
  if (i % 3) return ordinary<T>(i);
  if constexpr (!std::is_integral_v<T>) {
    constexpr T inf = limits::infinity(), nan = limits::quiet_NaN(), least = limits::denorm_min();
    constexpr T special[]{T(0), T(-0.0), nan, -nan, inf, -inf, least, -least};
    return special[i / 3 % std::size(special)];
  } else {
    constexpr T special[]{0, limits::max(), limits::lowest()};
    return special[i / 3 % std::size(special)];
  }
}

// Holds x, dy and the output of all measurements, so that all contenders work on the same pages. The
// operating system provides a page when it is first written, so unused ones cost nothing.
class arena {
public:
  template <class T> struct operands {
    T *dy, *x, *out;
    std::size_t n;
  };

  // Names the new content. Returns whether the arena already has this content.
  bool set_content(const std::string& name) { return std::exchange(content_, name) == name; }

  template <class T> operands<T> of(std::size_t n, bool aligned) {
    const std::size_t shift = aligned ? 0 : 1; // elements
    return {at<T>(dy_) + 3 * shift, at<T>(x_) + shift, at<T>(out_) + 5 * shift, n};
  }

private:
  using bytes = buffer<std::byte>;
  static bytes new_array() { return allocate<std::byte>(largest_bytes + margin_bytes); }
  template <class T> static T* at(const bytes& b) { return reinterpret_cast<T*>(b.get()); }

  bytes x_ = new_array(), dy_ = new_array(), out_ = new_array();
  std::string content_;
};

template <class T> struct type {};

void with_element(std::string_view name, auto f) {
  [&]<class... T>(relu::type_list<T...>) {
    ((name == relu::detail::element_name<T>() ? f(type<T>{}) : void()), ...);
  }(relu::detail::stored_elements{});
}

template <class T> using sequence = T (*)(std::size_t i);

template <class T> bool same_bits(T a, T b) { return std::memcmp(&a, &b, sizeof a) == 0; }

// An element as a number of the language.
template <class T> constexpr auto number(T x) {
  if constexpr (std::is_arithmetic_v<T>) return x;
  else return static_cast<float>(x);
}

bool takes_dy(const entry& e) { return e.operation == "backward" || e.operation == "gated"; }

// What a result may differ by, relative to the larger of itself and 1.
template <class T>
constexpr real tolerance = std::is_arithmetic_v<T> ? 1e-5L : number(std::numeric_limits<T>::epsilon());

template <class T> bool correct(const contender& c, const entry& e, T actual, T x, T dy) {
  if (c.keeps == contract::copy) return same_bits(actual, x);
  if (c.keeps == contract::negation) return number(actual) == -number(x);
  if constexpr (std::is_same_v<T, std::int8_t>)
    if (e.operation == "lookup") return actual == looked_up(x);
  const bool backward = e.operation == "backward";
  if (e.function == "relu" && c.keeps == contract::exact)
    return same_bits(actual, number(x) <= 0 ? T(0) : backward ? dy : x);
  const function& f = *find(e.function);
  const auto near_result_at = [&](real at) {
    const real factor = takes_dy(e) ? number(dy) : 1,
               expected = factor * (backward ? f.slope(at) : f.value(at));
    return std::abs(static_cast<real>(number(actual)) - expected) <=
           tolerance<T> * std::max<real>(1, std::abs(expected));
  };
  const auto at = static_cast<real>(number(x));
  if (near_result_at(at)) return true;
  return backward && (near_result_at(at - 1e-9L) || near_result_at(at + 1e-9L)); // either slope of a corner
}

template <class T> void fill(const arena::operands<T>& o, const entry& e, sequence<T> values) {
  for (std::size_t i = 0; i < o.n; ++i) {
    o.x[i] = values(i);
    o.dy[i] = values(i + 1);
  }
  if (e.operation == "in place") std::copy_n(o.x, o.n, o.out);
  else std::fill_n(o.out, o.n, T(42)); // erase the results of the previous contender
}

// A kernel that has been prepared for its arguments.
template <class T> struct call {
  call(const entry& e, const arena::operands<T>& o)
      : run(e.run),
        dy(takes_dy(e) ? o.dy : nullptr),
        x(e.operation == "in place" ? o.out : o.x),
        out(o.out),
        n(o.n) {
    if (e.prepare) e.prepare(dy, x, out, n);
  }
  void operator()() const { run(dy, x, out, n); }

  kernel run;
  const T *dy, *x;
  T* out;
  std::size_t n;
};

// Returns whether all results are correct and the inputs are unchanged. It compares with the sequence of
// inputs and not with the operands, because a kernel may have overwritten these. It leaves ordinary inputs in
// the operands.
template <class T> bool check(const contender& c, const entry& e, const arena::operands<T>& o) {
  const sequence<T> values =
      c.keeps == contract::exact && e.function == "relu" ? ordinary_or_special<T> : ordinary<T>;
  fill(o, e, values);
  call<T>(e, o)();
  bool all_correct = true;
  for (std::size_t i = 0; i < o.n; ++i) {
    const T x = values(i), dy = values(i + 1);
    all_correct =
        all_correct && correct(c, e, o.out[i], x, dy) && same_bits(o.x[i], x) && same_bits(o.dy[i], dy);
  }
  fill<T>(o, e, ordinary<T>);
  return all_correct;
}

bool failed = false;

template <class T>
void measure(benchmark::State& state, const contender& c, const entry& e, arena& place, std::size_t n,
             bool aligned, bool& checked) {
  const arena::operands<T> o = place.of<T>(n, aligned);
  const bool filled =
      place.set_content(std::string(e.element) + std::to_string(n) + (aligned ? "" : " misaligned"));
  bool is_correct = true;
  try {
    is_correct = checked || check(c, e, o);
  } catch (const std::exception& error) {
    state.SkipWithError(error.what());
    return;
  }
  if (!is_correct) {
    failed = true;
    state.SkipWithError("wrong result");
    return;
  }
  if (checked && !filled) fill<T>(o, e, ordinary<T>);
  checked = true;
  const call<T> kernel_call(e, o);
  for (auto _ : state) {
    kernel_call();
    benchmark::ClobberMemory();
  }
  const auto elements = static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(o.n);
  state.SetItemsProcessed(elements);
  const std::size_t arrays = takes_dy(e) ? 3 : 2;
  state.SetBytesProcessed(elements * static_cast<std::int64_t>(arrays * sizeof(T)));
}

// Ordinary numbers are numbers of all types, so each conversion keeps them.
template <class From, class To>
void measure_conversion(benchmark::State& state, const contender& c, const entry& e, arena& place,
                        std::size_t n, bool aligned) {
  const From* const x = place.of<From>(n, aligned).x;
  To* const y = place.of<To>(n, aligned).out;
  const std::string content = "convert " + std::string(e.element) + std::to_string(n);
  if (!place.set_content(content + (aligned ? "" : " misaligned")))
    for (std::size_t i = 0; i < n; ++i)
      place.of<From>(n, aligned).x[i] = From(number(ordinary<relu::bfloat16>(i)));
  std::fill_n(y, n, To(42));
  e.run(nullptr, x, y, n);
  bool all_correct = true;
  for (std::size_t i = 0; i < n; ++i)
    all_correct = all_correct && (c.keeps == contract::copy || number(y[i]) == number(x[i]));
  if (!all_correct) {
    failed = true;
    state.SkipWithError("wrong result");
    return;
  }
  for (auto _ : state) {
    e.run(nullptr, x, y, n);
    benchmark::ClobberMemory();
  }
  const auto elements = static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(n);
  state.SetItemsProcessed(elements);
  state.SetBytesProcessed(elements * static_cast<std::int64_t>(sizeof(From) + sizeof(To)));
}

void add(const contender& c, const entry& e, std::size_t n, bool aligned) {
  static arena place;
  const std::string contender_name = std::string(c.name) + (c.isa.empty() ? "" : " " + std::string(c.isa));
  std::string name;
  for (const std::string_view part :
       {e.operation, e.function, e.element, std::string_view(aligned ? "aligned" : "misaligned"),
        std::string_view(contender_name)})
    name.append(part).append("/");
  benchmark::RegisterBenchmark((name + std::to_string(n)).c_str(), [c, e, n, aligned, checked = false](
                                                                       benchmark::State& state) mutable {
    with_element(e.element, [&]<class T>(type<T>) {
      if (e.operation != "convert") return measure<T>(state, c, e, place, n, aligned, checked);
      with_element(e.function, [&]<class To>(type<To>) {
        using relu::detail::float16_element;
        if constexpr ((std::is_same_v<T, float> && float16_element<To>) ||
                      (float16_element<T> && std::is_same_v<To, float>))
          measure_conversion<T, To>(state, c, e, place, n, aligned);
      });
    });
  })->UseRealTime();
}

// Returns whether this processor can run code for an instruction set. Any instruction set that is not one of
// relu::dispatch is the one for which this program itself is compiled.
template <class... Arch> bool available(std::string_view isa, relu::type_list<Arch...>) {
  return ((relu::isa_name<Arch>() != isa || relu::is_available<Arch>()) && ...);
}

template <class... Arch> std::string names_of_available(relu::type_list<Arch...>) {
  std::string names;
  ((names += relu::is_available<Arch>() ? std::string(relu::isa_name<Arch>()) + " " : ""), ...);
  return names;
}

void add_context() {
  const auto version = [](auto... parts) {
    std::string text;
    ((text += (text.empty() ? "" : ".") + std::to_string(parts)), ...);
    return text;
  };
  benchmark::AddCustomContext("relu", version(RELU_VERSION_MAJOR, RELU_VERSION_MINOR, RELU_VERSION_PATCH));
  benchmark::AddCustomContext("isa", std::string(relu::isa()));
  benchmark::AddCustomContext("available", names_of_available(relu::dispatch_archs{}));
  benchmark::AddCustomContext("streaming_threshold", std::to_string(relu::streaming_threshold()));
  benchmark::AddCustomContext("xsimd",
                              version(XSIMD_VERSION_MAJOR, XSIMD_VERSION_MINOR, XSIMD_VERSION_PATCH));
  benchmark::AddCustomContext("compiler", RELU_BENCH_COMPILER);
  benchmark::AddCustomContext("flags", RELU_BENCH_FLAGS);
  std::string others;
  for (const contender& c : {RELU_BENCH_CONTENDERS})
    if (!c.version.empty())
      others.append(others.empty() ? "" : ", ").append(c.name).append(" ").append(c.version);
  benchmark::AddCustomContext("others", others);
}

} // namespace
} // namespace bench

int main(int argc, char** argv) {
  using namespace bench;
  // Restart with one OpenMP thread, because the other libraries read this variable before main begins.
  if (!std::getenv("OMP_NUM_THREADS")) {
    setenv("OMP_NUM_THREADS", "1", 1);
    execv("/proc/self/exe", argv);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  add_context();
  for (const contender& c : {RELU_BENCH_CONTENDERS}) {
    if (!available(c.isa, relu::dispatch_archs{})) continue;
    for (const entry& e : c.entries) {
      if (e.operation != "convert" && !find(e.function)) {
        std::fprintf(stderr, "relu_bench: add the formulas of %s to bench/functions.hpp\n",
                     std::string(e.function).c_str());
        return 1;
      }
      for (const std::size_t n : sizes)
        for (const bool aligned : {true, false}) add(c, e, n, aligned);
    }
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return failed;
}
