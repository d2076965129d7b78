// digest [upward | downward | toward_zero | flush]
//
// Prints one hash of all results of the exact activations and of prelu for a fixed set of inputs: all element
// types, parameters, public calls and lengths. The hash is a constant of this library. It is the same on
// every instruction set, byte order, compiler and setting.
//
// The argument makes the processor round differently: a rounding mode, or subnormals that are flushed to
// zero. Products then change, and they change everywhere in the same way. (hard_sigmoid is the exception, so
// other rounding modes leave it out.) Selected results do not change; they also have a hash of their own. The
// program needs no test framework, so it runs wherever the headers compile.
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
constexpr std::uint64_t selected = 0xae9357caa06ca933;
constexpr struct {
  const char* mode;
  std::uint64_t digest;
} expected[]{
    {"nearest", 0x3b6a7682bd7b2a9f},     {"upward", 0x72f470d4f242a506}, {"downward", 0xea2df222a0dca97c},
    {"toward_zero", 0x74b45ae11402ccdc}, {"flush", 0x2a9bd482b438b73e},
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
    add_computed(number);
    if (row<A>::selects(act)) selected_.add(number);
  }
  void add_computed(std::uint64_t number) {
    all_.add(number);
    ++count_;
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
template <class T> std::vector<T> ordinary(std::vector<T> x) {
  std::replace_if(
      x.begin(), x.end(), [](T v) { return is_nan(v) || std::abs(v) > T(1e6); }, T(-0.7));
  return x;
}

// Records prelu and the gradient of its weights, with the channels in the last, a middle and the first
// dimension.
template <class T> void record_prelu(recorder& out) {
  const std::array<T, 3> weight{T(0.25), T(-1.5), T(0)};
  const std::vector<T> x = ordinary(inputs<T>(3000)), dy = ordinary(gradients<T>(3000));
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

template <class... T> recorder record_elements(relu::type_list<T...>) {
  recorder out;
  (record_all<T>(out, relu::activations{}), ...);
  record_prelu<float>(out);
  record_prelu<double>(out);
  return out;
}

} // namespace

int main(int argc, char** argv) {
  const std::string_view name = argc > 1 ? argv[1] : "nearest";
  if (!enter(name)) return std::printf("skipped: this platform has no mode %s\n", name.data()), 77;
  const mode before = mode::now();
  const recorder record = record_elements(all_elements{});
  std::printf("%s, %s: digest %016" PRIx64 ", selected %016" PRIx64 ", %zu results\n",
              std::string(relu::isa()).c_str(), name.data(), record.all(), record.selected(), record.count());
  if (mode::now() != before) return std::puts("the library changed the floating-point mode"), 1;
  for (const auto& [mode, digest] : expected)
    if (name == mode && digest == record.all() && selected == record.selected()) return 0;
  return std::puts("the digests are not the expected ones"), 1;
}
