// Calls with an execution policy give the same bits and the same errors as calls without one. Only large
// calls use other threads.
#include "testing.hpp"
#include <relu/execution.hpp>

#include <catch2/catch_template_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <set>
#include <thread>

#if __has_include(<tbb/task_arena.h>)
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#endif

using namespace testing;

namespace {

// One type of each size, with kernels in relu::dispatch.
using precompiled_elements = relu::type_list<std::int8_t, std::int16_t, float, double>;

template <class F> void for_each_policy(F f) {
  f(std::execution::seq);
  f(std::execution::unseq);
  f(std::execution::par);
  f(std::execution::par_unseq);
}

// Where the arguments differ in more than the policy: one and several threads.
template <class F> void for_seq_and_par(F f) {
  f(std::execution::seq);
  f(std::execution::par);
}

// Calls f on 1, 2, 3 and 8 threads, also if the machine has fewer.
template <class F> void for_each_number_of_threads(F f) {
#if __has_include(<tbb/task_arena.h>)
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, 8);
  for (const int threads : {1, 2, 3, 8}) tbb::task_arena(threads).execute(f);
#else
  f();
#endif
}

// Inputs that contain all special values and whose adjacent elements differ.
template <class T> std::vector<T> repeated(std::size_t n, unsigned seed) {
  const std::vector<T> some = inputs<T>(997, seed);
  std::vector<T> all(n);
  for (std::size_t i = 0; i < n; ++i) all[i] = some[i % some.size()];
  return all;
}

// Collects the threads that compute something.
class witnesses {
public:
  // With `wait`, the first thread waits in here() for a second one, up to 30 seconds. Without that, it could
  // finish before another thread starts.
  explicit witnesses(bool wait) : limit_(wait ? 30 : 0) {}

  void here() {
    thread_local int seen_by = 0; // counts each thread once
    if (std::exchange(seen_by, number_) == number_) return;
    std::unique_lock lock(mutex_);
    threads_.insert(std::this_thread::get_id());
    changed_.notify_all();
    changed_.wait_for(lock, limit_, [&] { return threads_.size() > 1; });
  }
  std::size_t count() const { return threads_.size(); }
  bool only_this_thread() const { return threads_ == std::set{std::this_thread::get_id()}; }

private:
  static inline int last_ = 0;
  int number_ = ++last_;
  std::chrono::seconds limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::thread::id> threads_;
};

struct witnessed {
  witnesses* all;

  template <relu::numeric V> V value(V x) const { return all->here(), x; }
  template <relu::numeric V> V slope(V x) const { return all->here(), x; }
};

struct witnessed_mask : witnessed {
  template <relu::numeric V> auto active(V x) const { return all->here(), relu::math::is_active(x); }
};

} // namespace

TEMPLATE_LIST_TEST_CASE("calls with a policy give the same bits as on one thread", "[execution]",
                        precompiled_elements) {
  // enough for several parts, of which the last one is shorter
  constexpr std::size_t most = 2 * relu::detail::min_parallel_bytes / sizeof(TestType) + 333;
  const std::vector<TestType> x = repeated<TestType>(most, 1), dy = repeated<TestType>(most, 2);
  std::vector<TestType> y(most), dx(most), out(most);
  const relu::leaky_relu leaky;
  for (const std::size_t offset : {0u, 1u, 13u})
    for (const std::size_t n : {std::size_t{0}, std::size_t{5}, most / 3, most - offset}) {
      const auto part = [=](auto& all) { return std::span(all).subspan(offset, n); };
      const auto same = [&](const std::vector<TestType>& want) {
        return same_bits<TestType>(part(out), part(want));
      };
      for_seq_and_par([&](auto policy) {
        bool ok = true;
        for (const relu::stores how : {relu::stores::cached, relu::stores::streaming}) {
          relu::forward(part(x), part(y));
          relu::forward(policy, part(x), part(out), how);
          ok = ok && same(y);
          relu::forward(leaky, part(x), part(y));
          relu::forward(policy, leaky, part(x), part(out), how);
          ok = ok && same(y);
          relu::backward(part(dy), part(x), part(dx));
          relu::backward(policy, part(dy), part(x), part(out), how);
          ok = ok && same(dx);
          relu::backward_from_output(policy, part(dy), part(y), part(out), how); // y > 0 where x > 0
          ok = ok && same(dx);
          relu::backward(leaky, part(dy), part(x), part(dx));
          relu::backward(policy, leaky, part(dy), part(x), part(out), how);
          ok = ok && same(dx);
          relu::backward_from_output(policy, leaky, part(dy), part(y), part(out), how);
          ok = ok && same(dx);
        }
        out = x; // in place
        relu::forward(policy, leaky, part(out));
        ok = ok && same(y);
        ok = ok && relu::count_zeros(policy, part(x)) == relu::count_zeros(part(x));
        ok = ok && relu::sparsity(policy, part(x)) == relu::sparsity(part(x));
        relu::forward(part(x), part(y));
        out = x;
        relu::forward(policy, part(out));
        ok = ok && same(y);
        out = dy;
        relu::backward(policy, leaky, part(out), part(x), part(out));
        ok = ok && same(dx);
        y = x;
        relu::backward_accumulate(leaky, part(dy), part(x), part(y));
        out = x;
        relu::backward_accumulate(policy, leaky, part(dy), part(x), part(out));
        ok = ok && same(y);
        if (!ok) FAIL("n = " << n << ", offset = " << offset);
      });
    }
  SUCCEED();
}

TEMPLATE_LIST_TEST_CASE("prelu with a policy gives the same bits as on one thread", "[execution]",
                        floating_elements) {
  using T = TestType;
  constexpr std::size_t most = 2 * relu::detail::min_parallel_bytes / sizeof(T) + 4000;
  const std::vector<T> x = repeated<T>(most, 1), dy = repeated<T>(most, 2);
  std::vector<T> want(most), got(most);
  for (const auto& [channels, plane] : {std::pair<std::size_t, std::size_t>{1, 1},
                                        {3, 1},
                                        {64, 1},
                                        {1000, 1},
                                        {3, 7},
                                        {5, 1000},
                                        {2, 100000},
                                        {2, 16381}}) {
    const std::size_t n = most / (channels * plane) * (channels * plane);
    std::vector<T> weight(channels), dweight(channels), want_dweight(channels);
    for (std::size_t c = 0; c < channels; ++c) weight[c] = static_cast<T>(c % 7 + 1) / 4;
    const relu::prelu act{weight, plane};
    const auto first = [n](auto& all) { return std::span(all).first(n); };
    for (const relu::stores how : {relu::stores::cached, relu::stores::streaming}) {
      relu::forward(act, first(x), first(want));
      relu::forward(std::execution::par, act, first(x), first(got), how);
      CHECK(same_bits<T>(got, want));
      relu::backward(act, first(dy), first(x), first(want), want_dweight);
      relu::backward(std::execution::par, act, first(dy), first(x), first(got), dweight, how);
      CHECK((same_bits<T>(got, want) && same_bits<T>(dweight, want_dweight)));
      relu::backward_accumulate(act, first(dy), first(x), first(want));
      relu::backward_accumulate(std::execution::par, act, first(dy), first(x), first(got), dweight);
      CHECK((same_bits<T>(got, want) && same_bits<T>(dweight, want_dweight)));
    }
  }
}

TEST_CASE("16-bit floats with a policy give the same bits as on one thread", "[execution]") {
  const auto check = []<class T>(T, const auto& act) {
    std::vector<T> x;
    for (std::size_t i = 0; i < 2'000'003; ++i)
      x.push_back(T::from_bits(static_cast<std::uint16_t>(i * 40503)));
    std::vector<T> y(x.size()), same_y(x.size());
    for (const relu::stores how : {relu::stores::cached, relu::stores::streaming}) {
      relu::forward(act, x, y);
      relu::forward(std::execution::par, act, x, same_y, how);
      CHECK(std::memcmp(y.data(), same_y.data(), y.size() * sizeof(T)) == 0);
      relu::backward(act, x, x, y);
      relu::backward(std::execution::par, act, x, x, same_y, how);
      CHECK(std::memcmp(y.data(), same_y.data(), y.size() * sizeof(T)) == 0);
    }
  };
  check(relu::float16{}, relu::rectifier{});
  check(relu::bfloat16{}, relu::leaky_relu{});
  check(relu::bfloat16{}, relu::silu{});
}

TEST_CASE("matrices, fused inputs and gated units with a policy give the same bits as on one thread",
          "[execution]") {
  // Parts begin within rows, and within bytes of a row's bits.
  constexpr std::size_t rows = 611, columns = 997, stride = 1009;
  const std::vector<float> x = repeated<float>(rows * stride, 1), up = repeated<float>(rows * columns, 2),
                           dy = repeated<float>(rows * columns, 3), bias = repeated<float>(columns, 4);
  const relu::matrix_view<const float> gate{x.data(), rows, columns, stride};
  std::vector<float> want(rows * columns), got(rows * columns), dup(rows * columns), want_dup(rows * columns);
  relu::bitmask mask(rows * columns), want_mask(rows * columns);
  for_seq_and_par([&](auto policy) {
    relu::forward(relu::biased{gate, bias}, want, want_mask);
    relu::forward(policy, relu::biased{gate, bias}, got, mask);
    CHECK(same_bits<float>(got, want));
    CHECK(mask == want_mask);
    relu::forward(relu::silu{}, relu::sum{gate, up}, want);
    relu::forward(policy, relu::silu{}, relu::sum{gate, up}, got);
    CHECK(same_bits<float>(got, want));
    relu::forward(relu::swiglu{}, gate, up, want);
    relu::forward(policy, relu::swiglu{}, gate, up, got);
    CHECK(same_bits<float>(got, want));
    relu::backward(relu::swiglu{}, dy, gate, up, want, want_dup);
    relu::backward(policy, relu::swiglu{}, dy, gate, up, got, dup);
    CHECK(same_bits<float>(got, want));
    CHECK(same_bits<float>(dup, want_dup));
  });
}

TEST_CASE("convert with a policy gives the same bits as on one thread", "[execution]") {
  constexpr std::size_t n = 2 * relu::detail::min_parallel_bytes / sizeof(float) + 4001;
  const std::vector<float> x = repeated<float>(n, 1);
  const auto check = [&]<class T>(T) {
    for (const relu::stores how : {relu::stores::cached, relu::stores::streaming}) {
      std::vector<T> narrow(n), same_narrow(n);
      std::vector<float> wide(n), same_wide(n);
      relu::convert(x, narrow);
      relu::convert(std::execution::par, x, same_narrow, how);
      CHECK(std::memcmp(narrow.data(), same_narrow.data(), n * sizeof(T)) == 0);
      relu::convert(narrow, wide);
      relu::convert(std::execution::par, std::span(narrow).subspan(1), std::span(same_wide).subspan(1), how);
      CHECK(std::memcmp(wide.data() + 1, same_wide.data() + 1, (n - 1) * sizeof(float)) == 0);
    }
  };
  check(relu::float16{});
  check(relu::bfloat16{});
}

TEST_CASE("lookups with a policy give the same elements as on one thread", "[execution]") {
  constexpr std::size_t n = 2 * relu::detail::min_parallel_bytes + 4001;
  const relu::quantization q{0.1, 3};
  const relu::lookup_table<std::int8_t, std::uint8_t> table{relu::sigmoid{}, q, {0x1p-8, 0}};
  std::vector<std::int8_t> x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<std::int8_t>(static_cast<int>(i * i % 251) - 128);
  std::vector<std::uint8_t> want(n), got(n);
  relu::forward(table, x, want);
  for_each_policy([&](auto policy) {
    for (const relu::stores how : {relu::stores::cached, relu::stores::streaming}) {
      std::fill(got.begin(), got.end(), std::uint8_t{9});
      relu::forward(policy, table, x, got, how);
      CHECK((got == want));
      std::fill(got.begin(), got.end(), std::uint8_t{9});
      relu::forward(policy, relu::sigmoid{}, relu::quantized{x, q}, relu::quantized{got, {0x1p-8, 0}}, how);
      CHECK((got == want));
    }
  });
  std::vector<std::int8_t> in_place = x;
  relu::forward(std::execution::par, relu::quantized{in_place, q});
  bool same = true;
  for (std::size_t i = 0; i < n; ++i) same = same && in_place[i] == std::max<std::int8_t>(x[i], 3);
  CHECK(same);
}

TEST_CASE("parallel policies share large calls among threads", "[execution]") {
  if (std::thread::hardware_concurrency() < 2) SKIP("this machine has only one hardware thread");
  std::vector<float> x(2 * relu::detail::min_parallel_bytes / sizeof(float)), y(x.size());
  std::vector<std::uint32_t> indices(x.size()), offsets(x.size() / 1024 + 1);
  const auto check = [&](auto policy, bool shared) {
    // The first call that does not share ends the test: each such call waits for half a minute.
    const auto require_shares = [&](auto call) {
      witnesses all(shared);
      call(all);
      REQUIRE((shared ? all.count() > 1 : all.only_this_thread()));
    };
    require_shares([&](witnesses& all) { relu::forward(policy, witnessed{&all}, x, y); });
    require_shares([&](witnesses& all) { relu::backward(policy, witnessed{&all}, x, x, y); });
    require_shares([&](witnesses& all) { relu::backward_accumulate(policy, witnessed{&all}, x, x, y); });
    require_shares([&](witnesses& all) { relu::compress(policy, witnessed{&all}, x, y, indices); });
    require_shares(
        [&](witnesses& all) { relu::compress_rows(policy, witnessed{&all}, x, 1024, y, indices, offsets); });
    require_shares(
        [&](witnesses& all) { relu::unit_activity(64).update(policy, witnessed_mask{{&all}}, x); });
  };
  check(std::execution::par, true);
  check(std::execution::par_unseq, true);
  check(std::execution::seq, false);
  check(std::execution::unseq, false);
}

TEST_CASE("small calls stay on the calling thread", "[execution]") {
  std::vector<float> x(relu::detail::min_parallel_bytes / sizeof(float) / 2 - 1), y(x.size());
  witnesses all(false);
  relu::forward(std::execution::par, witnessed{&all}, x, y);
  CHECK(all.only_this_thread());
}

TEST_CASE("no two threads write to the same cache line", "[execution]") {
  std::vector<double> y(300000);
  for (const std::size_t offset : {0u, 1u, 7u, 8u}) {
    const std::span<double> out = std::span(y).subspan(offset);
    const std::vector<std::size_t> begins =
        relu::detail::parts_of(out.data(), out.size(), 2 * sizeof(double));
    CHECK(begins.front() == 0);
    CHECK(begins.back() == out.size());
    CHECK(begins.size() > 5);
    CHECK(std::adjacent_find(begins.begin(), begins.end(), std::greater_equal<>()) == begins.end());
    for (const std::size_t begin : std::span(begins).subspan(1, begins.size() - 2))
      CHECK(reinterpret_cast<std::uintptr_t>(out.data() + begin) % 64 == 0);
  }
}

TEST_CASE("a streaming call writes nothing after a short last part", "[execution]") {
  constexpr std::size_t part = relu::detail::part_bytes / (2 * sizeof(float)), line = 64 / sizeof(float);
  const std::vector<float> x = repeated<float>(8 * part + line, 1);
  std::vector<float> memory(x.size() + 2 * line);
  float* const aligned =
      memory.data() + line - reinterpret_cast<std::uintptr_t>(memory.data()) % 64 / sizeof(float);
  for (const std::size_t short_part : {1u, 5u, 15u}) {
    std::fill(memory.begin(), memory.end(), 77.0f);
    const std::size_t n = 8 * part + short_part;
    relu::forward(std::execution::par, std::span(x).first(n), std::span(aligned, n), relu::stores::streaming);
    CHECK(same_bits(aligned[n - 1], relu::relu(x[n - 1])));
    CHECK(std::count(aligned + n, aligned + n + line, 77.0f) == line);
  }
}

TEMPLATE_LIST_TEST_CASE("calls with a policy give the same masks", "[execution]", precompiled_elements) {
  using T = TestType;
  const std::size_t n = 1'500'001; // several parts of 256 KiB, and a mask whose last byte is not full
  const std::vector<T> x = repeated<T>(n, 1), dy = repeated<T>(n, 2);
  relu::bitmask want_mask(n);
  std::vector<T> want_y(n), want_dx(n), want_sum = x;
  const std::size_t want = relu::forward(x, want_y, want_mask);
  relu::backward(dy, want_mask, want_dx);
  relu::backward_accumulate(dy, want_mask, want_sum);
  for_seq_and_par([&](auto policy) {
    for (const std::size_t shift : {0u, 1u}) {
      relu::bitmask mask(n), only(n);
      std::vector<T> memory(n + 1), in_place = x, sum = x;
      const std::span out = std::span(memory).subspan(shift, n);
      CHECK(relu::forward(policy, x, out, mask) == want);
      CHECK((mask == want_mask && same_bits<T>(out, want_y)));
      CHECK(relu::mask_of(policy, x, only) == want);
      CHECK(only == want_mask);
      CHECK(relu::forward(policy, in_place, mask) == want);
      CHECK((mask == want_mask && same_bits<T>(in_place, want_y)));
      relu::backward(policy, dy, mask, out);
      CHECK(same_bits<T>(out, want_dx));
      relu::backward_accumulate(policy, dy, mask, sum);
      CHECK(same_bits<T>(sum, want_sum));
    }
    relu::bitmask small(n - 1);
    std::vector<T> y(n);
    CHECK_THROWS_AS(relu::forward(policy, x, y, small), std::invalid_argument);
  });
}

namespace {

// Room for the results of compress and compress_rows.
template <class T, class I> struct sparse_results {
  static constexpr T untouched = T(77);
  std::vector<T> values;
  std::vector<I> indices, offsets;

  explicit sparse_results(std::size_t room, std::size_t rows = 0)
      : values(room, untouched),
        indices(room, I(77)),
        offsets(rows + 1, I(77)) {}
  bool same(const sparse_results& other, std::size_t n) const {
    return same_bits<T>(std::span(values).first(n), std::span(other.values).first(n)) &&
           std::equal(indices.begin(), indices.begin() + static_cast<std::ptrdiff_t>(n),
                      other.indices.begin()) &&
           offsets == other.offsets;
  }
  bool intact() const {
    return std::all_of(values.begin(), values.end(), [](T v) { return same_bits(v, untouched); }) &&
           indices == std::vector<I>(indices.size(), I(77)) &&
           offsets == std::vector<I>(offsets.size(), I(77));
  }
};

// Compresses x with one thread and with a policy, into exactly the room that is needed, more and less.
template <class I, class A, class T> void check_compress(const A& act, std::span<const T> x) {
  const std::size_t count = relu::compressed_size(act, x);
  sparse_results<T, I> want(x.size());
  relu::compress(act, x, want.values, want.indices);
  INFO("n = " << x.size() << ", " << count << " are not zero");
  for (const std::size_t room : {count, (count + x.size()) / 2, x.size(), x.size() + 100}) {
    sparse_results<T, I> got(room);
    CHECK(relu::compress(std::execution::par, act, x, got.values, got.indices) == count);
    CHECK(got.same(want, count));
  }
  if (count == 0) return;
  sparse_results<T, I> less(count);
  const auto too_few = [count](auto& all) { return std::span(all).first(count - 1); };
  CHECK_THROWS_AS(relu::compress(std::execution::par, act, x, too_few(less.values), less.indices),
                  std::invalid_argument);
  CHECK_THROWS_AS(relu::compress(std::execution::par, act, x, less.values, too_few(less.indices)),
                  std::invalid_argument);
  CHECK(less.intact());
}

template <class I, class A, class T>
void check_compress_rows(const A& act, std::span<const T> x, std::size_t columns) {
  const std::size_t rows = x.size() / columns, count = relu::compressed_size(act, x);
  sparse_results<T, I> want(x.size(), rows), got(count, rows), less(count, rows);
  INFO(rows << " rows of " << columns);
  relu::compress_rows(act, x, columns, want.values, want.indices, want.offsets);
  CHECK(relu::compress_rows(std::execution::par, act, x, columns, got.values, got.indices, got.offsets) ==
        count);
  CHECK(got.same(want, count));
  const auto too_few = std::span(less.values).first(count - 1);
  CHECK_THROWS_AS(
      relu::compress_rows(std::execution::par, act, x, columns, too_few, less.indices, less.offsets),
      std::invalid_argument);
  CHECK(less.intact());
}

} // namespace

TEMPLATE_LIST_TEST_CASE("compress with a policy gives the results of one thread", "[execution]",
                        precompiled_elements) {
  using T = TestType;
  constexpr std::size_t part = relu::detail::part_bytes / sizeof(T);
  constexpr std::size_t least = relu::detail::min_parallel_bytes / sizeof(T);
  const std::vector<T> x = repeated<T>(2 * least + part + 1, 1), none(least + 5), all(least + 5, T(1));
  for (const std::size_t n :
       {std::size_t{0}, std::size_t{5}, least - 1, least, least + 1, least + part - 1, x.size()}) {
    check_compress<std::uint32_t>(relu::rectifier{}, std::span(x).first(n));
    check_compress<std::int64_t>(relu::rectifier{}, std::span(x).last(n));
  }
  check_compress<int>(relu::rectifier{}, std::span(none));
  check_compress<int>(relu::rectifier{}, std::span(all));
  for_each_number_of_threads([&] { check_compress<int>(relu::rectifier{}, std::span(x)); });
}

TEMPLATE_LIST_TEST_CASE("compress_rows with a policy gives the results of one thread", "[execution]",
                        precompiled_elements) {
  using T = TestType;
  const std::vector<T> x = repeated<T>(2 * relu::detail::min_parallel_bytes / sizeof(T) + 777, 1);
  const std::size_t longer_than_a_part = relu::detail::part_bytes / sizeof(T) + 12345;
  for (const std::size_t columns : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, longer_than_a_part}) {
    const auto whole_rows = std::span(x).first(x.size() / columns * columns);
    check_compress_rows<std::uint32_t>(relu::rectifier{}, whole_rows, columns);
    check_compress_rows<std::int64_t>(relu::rectifier{}, whole_rows, columns);
  }
  const auto whole_rows = std::span(x).first(x.size() / 700 * 700);
  for_each_number_of_threads([&] { check_compress_rows<int>(relu::rectifier{}, whole_rows, 700); });
}

TEST_CASE("compress with a policy takes compute-bound activations and your own", "[execution]") {
  std::vector<float> x = repeated<float>(700'000, 1);
  for (std::size_t i = 0; i < x.size(); i += 3) x[i] = 0;
  check_compress<std::uint32_t>(relu::gelu{}, std::span<const float>(x));
  check_compress_rows<int>(relu::gelu{}, std::span<const float>(x), 700);
  const auto cube = [](float v) { return v * v * v; };
  check_compress<std::uint32_t>(relu::scalar_activation{cube}, std::span<const float>(x));
  std::vector<float> values(1);
  std::vector<int> indices(1), offsets(4, 7);
  CHECK(relu::compress_rows(std::execution::par, std::span<float>{}, 0, values, indices, offsets) == 0);
  CHECK(offsets == std::vector<int>(4));
}

TEMPLATE_LIST_TEST_CASE("unit_activity with a policy counts as on one thread", "[execution]",
                        precompiled_elements) {
  using T = TestType;
  constexpr std::size_t least = relu::detail::min_parallel_bytes / sizeof(T);
  const std::vector<T> many = repeated<T>(9 * least + 4321, 1);
  for (const std::size_t units : {1u, 3u, 64u, 100u, 4097u}) {
    const auto x = std::span(many).first(many.size() / units * units);
    relu::bitmask mask(x.size());
    relu::mask_of(x, mask);
    relu::unit_activity want(units);
    want.update(x);
    want.update(relu::leaky_relu{}, x.first(units));
    want.update(mask);
    const auto check = [&](auto policy) {
      relu::unit_activity got(units);
      got.update(policy, x);
      got.update(policy, relu::leaky_relu{}, x.first(units));
      got.update(policy, mask);
      std::vector<std::uint64_t> counts(units), wanted(units);
      got.counts(counts);
      want.counts(wanted);
      CHECK((counts == wanted && got.samples() == want.samples()));
    };
    INFO(units << " units");
    for_seq_and_par(check);
    for_each_number_of_threads([&] { check(std::execution::par); });
    relu::unit_activity wrong(units + 1);
    CHECK_THROWS_AS(wrong.update(std::execution::par, x.first(units)), std::invalid_argument);
    CHECK_THROWS_AS(wrong.update(std::execution::par, relu::bitmask(units)), std::invalid_argument);
    CHECK_THROWS_AS(wrong.update(std::execution::par, relu::clipped_relu{-1}, std::span<const T>{}),
                    std::invalid_argument);
    CHECK(wrong.samples() == 0);
  }
}

TEST_CASE("a call without memory for its parts changes nothing", "[execution]") {
  struct total {
    std::size_t samples = 0;
    void merge(const total& other) { samples += other.samples; }
  };
  std::size_t made = 0;
  const auto make = [&] { return made++ == 1 ? throw std::bad_alloc() : total{}; };
  const auto add = [](total& to, std::size_t, std::size_t size) { to.samples += size; };
  const relu::detail::threads<std::execution::parallel_policy> threads{std::execution::par};
  const std::size_t bytes = 4 * relu::detail::min_parallel_bytes;
  total all{5};
  if (std::thread::hardware_concurrency() > 0) {
    CHECK_THROWS_AS(threads.run_merged(all, make, 1000, bytes, 100, add), std::bad_alloc);
    CHECK(all.samples == 5);
  }
  threads.run_merged(all, make, 1000, bytes, 100, add);
  CHECK(all.samples == 1005);
  threads.run_merged(all, make, 7, bytes, 1, add); // fewer elements than parts of that many bytes
  CHECK(all.samples == 1012);
}

TEST_CASE("every policy refuses wrong calls", "[execution]") {
  std::vector<float> x(1'000'000, -1), y(x.size() + 1, -1), before = x;
  for_each_policy([&](auto policy) {
    CHECK_THROWS_AS(relu::forward(policy, x, y), std::invalid_argument);
    CHECK_THROWS_AS(relu::backward(policy, x, y, y), std::invalid_argument);
    CHECK_THROWS_AS(relu::forward(policy, relu::clipped_relu{-1}, x), std::invalid_argument);
    const std::span all(x);
    CHECK_THROWS_AS(relu::forward(policy, all.first(999'999), all.last(999'999)), std::invalid_argument);
    CHECK(x == before);
  });
}

TEST_CASE("many threads can make the first call at the same time", "[execution]") {
  const std::vector<float> x = repeated<float>(100'000, 1);
  std::vector<std::vector<float>> y(8, std::vector<float>(x.size()));
  relu::process::streaming_threshold = 0; // as if nobody had called yet
#ifdef RELU_DISPATCH
  relu::kernels::chosen = 0;
#endif
  {
    std::latch all_there(static_cast<std::ptrdiff_t>(y.size()));
    std::vector<std::jthread> threads;
    for (auto& mine : y)
      threads.emplace_back([&] {
        all_there.arrive_and_wait();
        relu::forward(x, mine);
        relu::forward(std::execution::par, x, mine, relu::stores::streaming);
        (void)relu::streaming_threshold();
      });
  }
  for (const auto& mine : y) CHECK(same_bits<float>(mine, y.front()));
}
