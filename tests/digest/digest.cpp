// digest [upward | downward | toward_zero | flush]
//
// Prints one hash of all results of the exact activations and of prelu for a fixed set of inputs: all element
// types, parameters, public calls and lengths; of the smooth activations and conversions of 16-bit floats,
// which are rounded correctly; of fused inputs, gated units and matrices; and of the tables of quantised
// activations. The hash is a constant of this library. It is the same on every instruction set, byte order,
// compiler and setting.
//
// The argument makes the processor round differently: a rounding mode, or subnormals that are flushed to
// zero. Products then change, and they change everywhere in the same way. Other rounding modes leave out
// hard_sigmoid and the smooth activations, where this does not hold. Results of bfloat16 may be subnormal
// floats, so the flushed mode leaves out its activations that compute. Selected results do not change; they
// also have a hash of their own. The program needs no test framework, so it runs wherever the headers
// compile.
#include <algorithm>
#include <cfenv>
#include <cinttypes>
#include <common/activation_table.hpp>
#include <common/hash.hpp>
#include <cstdio>
#include <string>
#include <string_view>

#ifdef __SSE2__
#include <immintrin.h>
#endif

using namespace testing;

namespace {

// A change of results, inputs or activations changes these hashes. The program prints the new ones.
constexpr std::uint64_t selected = 0x62f7fc171d2700bf;
constexpr struct {
  const char* mode;
  std::uint64_t digest;
} expected[]{
    {"nearest", 0x7ff440c9ab284f0d},     {"upward", 0x3265ad1e24760ac1}, {"downward", 0x2b10495242c1b534},
    {"toward_zero", 0x7a1de3065060d0c3}, {"flush", 0x75a51d7262c39e57},
};

class recorder {
public:
  // Adds the results for inputs x. The processor chooses which NaN a product returns, so all NaN products
  // count as the same one.
  template <class A, class T> void add(const A& act, std::span<const T> x, std::span<const T> results) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const bool product = is_nonpositive(x[i]) || !row<A>::keeps_nan;
      add(act, product && is_nan(results[i]) ? ~std::uint64_t{0} : bits(results[i]));
    }
  }
  template <class A> void add(const A& act, std::uint64_t number) {
    row<A>::selects(act) ? add_selected(number) : add_computed(number);
  }
  void add_computed(std::uint64_t number) {
    all_.add(number);
    ++count_;
  }
  void add_selected(std::uint64_t number) {
    add_computed(number);
    selected_.add(number);
  }
  std::uint64_t all() const { return all_.value(); }
  std::uint64_t selected() const { return selected_.value(); }
  std::size_t count() const { return count_; }

private:
  hash all_, selected_;
  std::size_t count_ = 0;
};

// Records all public calls on x and dy, in pieces of every length, with both kinds of stores.
template <class A, class T>
void record(recorder& out, const A& act, const std::vector<T>& x, const std::vector<T>& dy) {
  std::vector<T> y(x.size()), in_place = x, dx(x.size()), masked = x, from_mask = x, sum = x, value, slope;
  std::size_t zeros = 0;
  for (std::size_t begin = 0, n = 0; begin < x.size(); begin += n, n = (n + 1) % (longest<T> + 1)) {
    n = std::min(n, x.size() - begin);
    const auto part = [=](auto& all) { return std::span(all).subspan(begin, n); };
    const relu::stores how = n % 2 == 0 ? relu::stores::cached : relu::stores::streaming;
    relu::forward(act, part(x), part(y), how);
    relu::forward(act, part(in_place));
    relu::backward(act, part(dy), part(x), part(dx), how);
    zeros += relu::count_zeros(part(y));
    std::vector<T> values(n);
    std::vector<std::uint32_t> indices(n);
    const std::size_t found = relu::compress(act, part(x), values, indices);
    for (std::size_t i = 0; i < found; ++i) {
      out.add(act, indices[i]);
      out.add(act, is_nan(values[i]) ? ~std::uint64_t{0} : bits(values[i]));
    }
    if constexpr (relu::maskable_activation<A, T>) {
      relu::bitmask mask(n);
      out.add(act, relu::forward(act, part(x), part(masked), mask, how));
      for (const std::byte b : mask.bytes()) out.add(act, std::to_integer<std::uint64_t>(b));
      if (mask_decides(act)) relu::backward(act, part(dy), mask, part(from_mask), how);
      if (mask_decides(act)) relu::backward_accumulate(act, part(dy), mask, part(sum));
    }
  }
  for (T v : x) {
    value.push_back(act.value(v));
    slope.push_back(act.slope(v));
  }
  for (const auto& results : {y, in_place, dx, masked, from_mask, value, slope})
    out.add<A, T>(act, x, results);
  for (const T s : sum) out.add_computed(is_nan(s) ? ~std::uint64_t{0} : bits(s));
  out.add(act, zeros);
}

template <class T, class... A> void record_all(recorder& out, relu::type_list<A...>) {
  constexpr std::size_t n =
      std::max<std::size_t>(3000, longest<T> * (longest<T> + 1) / 2); // 0 + 1 + ... + longest
  const std::vector<T> x = inputs<T>(n), dy = gradients<T>(n);
  const auto one = [&]<class B>(relu::type_list<B>) {
    if constexpr (requires { row<B>::to_nearest; })
      if (std::fegetround() != FE_TONEAREST) return;
    if constexpr (exact<B> && relu::activation<B, T>)
      for (const B& act : row<B>::samples) record(out, act, x, dy);
  };
  (one(relu::type_list<A>{}), ...);
}

// Numbers whose sums stay finite.
template <class T> std::vector<T> ordinary(std::size_t n, unsigned seed) {
  if constexpr (is_float16<T>) {
    const std::vector<std::int16_t> random = inputs<std::int16_t>(n, seed);
    std::vector<T> x;
    for (const std::int16_t r : random) x.push_back(T(static_cast<float>(r) / 64));
    return x;
  } else {
    std::vector<T> x = inputs<T>(n, seed);
    std::replace_if(
        x.begin(), x.end(), [](T v) { return is_nan(v) || std::abs(v) > T(1e6); }, T(-0.7));
    return x;
  }
}

// Records prelu and the gradient of its weights, with the channels in the last, a middle and the first
// dimension.
template <class T> void record_prelu(recorder& out) {
  const std::array<T, 3> weight{T(0.25), T(-1.5), T(0)};
  const std::vector<T> x = ordinary<T>(3000, 1), dy = ordinary<T>(3000, 2);
  std::vector<T> y(3000), dx(3000), dweight(3);
  for (const std::size_t plane : {std::size_t{1}, std::size_t{8}, std::size_t{1000}}) {
    const relu::prelu act{weight, plane};
    const std::size_t n = 3000 / (3 * plane) * (3 * plane);
    const auto part = [=](auto& all) { return std::span(all).first(n); };
    relu::forward(act, part(x), part(y));
    relu::backward(act, part(dy), part(x), part(dx), dweight);
    for (const std::span<const T> results :
         {part(std::as_const(y)), part(std::as_const(dx)), std::span(std::as_const(dweight))})
      for (const T v : results) out.add_computed(bits(v));
  }
}

// --- 16-bit floats ---

template <class T> T number16(std::size_t pattern) {
  return T::from_bits(static_cast<std::uint16_t>(pattern));
}

// Calls f(begin, n) for pieces of some lengths that cover n elements: less than a vector, tails, and loops.
template <class F> void in_pieces(std::size_t size, F f) {
  constexpr std::size_t lengths[]{1, 3, 7, 13, 16, 35, 64, 131, 1000, 4099};
  for (std::size_t begin = 0, n = 0, i = 0; begin < size; begin += n, ++i)
    n = std::min(lengths[i % std::size(lengths)], size - begin), f(begin, n);
}

// Converts all numbers of T to float, and floats that are ties of T or next to them to T.
template <class T> void record_conversions(recorder& out) {
  constexpr std::uint64_t last_bits[]{0,      1,      0x0fff, 0x1000, 0x1001, 0x2fff,
                                      0x3000, 0x7fff, 0x8000, 0x8001, 0xffff};
  std::vector<T> numbers, narrow(4 * 65536);
  std::vector<float> wide(65536), floats;
  for (std::size_t i = 0; i < 65536; ++i) numbers.push_back(number16<T>(i));
  for (std::size_t i = 0; i < narrow.size(); ++i)
    floats.push_back(from_bits<float>(i / 4 << 16 | last_bits[i % std::size(last_bits)]));
  const auto convert = [](const auto& x, auto& y) {
    in_pieces(x.size(), [&](std::size_t begin, std::size_t n) {
      const relu::stores how = n % 2 == 0 ? relu::stores::cached : relu::stores::streaming;
      relu::convert(std::span(x).subspan(begin, n), std::span(y).subspan(begin, n), how);
    });
  };
  convert(numbers, wide);
  convert(floats, narrow);
  for (const float y : wide) out.add_selected(bits(y));
  for (const T y : narrow) out.add_selected(bits(y));
  for (const T x : numbers) out.add_selected(bits(static_cast<float>(x)));
  for (const float x : floats) out.add_selected(bits(T(x)));
}

// Records the public calls of an exact activation on one number in `step`.
template <class T, class A> void record_exact16(recorder& out, const A& act, std::size_t step) {
  const bool selects = relu::only_selects<A> && row<A>::selects(act);
  const auto add_number = [&](std::uint64_t number) {
    selects ? out.add_selected(number) : out.add_computed(number);
  };
  const auto add = [&](T result) { // the processor chooses which NaN a product returns
    add_number(!selects && is_nan(result) ? ~std::uint64_t{0} : bits(result));
  };
  std::vector<T> x, dy;
  for (std::size_t i = 0; i < 65536; i += step) {
    x.push_back(number16<T>(i));
    dy.push_back(number16<T>(i * 40503 + 1)); // each number once, if step is 1
  }
  std::vector<T> y(x.size()), in_place = x, dx(x.size()), masked = x, from_mask = x, sum = x,
                              values(x.size());
  std::vector<std::uint32_t> indices(x.size());
  in_pieces(x.size(), [&](std::size_t begin, std::size_t n) {
    const auto part = [=](auto& all) { return std::span(all).subspan(begin, n); };
    const relu::stores how = n % 2 == 0 ? relu::stores::cached : relu::stores::streaming;
    relu::forward(act, part(x), part(y), how);
    relu::forward(act, part(in_place));
    relu::backward(act, part(dy), part(x), part(dx), how);
    const std::size_t found = relu::compress(act, part(x), values, indices);
    for (std::size_t i = 0; i < found; ++i) add_number(indices[i]), add(values[i]);
    add_number(relu::count_zeros(part(y)));
    if constexpr (relu::maskable_activation<A, T>) {
      relu::bitmask mask(n);
      add_number(relu::forward(act, part(x), part(masked), mask, how));
      for (const std::byte b : mask.bytes()) add_number(std::to_integer<std::uint64_t>(b));
      if (mask_decides(act)) relu::backward(act, part(dy), mask, part(from_mask), how);
      if (mask_decides(act)) relu::backward_accumulate(act, part(dy), mask, part(sum));
    }
  });
  for (const auto& results : {y, in_place, dx, masked, from_mask})
    for (const T result : results) add(result);
  for (const T s : sum) out.add_computed(is_nan(s) ? ~std::uint64_t{0} : bits(s));
  if constexpr (relu::only_selects<A>)
    for (const T v : x) add(act.value(v)), add(act.slope(v));
}

// Records the values and slopes of a smooth activation, which are rounded correctly.
template <class T, class A> void record_smooth16(recorder& out, const A& act) {
  std::vector<T> x, y(65536), dx(65536), values(65536);
  const std::vector<T> one(65536, T(1));
  std::vector<std::uint32_t> indices(65536);
  for (std::size_t i = 0; i < 65536; ++i) x.push_back(number16<T>(i));
  in_pieces(x.size(), [&](std::size_t begin, std::size_t n) {
    const auto part = [=](auto& all) { return std::span(all).subspan(begin, n); };
    relu::forward(act, part(x), part(y));
    relu::backward(act, part(one), part(x), part(dx));
    const std::size_t found = relu::compress(act, part(x), values, indices);
    for (std::size_t i = 0; i < found; ++i) out.add_computed(indices[i]), out.add_computed(bits(values[i]));
  });
  for (const T v : y) out.add_computed(bits(v));
  for (const T s : dx) out.add_computed(is_nan(s) ? ~std::uint64_t{0} : bits(s));
}

// `smooth`: also the smooth activations. `only_selected`: only the activations that select.
template <class T, class... A>
void record16(recorder& out, bool smooth, bool only_selected, relu::type_list<A...>) {
  record_conversions<T>(out);
  const auto one = [&]<class B>(relu::type_list<B>) {
    for (const B& act : row<B>::samples) {
      const bool first = &act == &row<B>::samples[0];
      if constexpr (requires { act.invalid_reason(); })
        if (act.invalid_reason()) continue;
      if constexpr (relu::has_fast_tier<B, float>) {
        if (smooth && first) record_smooth16<T>(out, act);
      } else if (!only_selected || row<B>::selects(act)) record_exact16<T>(out, act, first ? 1 : 8);
    }
  };
  (one(relu::type_list<A>{}), ...);
}

// --- what a layer does around an activation ---

// Records calls on fused inputs, gated units, and matrices with gaps between rows and between elements.
template <class T, class A> void record_layer(recorder& out, const A& act) {
  constexpr std::size_t rows = 13, columns = 77, n = rows * columns;
  const std::vector<T> x = ordinary<T>(4 * n, 3), up = ordinary<T>(n, 4), dy = ordinary<T>(n, 5),
                       bias = ordinary<T>(columns, 6);
  std::vector<T> y(n), dx(n), dup(n), dbias(columns);
  const auto add = [&](const std::vector<T>& results) {
    for (const T v : results) out.add_computed(bits(v));
  };
  for (const std::size_t gap : {1u, 2u}) {
    const relu::matrix_view<const T> m{x.data(), rows, columns, gap * (columns + 6), gap};
    if constexpr (relu::maskable_activation<A, T>) {
      relu::bitmask mask(n);
      out.add_computed(relu::forward(act, m, y, mask));
      for (const std::byte b : mask.bytes()) out.add_computed(std::to_integer<std::uint64_t>(b));
    }
    relu::forward(act, relu::sum{m, up}, y);
    add(y);
    relu::backward(act, dy, relu::biased{m, bias}, dx, dbias);
    add(dx), add(dbias);
    relu::forward(relu::gated{act}, relu::biased{m, bias}, up, y);
    add(y);
    relu::backward(relu::gated{act}, dy, m, up, dx, dup);
    add(dx), add(dup);
  }
}

// --- quantised elements ---

// The tables of all activations whose results are exact, which are the same in every mode.
template <class In, class Out, class... A> void record_tables(recorder& out, relu::type_list<A...>) {
  constexpr relu::quantization of_x{0.1, std::is_signed_v<In> ? 3 : 128},
      of_y{0.0625, std::is_signed_v<Out> ? -7 : 100};
  std::vector<In> x(256);
  std::vector<Out> y(256);
  for (std::size_t i = 0; i < 256; ++i) x[i] = static_cast<In>(i * 77 + 5);
  const auto add = [&] {
    for (const Out v : y) out.add_selected(bits(v));
  };
  const auto one = [&](const auto& act) {
    if constexpr (requires { act.invalid_reason(); })
      if (act.invalid_reason()) return;
    const relu::lookup_table<In, Out> table{act, of_x, of_y};
    in_pieces(x.size(), [&](std::size_t begin, std::size_t n) {
      const relu::stores how = n % 2 == 0 ? relu::stores::cached : relu::stores::streaming;
      relu::forward(table, std::span(x).subspan(begin, n), std::span(y).subspan(begin, n), how);
    });
    add();
    relu::forward(act, relu::quantized{x, of_x}, relu::quantized{y, of_y});
    add();
  };
  (std::for_each(row<A>::samples.begin(), row<A>::samples.end(), one), ...);
}

// The floating-point mode of the processor. The library must not change it.
struct mode {
  int rounding;
  unsigned long control; // contains FTZ and DAZ on x86, FZ on ARM

#if defined(__SSE2__)
  static unsigned long read() { return _mm_getcsr() & ~0x3fu; } // without the exception flags
  static void flush() { _mm_setcsr(_mm_getcsr() | 0x8040); }
  static constexpr bool can_flush = true;
#elif defined(__aarch64__)
  static unsigned long read() { return __builtin_aarch64_get_fpcr64(); }
  static void flush() { __builtin_aarch64_set_fpcr64(read() | 1ul << 24); }
  static constexpr bool can_flush = true;
#else
  static unsigned long read() { return 0; }
  static void flush() {}
  static constexpr bool can_flush = false;
#endif

  static mode now() { return {std::fegetround(), read()}; }
  friend bool operator==(const mode&, const mode&) = default;
};

// Returns whether the mode is set. std::fesetround may report success without setting it.
[[maybe_unused]] bool set_rounding(int to) { return std::fesetround(to) == 0 && std::fegetround() == to; }

// Sets the mode. Returns false where the platform does not have it.
bool enter(std::string_view name) {
  // 32-bit ARM converts 64-bit integers in software, always to nearest.
#if defined(FE_UPWARD) && !defined(__arm__)
  if (name == "upward") return set_rounding(FE_UPWARD);
  if (name == "downward") return set_rounding(FE_DOWNWARD);
  if (name == "toward_zero") return set_rounding(FE_TOWARDZERO);
#endif
  if (name == "flush") mode::flush();
  return name == "nearest" || (name == "flush" && mode::can_flush);
}

template <class... T> void record_elements(recorder& out, relu::type_list<T...>) {
  (record_all<T>(out, relu::activations{}), ...);
  record_prelu<float>(out);
  record_prelu<double>(out);
  record_layer<float>(out, relu::leaky_relu{});
  record_layer<double>(out, relu::leaky_relu{});
}

// Smooth activations of 16-bit floats round correctly to nearest. Numbers of bfloat16 may be subnormal
// floats, and a processor flushes a product before it rounds it or after that.
template <class... T> void record_elements16(recorder& out, std::string_view mode, relu::type_list<T...>) {
  const auto flushes = [&](auto number) {
    return mode == "flush" && std::is_same_v<decltype(number), relu::bfloat16>;
  };
  const auto smooth = [&](auto number) { return mode == "nearest" || (mode == "flush" && !flushes(number)); };
  (record16<T>(out, smooth(T{}), flushes(T{}), relu::default_activations{}), ...);
  (record_prelu<T>(out), ...);
  (record_layer<T>(out, relu::leaky_relu{}), ...);
  if (mode == "nearest") (record_layer<T>(out, relu::gelu{}), ...);
}

void record_quantized(recorder& out) {
  using exact_activations = relu::detail::extended_activations;
  record_tables<std::int8_t, std::int8_t>(out, exact_activations{});
  record_tables<std::int8_t, std::uint8_t>(out, exact_activations{});
  record_tables<std::uint8_t, std::int8_t>(out, exact_activations{});
  record_tables<std::uint8_t, std::uint8_t>(out, exact_activations{});
}

} // namespace

int main(int argc, char** argv) {
  const std::string_view name = argc > 1 ? argv[1] : "nearest";
  if (!enter(name)) return std::printf("skipped: this platform has no mode %s\n", name.data()), 77;
  const mode before = mode::now();
  recorder record;
  record_elements(record, all_elements{});
  record_elements16(record, name, relu::detail::float16_elements{});
  record_quantized(record);
  std::printf("%s, %s: digest %016" PRIx64 ", selected %016" PRIx64 ", %zu results\n",
              std::string(relu::isa()).c_str(), name.data(), record.all(), record.selected(), record.count());
  if (mode::now() != before) return std::puts("the library changed the floating-point mode"), 1;
  for (const auto& [mode, digest] : expected)
    if (name == mode && digest == record.all() && selected == record.selected()) return 0;
  return std::puts("the digests are not the expected ones"), 1;
}
