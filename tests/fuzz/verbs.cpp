// Turns the fuzzer's bytes into one public call. Compares what the call writes with the scalar reference, and
// checks that it writes nothing else.
#include "header.hpp"

#include <algorithm>
#include <common/activation_table.hpp>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cxxabi.h>
#include <string>
#include <typeinfo>

// Under AddressSanitizer, all memory outside the ranges is poisoned during the call.
#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif
#ifdef __SSE2__
#include <immintrin.h>
#endif

namespace {

using namespace testing;

// --- the call to make ---

// A range of the arena, in elements.
struct range {
  std::size_t at, size;
};

constexpr std::size_t most_elements = 320, most_resized = 16, most_shifted = 64;
// The output has room for two adjacent ranges on either side. x and dy have their own places after that.
constexpr std::size_t one_range = most_elements + most_resized + most_shifted;
constexpr std::size_t place_of_out = 2 * one_range, place_of_x = 5 * one_range, place_of_dy = 8 * one_range;
constexpr std::size_t arena_size = 10 * one_range;

// An input, usually of n elements: apart from another range, equal to it, adjacent to it or overlapping it.
range place(header& in, std::size_t n, range other, std::size_t apart) {
  const auto resize = in.next();
  const auto relation = in.next() % 16;
  const auto amount = in.next<std::uint16_t>();
  const std::size_t size = resize < 224 ? n : n - std::min(n, most_resized) + (resize - 224);
  if (relation < 8) return {apart + amount % most_shifted, size};
  if (relation < 13) return {other.at, size};
  if (relation == 13) return {other.at + other.size, size};
  if (relation == 14) return {other.at - size, size};
  const std::size_t shift = 1 + amount / 2 % std::max<std::size_t>(other.size, 1);
  return {amount % 2 == 0 ? other.at + shift : other.at - shift, size};
}

// A number that is special to some activation or element type, or an arbitrary one.
double parameter(header& in) {
  using limits = std::numeric_limits<double>;
  constexpr double inf = limits::infinity(), nan = limits::quiet_NaN(), max = limits::max(),
                   least = limits::denorm_min();
  constexpr double special[]{0,    -0.0,  1,    -1,     0.5,    0.01,    6,     -2.5,  100,   127,
                             128,  127.5, -129, 0x1p31, 0x1p63, -0x1p63, 1e-40, 1e-50, -1e-5, 1e10,
                             1e40, max,   -max, least,  -least, inf,     -inf,  nan,   -nan};
  const auto choice = in.next();
  const auto any = in.next<double>();
  return choice < 128 ? special[choice % std::size(special)] : any;
}

enum function { call_forward, call_backward, call_count_zeros };

// What a call computes on. Kept inputs have mostly other bytes than those of the last four.
enum class operands { elements, float16, bfloat16, conversion, quantized };
operands operands_of(std::uint8_t element) {
  if (element < 192 || element >= 240) return operands::elements;
  constexpr operands choices[]{operands::float16,  operands::float16,    operands::bfloat16,
                               operands::bfloat16, operands::conversion, operands::quantized};
  return choices[element % std::size(choices)];
}

struct call {
  function what;
  std::uint8_t isa, element, activation; // indices into their lists, modulo the length
  bool in_short;                         // the overload without activation or output, where there is one
  bool subnormals_off;                   // flushed during the call, where that must not matter
  bool masked, accumulate, wrong_mask;   // with a mask; backward adds; the mask has one bit too many
  double parameter;
  range out, x, dy;
  std::uint8_t style;
  relu::stores how;
  std::span<const std::uint8_t> pool;
};

call read(const std::uint8_t* data, std::size_t size) {
  header in(data, size);
  call c{};
  const auto what = in.next();
  c.what = what % 8 < 3 ? call_forward : what % 8 < 7 ? call_backward : call_count_zeros;
  c.in_short = what >= 128;
  c.subnormals_off = what / 64 % 2 == 1;
  c.masked = what / 8 % 2 == 1;
  c.accumulate = what / 16 % 2 == 1;
  c.wrong_mask = what / 32 % 2 == 1 && in.next() % 8 == 0;
  c.isa = in.next();
  c.element = in.next();
  c.activation = in.next();
  c.parameter = parameter(in);
  const std::size_t n = in.next<std::uint16_t>() % (most_elements + 1);
  c.out = {place_of_out + in.next() % most_shifted, n};
  c.x = place(in, n, c.out, place_of_x);
  const bool by_x = in.next() % 4 == 0;
  const range dy = place(in, n, by_x ? c.x : c.out, place_of_dy);
  if (c.what == call_backward) c.dy = dy;
  if (c.what == call_backward && c.masked) c.x = dy; // the only input
  c.style = in.next();
  constexpr relu::stores hows[]{relu::stores::automatic, relu::stores::cached, relu::stores::streaming};
  c.how = hows[c.style / 64 % std::size(hows)];
  c.pool = in.rest();
  return c;
}

// The type that references of elements T compute on, and a number of that type.
template <class T> using computed = std::conditional_t<is_float16<T>, float, T>;
template <class T> computed<T> number(T x) { return static_cast<computed<T>>(x); }

template <class T> std::vector<T> specials_of() {
  if constexpr (is_float16<T>) {
    using limits = std::numeric_limits<T>;
    std::vector<T> x;
    for (const float v : {0.0f, 1.0f, 0.5f, 6.0f, 100.0f, 0.01f, 88.8f, 2.5f, 3.0f}) x.push_back(T(v));
    for (const T v : {limits::max(), limits::infinity(), limits::min(), limits::denorm_min(),
                      limits::epsilon(), limits::quiet_NaN(), limits::signaling_NaN()})
      x.push_back(v);
    for (std::size_t i = 0, n = x.size(); i < n; ++i) x.push_back(-x[i]);
    return x;
  } else return specials<T>();
}

// Takes elements from the rest of the input. At its end, it starts again with changed bytes.
class pool {
public:
  explicit pool(const call& c) : bytes_(c.pool), style_(c.style) {}

  template <class T> T next() {
    static const std::vector<T> special = specials_of<T>();
    switch (style_ % 4) {
    case 0:
      return from_bits<T>(number<sizeof(T)>());
    case 1:
      if constexpr (is_float<computed<T>>) { // ordinary numbers with full precision
        const auto fraction = static_cast<double>(static_cast<std::int64_t>(number<8>()));
        return static_cast<T>(std::ldexp(fraction, style_ / 4 % 16 - 64));
      } else return from_bits<T>(number<sizeof(T)>());
    default: { // one byte each: a special or a small number
      const std::uint8_t b = byte();
      return b % 2 == 0 ? special[b / 2 % special.size()] : static_cast<T>((b - 127) / 8);
    }
    }
  }

private:
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const std::size_t i = used_++;
    return static_cast<std::uint8_t>(bytes_[i % bytes_.size()] + 37 * (i / bytes_.size()));
  }
  template <std::size_t N> std::uint64_t number() {
    std::uint64_t n = 0;
    for (std::size_t i = 0; i < N; ++i) n |= std::uint64_t{byte()} << (8 * i);
    return n;
  }

  std::span<const std::uint8_t> bytes_;
  std::uint8_t style_;
  std::size_t used_ = 0;
};

void set(relu::rectifier& act, double parameter) { act.slope_at_zero = parameter; }
void set(relu::leaky_relu& act, double parameter) { act.negative_slope = parameter; }
void set(relu::clipped_relu& act, double parameter) { act.max = parameter; }
void set(relu::thresholded_relu& act, double parameter) { act.threshold = parameter; }
void set(relu::shifted_relu& act, double parameter) { act.shift = parameter; }
template <class A> void set(A&, double) {}

// The activation with bounds that are elements T. Calls that only select round them so.
template <class T, class A> A rounded(const A& act) { return act; }
template <class T>
requires is_float16<T>
relu::clipped_relu rounded(const relu::clipped_relu& act) {
  return {float(T(act.max))};
}
template <class T>
requires is_float16<T>
relu::thresholded_relu rounded(const relu::thresholded_relu& act) {
  return {float(T(act.threshold))};
}

bool usable(const relu::clipped_relu& act) { return act.max >= 0; }
bool usable(const relu::thresholded_relu& act) { return !is_nan(act.threshold); }
bool usable(const relu::shifted_relu& act) { return !is_nan(act.shift); }
template <class A> bool usable(const A&) { return true; }

// --- reporting a failure ---

// The current call, for describe().
call current;
const std::type_info *activation = &typeid(void), *element = &typeid(void);

std::string name_of(const std::type_info& type) {
  int status = 0;
  char* name = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  const std::string result = name ? name : type.name();
  std::free(name);
  return result;
}

void describe(const char* name, range r) {
  std::fprintf(stderr, "  %-3s %3zu elements at %td\n", name, r.size,
               static_cast<std::ptrdiff_t>(r.at - place_of_out));
}

void describe() {
  const char* const functions[]{"forward", "backward", "count_zeros"};
  std::fprintf(stderr, "relu::%s of %s on %s%s%s\n", functions[current.what], name_of(*element).c_str(),
               std::string(relu::isa()).c_str(), current.in_short ? ", the short form" : "",
               current.subnormals_off ? ", subnormals flushed" : "");
  if (current.what != call_count_zeros)
    std::fprintf(stderr, "  %s, parameter %g = %a\n", name_of(*activation).c_str(), current.parameter,
                 current.parameter);
  if (current.how == relu::stores::streaming) std::fprintf(stderr, "  streaming\n");
  describe("x", current.x);
  if (current.what == call_backward && current.accumulate) std::fprintf(stderr, "  accumulate\n");
  if (current.masked) std::fprintf(stderr, "  a mask%s\n", current.wrong_mask ? ", too long" : "");
  if (current.what == call_backward) describe("dy", current.dy);
  if (current.what != call_count_zeros) describe(current.what == call_forward ? "y" : "dx", current.out);
}

[[noreturn, gnu::format(printf, 1, 2)]] void finding(const char* format, ...) {
  describe();
  std::va_list arguments;
  va_start(arguments, format);
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
  std::fputc('\n', stderr);
  std::abort();
}

template <class T> std::string show(T x) {
  char text[80];
  std::snprintf(text, sizeof text, "%.17g (bits %#llx)", static_cast<double>(number(x)),
                static_cast<unsigned long long>(bits(x)));
  return text;
}

// --- the call ---

// Sets FTZ and DAZ for its scope.
class subnormals_off {
public:
#ifdef __SSE2__
  explicit subnormals_off(bool off) : before_(_mm_getcsr()) {
    if (off) _mm_setcsr(before_ | _MM_FLUSH_ZERO_ON | _MM_DENORMALS_ZERO_ON);
  }
  ~subnormals_off() { _mm_setcsr(before_); }

private:
  unsigned before_;
#else
  explicit subnormals_off(bool) {}
#endif
};

template <class T> class arena {
public:
  explicit arena(const call& c) {
    forbid(false);
    std::memcpy(memory_, canary(), sizeof memory_);
    pool values(c);
    for (const range r : {c.x, c.dy})
      if (r.at + r.size > arena_size) finding("the arena is too small");
      else
        for (T& v : std::span(memory_ + r.at, r.size)) v = values.next<T>();
    std::memcpy(before_, memory_, sizeof memory_);
  }
  arena(const arena&) = delete;
  arena& operator=(const arena&) = delete;

  // Some empty ranges have a null pointer.
  std::span<T> at(range r) const { return {r.size == 0 && r.at % 2 == 1 ? nullptr : memory_ + r.at, r.size}; }
  T before(range r, std::size_t i) const { return before_[r.at + i]; }

  // Runs the call with access to these ranges only. Returns whether the call was refused.
  template <class Call> bool refuses(std::initializer_list<range> ranges, Call run) const {
    forbid(true);
    for (const range r : ranges) ASAN_UNPOISON_MEMORY_REGION(memory_ + r.at, r.size * sizeof(T));
    bool refused = false;
    try {
      run();
    } catch (const std::invalid_argument&) {
      refused = true;
    } catch (...) {
      forbid(false);
      finding("an exception other than std::invalid_argument");
    }
    forbid(false);
    return refused;
  }

  void check_untouched_but(range r) {
    std::memcpy(before_ + r.at, memory_ + r.at, r.size * sizeof(T));
    if (std::memcmp(before_, memory_, sizeof memory_) == 0) return;
    for (std::size_t i = 0; i < arena_size; ++i)
      if (!same_bits(before_[i], memory_[i]))
        finding("a write outside the output, or by a refused call: element %td was %s, is %s",
                static_cast<std::ptrdiff_t>(i - place_of_out), show(before_[i]).c_str(),
                show(memory_[i]).c_str());
  }

private:
  // Random bytes, so that a wrong write almost always changes them.
  static const std::uint8_t* canary() {
    static const std::vector<std::uint8_t> bytes = [] {
      std::mt19937 random(1);
      std::vector<std::uint8_t> b(sizeof memory_);
      std::generate(b.begin(), b.end(), [&] { return static_cast<std::uint8_t>(random() >> 24); });
      return b;
    }();
    return bytes.data();
  }
  static void forbid(bool on) {
    if (on) ASAN_POISON_MEMORY_REGION(memory_, sizeof memory_);
    else ASAN_UNPOISON_MEMORY_REGION(memory_, sizeof memory_);
  }

  alignas(64) static inline T memory_[arena_size], before_[arena_size];
};

// relu only selects, so flushing subnormals must not change its results.
template <class A> bool may_be_off(const call& c) {
  return c.subnormals_off && std::is_same_v<A, relu::rectifier> && c.parameter == 0;
}

template <class A, class T> void forward(const call& c, const A& act, std::span<const T> x, std::span<T> y) {
  const subnormals_off mode(may_be_off<A>(c));
  const bool in_place = c.in_short && c.x.at == c.out.at && c.x.size == c.out.size;
  if constexpr (std::is_same_v<A, relu::rectifier>) {
    if (c.in_short && c.parameter == 0) return in_place ? relu::forward(y) : relu::forward(x, y, c.how);
  }
  return in_place ? relu::forward(act, y) : relu::forward(act, x, y, c.how);
}

template <class A, class T>
void backward(const call& c, const A& act, std::span<const T> dy, std::span<const T> x, std::span<T> dx) {
  const subnormals_off mode(may_be_off<A>(c) && !c.accumulate);
  if constexpr (std::is_same_v<A, relu::rectifier>) {
    if (c.in_short && c.parameter == 0)
      return c.accumulate ? relu::backward_accumulate(dy, x, dx) : relu::backward(dy, x, dx, c.how);
  }
  return c.accumulate ? relu::backward_accumulate(act, dy, x, dx) : relu::backward(act, dy, x, dx, c.how);
}

// Whether the error is within the limit and the sign is that of the truth.
template <class T> bool is_close(double error, T got, wider<T> truth, double limit) {
  return error <= limit && (is_nan(got) || is_zero(got) || std::signbit(got) == std::signbit(truth));
}

// Whether y is the number of T next to the truth, or within a unit in the last place of it.
template <class T> bool is_close16(T y, double truth) {
  if (is_nan(y) || std::isnan(truth)) return is_nan(y) && std::isnan(truth);
  if (!is_zero(y) && std::signbit(number(y)) != std::signbit(truth)) return false;
  const auto order = [](T v) { return bits(v) & 0x7fff; };
  return std::abs(order(y) - order(T(truth))) <= 1;
}

// The number on which a reference of A computes. Exact ones take elements.
template <class T> auto reference_number(T x) {
  if constexpr (is_float16<T>) return static_cast<double>(number(x));
  else return static_cast<wider<T>>(x);
}
template <class A, class R> R slope_of(const A& act, R x) {
  if constexpr (exact<A>) return row<A>::gradient(act, x, R(1));
  else return row<A>::slope(act, x);
}

template <class T> bool same_number(T a, T b) { return same_bits(a, b) || (is_nan(a) && is_nan(b)); }

// Whether a reference of A has the bits of results T. Those of 16-bit floats that are rounded correctly have
// no such reference here: unit tests try all of them.
template <class A, class T>
constexpr bool has_exact_reference = exact<A> && !(is_float16<T> && relu::has_fast_tier<A, float>);

// The exact result, rounded once more where elements are computed as float.
template <class T, class A> T value_of(const A& act, T x) {
  return static_cast<T>(expected_value(rounded<T>(act), number(x)));
}
template <class T, class A> T gradient_of(const A& act, T x, T dy) {
  return static_cast<T>(expected_gradient(rounded<T>(act), number(x), number(dy)));
}
template <class A, class T> bool agrees(T got, T expected, T x) {
  if constexpr (is_float16<T>) return same_number(got, expected);
  else return matches<A>(got, expected, x);
}

// Whether a smooth result is as close to the truth as its type allows.
template <class A, class T> bool is_close_value(const A&, T, T y, wider<T> truth) {
  if constexpr (is_float16<T>) return is_close16(y, static_cast<double>(truth));
  else return is_close(ulp_error(y, truth), y, truth, value_limit<A, T>);
}
template <class A, class T> bool is_close_slope(const A&, T x, T slope, wider<T> truth) {
  if constexpr (is_float16<T>) return is_close16(slope, static_cast<double>(truth));
  else return is_close(slope_error<A>(slope, truth, x), slope, truth, slope_limit<A, T>);
}

template <class A, class T> void check_value(const A& act, T x, T y) {
  if constexpr (has_exact_reference<A, T>) {
    const T expected = value_of(act, x);
    if (!agrees<A>(y, expected, x))
      finding("x = %s: y = %s, expected %s", show(x).c_str(), show(y).c_str(), show(expected).c_str());
  } else {
    const auto truth = static_cast<wider<T>>(row<A>::value(act, reference_number(x)));
    if (!is_close_value(act, x, y, truth))
      finding("x = %s: y = %s is not close to %.20Lg", show(x).c_str(), show(y).c_str(),
              static_cast<long double>(truth));
    T alone;
    relu::forward(act, std::span(&x, 1), std::span(&alone, 1));
    if (!same_number(y, alone))
      finding("x = %s: y = %s, but %s in a call of one element", show(x).c_str(), show(y).c_str(),
              show(alone).c_str());
  }
}

template <class A, class T> void check_gradient(const A& act, T x, T dy, T dx) {
  const auto shown = [&] { return "x = " + show(x) + ", dy = " + show(dy) + ": dx = " + show(dx); };
  if constexpr (has_exact_reference<A, T>) {
    const T expected = gradient_of(act, x, dy);
    if (!agrees<A>(dx, expected, x)) finding("%s, expected %s", shown().c_str(), show(expected).c_str());
  } else { // the slope is the result for dy = 1; backward multiplies every other dy by it
    const auto truth = static_cast<wider<T>>(slope_of(act, reference_number(x)));
    const T one = static_cast<T>(1);
    T slope, expected;
    relu::backward(act, std::span(&one, 1), std::span(&x, 1), std::span(&slope, 1));
    if (!is_close_slope(act, x, slope, truth))
      finding("x = %s: slope = %s is not close to %.20Lg", show(x).c_str(), show(slope).c_str(),
              static_cast<long double>(truth));
    if constexpr (is_float16<T>) // the product of an unrounded slope
      relu::backward(act, std::span(&dy, 1), std::span(&x, 1), std::span(&expected, 1));
    else expected = is_zero(slope) ? T(0) : slope * dy;
    if (!same_number(dx, expected)) finding("%s, expected %s", shown().c_str(), show(expected).c_str());
  }
}

// The result of backward, which check_gradient checks, is added to what dx was before. The sum of 16-bit
// floats is that of floats, rounded once.
template <class A, class T> void check_sum(const A& act, T x, T dy, T before, T dx) {
  T expected;
  if constexpr (is_float16<T> && has_exact_reference<A, T>)
    expected = static_cast<T>(number(before) + expected_gradient(rounded<T>(act), number(x), number(dy)));
  else if constexpr (is_float16<T>) {
    expected = before;
    relu::backward_accumulate(act, std::span(&dy, 1), std::span(&x, 1), std::span(&expected, 1));
  } else {
    T term;
    relu::backward(act, std::span(&dy, 1), std::span(&x, 1), std::span(&term, 1));
    expected = sum_of(before, term);
  }
  if (!same_number(dx, expected))
    finding("x = %s, dy = %s: dx = %s, expected %s: the sum with %s", show(x).c_str(), show(dy).c_str(),
            show(dx).c_str(), show(expected).c_str(), show(before).c_str());
}

// Whether the ranges differ and share an element.
bool overlap(range a, range b) { return a.at != b.at && a.at < b.at + b.size && b.at < a.at + a.size; }

template <class A, class T> void run(const call& c) {
  activation = &typeid(A);
  A act{};
  set(act, c.parameter);
  arena<T> memory(c);
  const auto x = memory.at(c.x), dy = memory.at(c.dy), out = memory.at(c.out);

  const bool backwards = c.what == call_backward;
  const bool refused = backwards
                           ? memory.refuses({c.x, c.dy, c.out}, [&] { backward<A, T>(c, act, dy, x, out); })
                           : memory.refuses({c.x, c.out}, [&] { forward<A, T>(c, act, x, out); });
  const auto bad = [&](range in) { return in.size != c.out.size || overlap(in, c.out); };
  const bool to_refuse = bad(c.x) || (backwards && bad(c.dy)) || !usable(act);
  if (refused != to_refuse) finding(refused ? "a correct call was refused" : "a wrong call was not refused");

  if (!refused)
    for (std::size_t i = 0; i < c.out.size; ++i) {
      if (backwards && c.accumulate)
        check_sum(act, memory.before(c.x, i), memory.before(c.dy, i), memory.before(c.out, i), out[i]);
      else if (backwards) check_gradient(act, memory.before(c.x, i), memory.before(c.dy, i), out[i]);
      else check_value(act, memory.before(c.x, i), out[i]);
    }
  memory.check_untouched_but(refused ? range{} : c.out);
}

// The bytes of a mask, between guard bytes.
class mask_memory {
public:
  explicit mask_memory(const call& c) : size_(c.out.size + c.wrong_mask), bytes_((size_ + 7) / 8 + 16) {
    pool values(c);
    for (std::byte& b : bytes_) b = static_cast<std::byte>(values.next<std::int8_t>());
    before_ = bytes_;
  }
  relu::bitmask_span bits() { return {std::span(bytes_).subspan(8, bytes_.size() - 16), size_}; }
  bool before(std::size_t i) const { return std::to_integer<unsigned>(before_[8 + i / 8]) >> i % 8 & 1; }

  void check_untouched(bool all) const {
    for (std::size_t i = 0; i < bytes_.size(); ++i)
      if ((all || i < 8 || i >= bytes_.size() - 8) && bytes_[i] != before_[i])
        finding("byte %zu of the mask was written", i);
  }

private:
  std::size_t size_;
  std::vector<std::byte> bytes_, before_;
};

template <class A, class T> void run_masked(const call& c) {
  activation = &typeid(A);
  A act{};
  set(act, c.parameter);
  arena<T> memory(c);
  mask_memory mask(c);
  const std::span<const T> x = memory.at(c.x);
  const std::span<T> out = memory.at(c.out);
  const bool backwards = c.what == call_backward;
  std::size_t active = 0;
  const bool refused = memory.refuses({c.x, c.out}, [&] {
    const subnormals_off mode(may_be_off<A>(c) && !(backwards && c.accumulate));
    if (backwards && c.accumulate) relu::backward_accumulate(act, x, mask.bits(), out);
    else if (backwards) relu::backward(act, x, mask.bits(), out, c.how);
    else active = relu::forward(act, x, out, mask.bits(), c.how);
  });
  const bool to_refuse = c.x.size != c.out.size || overlap(c.x, c.out) || c.wrong_mask || !usable(act) ||
                         (backwards && !mask_decides(act));
  if (refused != to_refuse) finding(refused ? "a correct call was refused" : "a wrong call was not refused");

  if (!refused) {
    // an inactive and an active input
    using C = computed<T>;
    constexpr C least = is_float<C> ? -std::numeric_limits<C>::infinity() : std::numeric_limits<C>::min();
    const A in_type = rounded<T>(act);
    const C off = row<A>::active(in_type, least) ? C(0) : least;
    constexpr C on = is_float<C> ? std::numeric_limits<C>::quiet_NaN() : std::numeric_limits<C>::max();
    std::size_t expected = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const T in = memory.before(c.x, i);
      if (!backwards) {
        check_value(act, in, out[i]);
        expected += row<A>::active(in_type, number(in));
        if (mask.bits().test(i) != row<A>::active(in_type, number(in)))
          finding("x = %s: its bit in the mask is wrong", show(in).c_str());
        continue;
      }
      const C dy = number(in);
      C want = mask.before(i) && !is_float<C> ? dy : row<A>::gradient(act, mask.before(i) ? on : off, dy);
      if (c.accumulate) want = sum_of(number(memory.before(c.out, i)), want);
      if (!same_number(out[i], static_cast<T>(want)))
        finding("bit %d, dy = %s: dx = %s, expected %s", mask.before(i), show(in).c_str(),
                show(out[i]).c_str(), show(static_cast<T>(want)).c_str());
    }
    if (active != expected) finding("%zu active elements, expected %zu", active, expected);
  }
  mask.check_untouched(refused || backwards);
  memory.check_untouched_but(refused ? range{} : c.out);
}

// Compresses into the output, whose size is the capacity.
template <class A, class T> void run_compress(const call& c) {
  activation = &typeid(A);
  A act{};
  set(act, c.parameter);
  arena<T> memory(c);
  const std::span<const T> x = memory.at(c.x);
  const std::span<T> values = memory.at(c.out);
  std::vector<std::uint32_t> indices(c.out.size);
  std::vector<T> y(x.size());
  if (usable(act)) relu::forward(act, x, y);
  std::size_t expected = 0, found = 0;
  for (const T v : y) expected += !is_zero(v);
  const bool refused = memory.refuses({c.x, c.out}, [&] { found = relu::compress(act, x, values, indices); });
  const bool apart =
      c.x.size == 0 || c.out.size == 0 || c.x.at + c.x.size <= c.out.at || c.out.at + c.out.size <= c.x.at;
  const bool to_refuse = !apart || !usable(act) || expected > c.out.size;
  if (refused != to_refuse) finding(refused ? "a correct call was refused" : "a wrong call was not refused");
  if (!refused) {
    if (found != expected) finding("%zu values, expected %zu", found, expected);
    for (std::size_t i = 0, k = 0; i < y.size(); ++i) {
      if (is_zero(y[i])) continue;
      if (indices[k] != i || !same_number(values[k], y[i]))
        finding("value %zu is %s at index %u, expected %s at index %zu", k, show(values[k]).c_str(),
                indices[k], show(y[i]).c_str(), i);
      ++k;
    }
  }
  memory.check_untouched_but(refused ? range{} : c.out);
}

template <class T> void run_count(const call& c) {
  arena<T> memory(c);
  const std::span<const T> x = memory.at(c.x);
  std::size_t zeros = 0;
  double share = 0;
  const bool refused = memory.refuses({c.x}, [&] {
    const subnormals_off mode(c.subnormals_off);
    zeros = relu::count_zeros(x);
    share = relu::sparsity(x);
  });
  if (refused) finding("a correct call was refused");
  const auto expected = static_cast<std::size_t>(std::count_if(x.begin(), x.end(), is_zero<T>));
  if (zeros != expected) finding("%zu zeros, expected %zu", zeros, expected);
  if (share != (x.empty() ? 0 : static_cast<double>(expected) / static_cast<double>(x.size())))
    finding("sparsity is %.17g", share);
  memory.check_untouched_but({});
}

// Converts from float to T, or back in the short form.
template <class From, class To> void run_convert(const call& c) {
  element = &typeid(From);
  arena<From> from(c);
  arena<To> to(c);
  const std::span<const From> x = from.at(c.x);
  const std::span<To> y = to.at(c.out);
  bool refused = false;
  to.refuses({c.out}, [&] {
    refused = from.refuses({c.x}, [&] {
      const subnormals_off mode(c.subnormals_off);
      relu::convert(x, y, c.how);
    });
  });
  if (refused != (c.x.size != c.out.size))
    finding(refused ? "a correct call was refused" : "a wrong call was not refused");
  if (!refused)
    for (std::size_t i = 0; i < y.size(); ++i) {
      const auto expected = static_cast<To>(from.before(c.x, i));
      if (!same_bits(y[i], expected))
        finding("convert: x = %s: y = %s, expected %s", show(x[i]).c_str(), show(y[i]).c_str(),
                show(expected).c_str());
    }
  from.check_untouched_but({});
  to.check_untouched_but(refused ? range{} : c.out);
}

// Whether q may stand for f(v), which has rounding errors.
template <class T> bool may_be(T q, double value, const relu::quantization& by) {
  using limits = std::numeric_limits<T>;
  if (std::isnan(value)) return q == by.zero_point;
  const double quotient = std::clamp(value / by.scale, -1e6, 1e6),
               error = 0.500001 + 1e-6 * std::abs(quotient);
  const double least = quotient - error + by.zero_point, most = quotient + error + by.zero_point;
  return std::clamp<double>(least, limits::min(), limits::max()) <= q &&
         std::clamp<double>(most, limits::min(), limits::max()) >= q;
}

// A quantization, seldom one that calls refuse.
template <class T> relu::quantization quantization_of(const call& c, std::size_t number) {
  constexpr double scales[]{0.1f, 0.0625, 1, 0.3, 1.0 / 3, 0.2, 1e-5, 1000};
  const std::uint8_t byte = number < c.pool.size() ? c.pool[number] : 0;
  const double scale = number == 0 && c.subnormals_off ? c.parameter : scales[byte % std::size(scales)];
  return {scale, std::numeric_limits<T>::min() - c.wrong_mask + byte};
}

// With a table, or if there is no mask directly from the activation.
template <class A, class In, class Out> void run_quantized(const call& c) {
  activation = &typeid(A);
  element = &typeid(In);
  A act{};
  set(act, c.parameter);
  const auto of_x = quantization_of<In>(c, 0), of_y = quantization_of<Out>(c, 1);
  arena<std::uint8_t> memory(c); // both types: ranges may overlap
  const auto bytes_of_x = memory.at(c.x), bytes_of_y = memory.at(c.out);
  const std::span<const In> x{reinterpret_cast<const In*>(bytes_of_x.data()), c.x.size};
  const std::span<Out> y{reinterpret_cast<Out*>(bytes_of_y.data()), c.out.size};
  const bool in_place = std::is_same_v<In, Out> && c.in_short && c.x.at == c.out.at && c.x.size == c.out.size;
  const bool refused = memory.refuses({c.x, c.out}, [&] {
    if (c.masked) {
      const relu::lookup_table<In, Out> table{act, of_x, of_y};
      if constexpr (std::is_same_v<In, Out>)
        if (in_place) return relu::forward(table, y);
      relu::forward(table, x, y, c.how);
    } else relu::forward(act, relu::quantized{x, of_x}, relu::quantized{y, of_y}, c.how);
  });
  const auto valid = [](const relu::quantization& by, auto zero) {
    using limits = std::numeric_limits<decltype(zero)>;
    return by.scale > 0 && by.scale <= std::numeric_limits<double>::max() && by.zero_point >= limits::min() &&
           by.zero_point <= limits::max();
  };
  const bool to_refuse = c.x.size != c.out.size || overlap(c.x, c.out) || !usable(act) ||
                         !valid(of_x, In{}) || !valid(of_y, Out{});
  if (refused != to_refuse) finding(refused ? "a correct call was refused" : "a wrong call was not refused");
  if (!refused) {
    const relu::lookup_table<In, Out> table{act, of_x, of_y};
    for (std::size_t i = 0; i < y.size(); ++i) {
      const auto q = static_cast<In>(memory.before(c.x, i));
      if (y[i] != table(q)) finding("q = %d: %d, in a table %d", q, y[i], table(q));
      // The library computes some products more precisely than double. At a step of f that matters.
      const double v = (q - of_x.zero_point) * of_x.scale;
      const auto fits = [&](double at) { return may_be(y[i], row<A>::value(act, at), of_y); };
      if (!fits(v) && !fits(std::nextafter(v, -INFINITY)) && !fits(std::nextafter(v, INFINITY)))
        finding("q = %d, scales %a and %a, zero points %d and %d: %d, expected %g", q, of_x.scale, of_y.scale,
                of_x.zero_point, of_y.zero_point, y[i], row<A>::value(act, v) / of_y.scale + of_y.zero_point);
    }
  }
  memory.check_untouched_but(refused ? range{} : c.out);
}

// With relu::dispatch, RELU_ISA chooses the instruction set. If it is not set, the input chooses.
template <class... Arch> void choose_isa(std::uint8_t isa, relu::type_list<Arch...>) {
  if constexpr (relu::dispatched) {
    static const bool given = std::getenv("RELU_ISA") != nullptr;
    if (given) return;
    const char* const names[]{relu::isa_name<Arch>().data()...};
    setenv("RELU_ISA", names[isa % sizeof...(Arch)], 1);
#ifdef RELU_DISPATCH
    relu::kernels::choose();
#endif
  }
}

template <class T, class... A> void run_activation(const call& c, relu::type_list<A...>) {
  std::size_t i = c.activation % sizeof...(A);
  const auto try_one = [&]<class B>(relu::type_list<B>) {
    if (i-- != 0) return;
    if constexpr (relu::activation<B, T>) {
      if (c.what == call_forward && c.accumulate) return run_compress<B, T>(c);
    }
    constexpr bool maskable = relu::maskable_activation<B, T> && has_exact_reference<B, T>;
    if constexpr (maskable) c.masked ? run_masked<B, T>(c) : run<B, T>(c);
    else if constexpr (relu::activation<B, T>) run<B, T>(c);
    else run<relu::rectifier, T>(c); // the rectifier takes all element types
  };
  (try_one(relu::type_list<A>{}), ...);
}

template <class T> void run_element_of(const call& c) {
  element = &typeid(T);
  if (c.what == call_count_zeros) run_count<T>(c);
  else run_activation<T>(c, relu::activations{});
}

template <class... T> void run_element(const call& c, relu::type_list<T...>) {
  std::size_t i = c.element % sizeof...(T);
  const auto try_one = [&]<class U>(relu::type_list<U>) {
    if (i-- == 0) run_element_of<U>(c);
  };
  (try_one(relu::type_list<T>{}), ...);
}

template <class... A> void run_quantized_activation(const call& c, relu::type_list<A...>) {
  std::size_t i = c.activation % sizeof...(A);
  const auto try_one = [&]<class B>(relu::type_list<B>) {
    if (i-- != 0) return;
    switch (c.activation / sizeof...(A) % 4) {
    case 0:
      return run_quantized<B, std::int8_t, std::int8_t>(c);
    case 1:
      return run_quantized<B, std::int8_t, std::uint8_t>(c);
    case 2:
      return run_quantized<B, std::uint8_t, std::int8_t>(c);
    default:
      return run_quantized<B, std::uint8_t, std::uint8_t>(c);
    }
  };
  (try_one(relu::type_list<A>{}), ...);
}

template <class T> void run_conversion(const call& c) {
  c.in_short ? run_convert<T, float>(c) : run_convert<float, T>(c);
}

void run_operands(const call& c) {
  using relu::float16, relu::bfloat16;
  switch (operands_of(c.element)) {
  case operands::float16:
    return run_element_of<float16>(c);
  case operands::bfloat16:
    return run_element_of<bfloat16>(c);
  case operands::conversion:
    return c.masked ? run_conversion<float16>(c) : run_conversion<bfloat16>(c);
  case operands::quantized:
    return run_quantized_activation(c, relu::default_activations{});
  case operands::elements:
    return run_element(c, all_elements{});
  }
}

} // namespace

// AddressSanitizer calls this before it prints its own report.
extern "C" void __asan_on_error() { describe(); }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  current = read(data, size);
  choose_isa(current.isa, relu::dispatch_archs{});
  run_operands(current);
  return 0;
}
