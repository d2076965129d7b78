// Turns the fuzzer's bytes into one call on matrices, with a fused input or of a gated unit. Compares what it
// writes with what separate calls on ranges write, and checks that it writes nothing else.
#include "header.hpp"

#include <array>
#include <common/reference.hpp>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

namespace {

using namespace testing;

enum what {
  forward,
  forward_mask,
  backward,
  accumulate,
  backward_dbias,
  gated_forward,
  gated_backward,
  calls
};
enum operand { out, out2, x, added, dy, up, operands };
constexpr std::size_t room = 2048; // for each operand
constexpr std::size_t memory_size = (operands + 1) * room;
enum fused { none, bias, residual, kinds };

// The place of a matrix in the memory, in elements.
struct layout {
  std::size_t at, rows, columns, row_stride, column_stride;

  std::size_t size() const { return rows * columns; }
  std::size_t place_of(std::size_t i) const {
    return at + i / columns * row_stride + i % columns * column_stride;
  }
  // The elements are in the same places, in the same order.
  friend bool operator==(const layout& a, const layout& b) {
    bool same = a.size() == b.size();
    for (std::size_t i = 0; i < a.size() && same; ++i) same = a.place_of(i) == b.place_of(i);
    return same;
  }
  // One row ends before the next one begins, or one column before the next one.
  bool is_ordered() const {
    const auto ordered = [&](std::size_t n, std::size_t stride, std::size_t inner_n,
                             std::size_t inner_stride) {
      return (inner_n <= 1 || inner_stride != 0) && (n <= 1 || stride > (inner_n - 1) * inner_stride);
    };
    return size() == 0 || ordered(rows, row_stride, columns, column_stride) ||
           ordered(columns, column_stride, rows, row_stride);
  }
};

bool overlap(const layout& a, const layout& b) {
  std::array<bool, memory_size> taken{};
  for (std::size_t i = 0; i < a.size(); ++i) taken[a.place_of(i)] = true;
  for (std::size_t i = 0; i < b.size(); ++i)
    if (taken[b.place_of(i)]) return true;
  return false;
}
// The same, where the memory between the elements of a row counts as part of the row. A call may refuse this.
bool rows_overlap(const layout& a, const layout& b) {
  const auto filled = [](layout m) {
    if (m.rows > 1 && m.row_stride < m.column_stride)
      std::swap(m.row_stride, m.column_stride), std::swap(m.rows, m.columns);
    return layout{m.at, m.rows, (m.columns - 1) * m.column_stride + 1, m.row_stride, 1};
  };
  return a.size() != 0 && b.size() != 0 && overlap(filled(a), filled(b));
}

struct call {
  what name;
  fused input;
  std::uint8_t element, activation;
  bool out_is_range;
  relu::stores how;
  layout of[operands];
  std::size_t plane;
  std::span<const std::uint8_t> data;
};

// A place of its own, or that of another operand, or next to it.
layout place(header& in, operand which, const layout& shape, const layout* earlier) {
  layout m = shape;
  m.at = room * which + room / 2;
  const auto kind = in.next(), gap = in.next();
  switch (kind % 8) {
  case 0:
    m.row_stride = m.columns, m.column_stride = 1;
    break;
  case 1: // rows with gaps
    m.row_stride = m.columns + gap % 9, m.column_stride = 1;
    break;
  case 2: // elements with gaps
    m.column_stride = 1 + gap % 3, m.row_stride = m.columns * m.column_stride + gap / 3 % 3;
    break;
  case 3: // column by column
    m.row_stride = 1, m.column_stride = m.rows + gap % 4;
    break;
  case 4: // any strides
    m.row_stride = gap % 16, m.column_stride = gap / 16;
    break;
  default:
    if (which == out) break;
    m = earlier[kind / 8 % which];
    if (kind % 8 == 6) m.at += gap % 128;
    if (kind % 8 == 7) m.at -= gap % 128;
  }
  return m;
}

call read(const std::uint8_t* data, std::size_t size) {
  header in(data, size);
  call c{};
  c.name = static_cast<what>(in.next() % calls);
  c.input = static_cast<fused>(in.next() % kinds);
  if (c.name == backward_dbias) c.input = bias;
  c.element = in.next();
  c.activation = in.next();
  constexpr relu::stores hows[]{relu::stores::automatic, relu::stores::cached, relu::stores::streaming};
  c.how = hows[in.next() % std::size(hows)];
  const std::size_t rows = in.next() % 7, columns = in.next() % 70;
  const layout shape{0, rows, columns, columns, 1};
  for (std::size_t i = 0; i < operands; ++i) c.of[i] = place(in, static_cast<operand>(i), shape, c.of);
  const auto channels = in.next();
  c.plane = channels % 4 == 0 ? columns : 1 + channels / 64;
  if (c.input == bias) {
    const std::size_t n = channels % 4 == 0 ? rows : channels % 4 == 1 ? channels / 4 % 8 : columns / c.plane;
    c.of[added] = {c.of[added].at, 1, n, n, 1};
  }
  if (c.name == backward_dbias) c.of[out2] = {c.of[out2].at, 1, c.of[added].columns, c.of[added].columns, 1};
  c.out_is_range = in.next() % 2 == 1 && c.of[out].row_stride == columns && c.of[out].column_stride == 1;
  c.data = in.rest();
  return c;
}

[[noreturn]] void finding(const call& c, const char* what) {
  const char* const names[]{"forward",         "forward with a mask", "backward",      "backward_accumulate",
                            "backward, dbias", "gated forward",       "gated backward"};
  const char* const operand_names[]{"out", "out2", "x", "added", "dy", "up"};
  std::fprintf(stderr, "%s, input %d, element %d, activation %d, plane %zu, stores %d: %s\n", names[c.name],
               c.input, c.element, c.activation, c.plane, static_cast<int>(c.how), what);
  for (std::size_t i = 0; i < operands; ++i)
    std::fprintf(stderr, "  %-5s at %zu: %zu x %zu, strides %zu and %zu\n", operand_names[i], c.of[i].at,
                 c.of[i].rows, c.of[i].columns, c.of[i].row_stride, c.of[i].column_stride);
  std::abort();
}

bool reads(const call& c, operand i) {
  switch (i) {
  case x:
    return true;
  case added:
    return c.input != none;
  case dy:
    return c.name == backward || c.name == accumulate || c.name == backward_dbias || c.name == gated_backward;
  case up:
    return c.name == gated_forward || c.name == gated_backward;
  default:
    return false;
  }
}
bool writes_two(const call& c) { return c.name == gated_backward || c.name == backward_dbias; }

// What a correct call does, and what the library may do.
enum verdict { accepted, refused, either };
verdict verdict_of(const call& c) {
  verdict result = accepted;
  const auto must = [&](bool refuse) {
    if (refuse) result = refused;
  };
  const auto may = [&](bool refuse) {
    if (refuse && result == accepted) result = either;
  };
  const auto apart = [&](operand a, operand b) {
    must(overlap(c.of[a], c.of[b]));
    may(rows_overlap(c.of[a], c.of[b]));
  };
  const auto same_or_apart = [&](operand a, operand b) {
    if (!(c.of[a] == c.of[b])) apart(a, b);
  };
  must(!c.of[out].is_ordered());
  if (writes_two(c)) must(!c.of[out2].is_ordered()), apart(out, out2);
  for (const operand i : {x, added, dy, up}) {
    if (!reads(c, i)) continue;
    must(!c.of[i].is_ordered());
    if (i == added && c.input == bias) apart(out, i);
    else same_or_apart(out, i);
    if (c.name == backward_dbias || (c.name == gated_backward && i == added && c.input == bias))
      apart(out2, i);
    else if (c.name == gated_backward) same_or_apart(out2, i);
  }
  const std::size_t sample = c.of[added].columns * c.plane;
  if (c.input == bias && c.of[x].size() != 0) must(sample == 0 || c.of[x].size() % sample != 0);
  return result;
}

// The activation of a user.
struct square {
  template <relu::floating V> V value(V v) const { return v * v; }
  template <relu::floating V> V slope(V v) const { return v + v; }
};

template <class T> T sum_of(T a, T b) {
  if constexpr (is_float16<T>) return T(static_cast<float>(a) + static_cast<float>(b));
  else if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<unsigned>(a) + static_cast<unsigned>(b));
  else return a + b;
}
template <class T> T product_of(T a, T b) {
  if constexpr (is_float16<T>) return T(static_cast<float>(a) * static_cast<float>(b));
  else return a * b;
}

template <class T> struct memory {
  std::vector<T> all;

  explicit memory(const call& c) : all(memory_size) {
    std::uint8_t state = 17;
    for (std::size_t i = 0; i < all.size(); ++i) {
      state = static_cast<std::uint8_t>(5 * state + (c.data.empty() ? 1 : c.data[i % c.data.size()]));
      all[i] = number(state);
    }
  }
  // A small number, or one that is special.
  static T number(std::uint8_t b) {
    if constexpr (std::is_integral_v<T>) return static_cast<T>(b);
    else {
      if (b == 255) return static_cast<T>(std::numeric_limits<float>::infinity());
      if (b == 254) return static_cast<T>(std::numeric_limits<float>::quiet_NaN());
      if (b == 253) return static_cast<T>(-0.0f);
      return static_cast<T>(static_cast<float>(b - 126) / 16);
    }
  }
  std::vector<T> read(const layout& m) const {
    std::vector<T> dense;
    for (std::size_t i = 0; i < m.size(); ++i) dense.push_back(all[m.place_of(i)]);
    return dense;
  }
  void write(const layout& m, const std::vector<T>& dense) {
    for (std::size_t i = 0; i < dense.size(); ++i) all[m.place_of(i)] = dense[i];
  }
  relu::matrix_view<T> view(const layout& m) {
    return {all.data() + m.at, m.rows, m.columns, m.row_stride, m.column_stride};
  }
  std::span<T> range(const layout& m) { return std::span(all).subspan(m.at, m.size()); }
};

// Calls f with the input of the call.
template <class T, class F> void with_input(const call& c, memory<T>& m, F f) {
  const relu::matrix_view<const T> in{m.all.data() + c.of[x].at, c.of[x].rows, c.of[x].columns,
                                      c.of[x].row_stride, c.of[x].column_stride};
  if (c.input == bias) f(relu::biased{in, m.range(c.of[added]), c.plane});
  else if (c.input == residual) f(relu::sum{in, m.view(c.of[added])});
  else f(in);
}
template <class T, class F> void with_output(const call& c, memory<T>& m, F f) {
  c.out_is_range ? f(m.range(c.of[out])) : f(m.view(c.of[out]));
}

template <class A, class T> void run_call(const call& c, const A& act, memory<T>& m, relu::bitmask& mask) {
  with_input(c, m, [&](const auto& in) {
    if (c.name == forward) with_output(c, m, [&](auto y) { relu::forward(act, in, y, c.how); });
    if (c.name == backward)
      with_output(c, m, [&](auto dx) { relu::backward(act, m.view(c.of[dy]), in, dx, c.how); });
    if (c.name == accumulate) relu::backward_accumulate(act, m.view(c.of[dy]), in, m.view(c.of[out]));
    if constexpr (relu::maskable_activation<A, T>)
      if (c.name == forward_mask) relu::forward(act, in, m.view(c.of[out]), mask, c.how);
    if constexpr (relu::real_element<T>) {
      if (c.name == gated_forward)
        with_output(c, m, [&](auto y) { relu::forward(relu::gated{act}, in, m.view(c.of[up]), y, c.how); });
      if (c.name == gated_backward)
        relu::backward(relu::gated{act}, m.view(c.of[dy]), in, m.view(c.of[up]), m.view(c.of[out]),
                       m.view(c.of[out2]));
      if constexpr (requires { in.bias(); })
        if (c.name == backward_dbias)
          relu::backward(act, m.view(c.of[dy]), in, m.view(c.of[out]), m.range(c.of[out2]), c.how);
    }
  });
}

// The same by separate calls on ranges.
template <class A, class T>
void run_reference(const call& c, const A& act, memory<T>& m, relu::bitmask& mask) {
  const std::size_t n = c.of[x].size();
  std::vector<T> in = m.read(c.of[x]), y(n), dx(n), dup(n);
  const std::vector<T> more = m.read(c.of[added]);
  for (std::size_t i = 0; i < n && c.input != none; ++i)
    in[i] = sum_of(in[i], c.input == bias ? more[i / c.plane % more.size()] : more[i]);
  const std::vector<T> gradient = m.read(c.of[dy]), other = m.read(c.of[up]);
  if (c.name == forward || c.name == gated_forward) relu::forward(act, in, y);
  if constexpr (relu::maskable_activation<A, T>)
    if (c.name == forward_mask) relu::forward(act, in, y, mask);
  if (c.name == backward || c.name == backward_dbias) relu::backward(act, gradient, in, dx);
  if (c.name == accumulate) dx = m.read(c.of[out]), relu::backward_accumulate(act, gradient, in, dx);
  if constexpr (relu::real_element<T>) {
    if (c.name == gated_forward)
      for (std::size_t i = 0; i < n; ++i) y[i] = product_of(y[i], other[i]);
    if (c.name == gated_backward) {
      std::vector<T> to_gate(n);
      relu::forward(act, in, y);
      for (std::size_t i = 0; i < n; ++i) {
        dup[i] = product_of(y[i], gradient[i]);
        to_gate[i] = product_of(gradient[i], other[i]);
      }
      relu::backward(act, to_gate, in, dx);
      m.write(c.of[out2], dup);
    }
    if (c.name == backward_dbias) {
      std::vector<double> sums(more.size());
      for (std::size_t i = 0; i < n; ++i)
        sums[i / c.plane % more.size()] += static_cast<double>(static_cast<float>(dx[i]));
      std::vector<T> dbias;
      for (const double s : sums) dbias.push_back(static_cast<T>(s));
      m.write(c.of[out2], dbias);
    }
  }
  m.write(c.of[out], c.name == forward || c.name == forward_mask || c.name == gated_forward ? y : dx);
}

template <class T, class A> void run(const call& c, const A& act) {
  if constexpr (!relu::real_element<T>)
    if (c.name >= backward_dbias) return;
  if constexpr (!relu::maskable_activation<A, T>)
    if (c.name == forward_mask) return;
  memory<T> got(c);
  memory<T> want = got;
  relu::bitmask mask(c.of[x].size()), want_mask(c.of[x].size());
  bool was_refused = false;
  try {
    run_call(c, act, got, mask);
  } catch (const std::invalid_argument&) {
    was_refused = true;
  }
  const verdict expected = verdict_of(c);
  if (expected == accepted && was_refused) finding(c, "a correct call was refused");
  if (expected == refused && !was_refused) finding(c, "a wrong call was not refused");
  if (!was_refused) run_reference(c, act, want, want_mask);
  if (mask != want_mask) finding(c, "a wrong mask");
  for (std::size_t i = 0; i < got.all.size(); ++i)
    if (!same_bits(got.all[i], want.all[i]) && !(is_nan(got.all[i]) && is_nan(want.all[i]))) {
      std::fprintf(stderr, "element %zu is %g, but should be %g\n", i,
                   static_cast<double>(static_cast<float>(got.all[i])),
                   static_cast<double>(static_cast<float>(want.all[i])));
      finding(c, "a wrong result, or a write outside the outputs");
    }
}

template <class T> void run_element(const call& c) {
  const bool exact = c.name == backward_dbias; // so that the order of the sums does not matter
  if constexpr (relu::real_element<T>) {
    if (c.activation % 3 == 0) return run<T>(c, square{});
    if (c.activation % 3 == 1 && !exact) return run<T>(c, relu::silu{});
  }
  run<T>(c, relu::rectifier{});
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const call c = read(data, size);
  switch (c.element % 3) {
  case 0:
    run_element<float>(c);
    break;
  case 1:
    run_element<relu::bfloat16>(c);
    break;
  default:
    run_element<std::int8_t>(c);
  }
  return 0;
}
