// No call reads or writes a byte outside its ranges.
#include "testing.hpp"

#include <catch2/catch_template_test_macros.hpp>

#include <algorithm>
#include <sys/mman.h>
#include <unistd.h>

using namespace testing;

namespace {

// One page between two inaccessible pages. An access of one byte too far crashes the test.
class guarded_page {
public:
  guarded_page()
      : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))),
        base_(static_cast<std::byte*>(
            mmap(nullptr, 3 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    REQUIRE(base_ != MAP_FAILED);
    REQUIRE(mprotect(base_ + page_, page_, PROT_READ | PROT_WRITE) == 0);
  }
  ~guarded_page() { munmap(base_, 3 * page_); }
  guarded_page(const guarded_page&) = delete;
  guarded_page& operator=(const guarded_page&) = delete;

  template <class T> std::span<T> at_start(std::size_t n) { return {reinterpret_cast<T*>(base_ + page_), n}; }
  template <class T> std::span<T> at_end(std::size_t n) {
    return {reinterpret_cast<T*>(base_ + 2 * page_) - n, n};
  }

private:
  std::size_t page_;
  std::byte* base_;
};

template <class T> void fill(std::span<T> to, const std::vector<T>& from) {
  std::copy_n(from.begin(), to.size(), to.begin());
}

template <class A, class T> void check_guard_pages(const A& act) {
  const std::vector<T> many_x = inputs<T>(1000), many_dy = gradients<T>(1000);
  std::vector<T> y(1000), dx(1000);
  relu::forward(act, many_x, y);
  relu::backward(act, many_dy, many_x, dx);

  guarded_page page_x, page_dy, page_out, page_mask;
  for (std::size_t n = 0; n <= longest<T>; ++n)
    for (bool end : {true, false}) {
      const auto place = [&](guarded_page& page) {
        return end ? page.template at_end<T>(n) : page.template at_start<T>(n);
      };
      const std::span<T> x = place(page_x), dy = place(page_dy), out = place(page_out);
      fill(x, many_x);
      fill(dy, many_dy);
      bool ok = true;
      for (const relu::stores how : {relu::stores::cached, relu::stores::streaming}) {
        relu::forward(act, x, out, how);
        ok = ok && same_bits<T>(out, std::span(y).first(n));
        relu::backward(act, dy, x, out, how);
        ok = ok && same_bits<T>(out, std::span(dx).first(n));
        relu::backward_accumulate(act, dy, x, out);
        if constexpr (relu::maskable_activation<A, T>) {
          const auto bytes = (n + 7) / 8;
          const relu::bitmask_span mask(
              end ? page_mask.at_end<std::byte>(bytes) : page_mask.at_start<std::byte>(bytes), n);
          relu::forward(act, x, out, mask, how);
          ok = ok && same_bits<T>(out, std::span(y).first(n));
          relu::backward(act, dy, mask, out, how);
          ok = ok && same_bits<T>(out, std::span(dx).first(n));
          relu::backward_accumulate(act, dy, mask, out);
        }
      }
      const std::size_t found = relu::compressed_size(act, x);
      const std::span values = end ? page_out.at_end<T>(found) : page_out.at_start<T>(found);
      const std::span indices =
          end ? page_mask.at_end<std::uint32_t>(found) : page_mask.at_start<std::uint32_t>(found);
      ok = ok && relu::compress(act, x, values, indices) == found;
      relu::forward(act, x);
      ok = ok && same_bits<T>(x, std::span(y).first(n));
      ok = ok &&
           relu::count_zeros(x) == static_cast<std::size_t>(std::count_if(x.begin(), x.end(), is_zero<T>));
      if (!ok) FAIL("n = " << n << ", at the " << (end ? "end" : "start") << " of the page");
    }
  SUCCEED();
}

} // namespace

TEMPLATE_LIST_TEST_CASE("no call reads or writes outside its ranges", "[memory]", elements_of_each_size) {
  check_guard_pages<relu::rectifier, TestType>({});
  check_guard_pages<relu::leaky_relu, TestType>({});
}

TEMPLATE_LIST_TEST_CASE("no call of a smooth activation reads or writes outside its ranges",
                        "[memory][smooth]", floating_elements) {
  check_guard_pages<relu::sigmoid, TestType>({});
}

TEMPLATE_LIST_TEST_CASE("calls on 16-bit floats read and write nothing outside their ranges",
                        "[memory][float16]", relu::detail::float16_elements) {
  using T = TestType;
  guarded_page page_x, page_dy, page_out, page_mask;
  const auto check = [&](const auto& act) {
    for (std::size_t n = 0; n <= longest<T>; ++n)
      for (const bool end : {true, false}) {
        const auto place = [&](guarded_page& page) {
          return end ? page.template at_end<T>(n) : page.template at_start<T>(n);
        };
        const std::span<T> x = place(page_x), dy = place(page_dy), out = place(page_out);
        for (std::size_t i = 0; i < n; ++i) x[i] = dy[i] = T(i % 2 == 0 ? 2 : -2);
        for (const relu::stores how : {relu::stores::cached, relu::stores::streaming}) {
          relu::forward(act, x, out, how);
          relu::backward(act, dy, x, out, how);
        }
        relu::backward_accumulate(act, dy, x, out);
        const std::span<T> in_place = place(page_out);
        std::ranges::copy(x, in_place.begin());
        relu::forward(act, in_place);
        const std::span<std::byte> bytes =
            end ? page_mask.at_end<std::byte>((n + 7) / 8) : page_mask.at_start<std::byte>((n + 7) / 8);
        if constexpr (relu::maskable_activation_of<decltype(act), std::span<T>>) {
          const relu::bitmask_span mask(bytes, n);
          CHECK(relu::forward(act, x, out, mask) == (n + 1) / 2);
          relu::backward(act, dy, mask, out);
        }
        const auto zeros = static_cast<std::size_t>(std::ranges::count(in_place, T(0)));
        CHECK(relu::compressed_size(act, x) == n - zeros);
      }
  };
  check(relu::rectifier{});
  check(relu::leaky_relu{});
  check(relu::gelu{});
}

TEMPLATE_TEST_CASE("calls on matrices, with a bias and gated touch nothing outside their rows",
                   "[memory][matrices]", float, relu::bfloat16) {
  using T = TestType;
  guarded_page page_x, page_bias, page_out, page_mask;
  for (std::size_t columns = 1; columns <= 40; ++columns)
    for (const bool end : {true, false}) {
      // Three rows, with two elements between them: none before the first row and none after the last.
      const std::size_t stride = columns + 2, size = 2 * stride + columns;
      const auto place = [&](guarded_page& page, std::size_t n) {
        return end ? page.template at_end<T>(n) : page.template at_start<T>(n);
      };
      const auto rows = [&](guarded_page& page) {
        return relu::matrix_view{place(page, size).data(), std::size_t{3}, columns, stride};
      };
      const auto x = rows(page_x), out = rows(page_out);
      const std::span<T> bias = place(page_bias, columns);
      for (std::size_t i = 0; i < size; ++i) x.data[i] = T(i % 2 == 0 ? 2 : -2);
      std::fill(bias.begin(), bias.end(), T(1));
      const std::size_t bytes = (3 * columns + 7) / 8;
      const relu::bitmask_span mask(
          end ? page_mask.at_end<std::byte>(bytes) : page_mask.at_start<std::byte>(bytes), 3 * columns);
      const std::size_t active = relu::forward(relu::leaky_relu{}, x, out, mask);
      CHECK(relu::compressed_size(x) == active);
      relu::backward(relu::leaky_relu{}, x, mask, out);
      relu::forward(relu::silu{}, relu::biased{x, bias}, out);
      relu::backward(relu::silu{}, x, relu::biased{x, bias}, out, place(page_mask, columns));
      relu::forward(relu::swiglu{}, x, x, out);
      relu::backward(relu::swiglu{}, x, x, x, x, out);
    }
}

TEST_CASE("convert reads and writes nothing outside its ranges", "[memory][convert]") {
  const std::vector<float> many = inputs<float>(1000);
  guarded_page page_x, page_y;
  const auto check = [&]<class From, class To>(From, To) {
    for (std::size_t n = 0; n <= 150; ++n)
      for (const bool end : {true, false})
        for (const relu::stores how : {relu::stores::cached, relu::stores::streaming}) {
          const auto x = end ? page_x.at_end<From>(n) : page_x.at_start<From>(n);
          const auto y = end ? page_y.at_end<To>(n) : page_y.at_start<To>(n);
          for (std::size_t i = 0; i < n; ++i) x[i] = From(many[i]), y[i] = To(-1.0f);
          relu::convert(x, y, how);
          for (std::size_t i = 0; i < n; ++i)
            if (bits(float(y[i])) != bits(float(To(float(x[i]))))) FAIL("n = " << n);
        }
  };
  check(0.0f, relu::float16{});
  check(relu::float16{}, 0.0f);
  check(0.0f, relu::bfloat16{});
  check(relu::bfloat16{}, 0.0f);
  SUCCEED();
}

TEST_CASE("lookups read and write nothing outside their ranges", "[memory][quantized]") {
  const relu::quantization q{0.1, 3};
  const relu::lookup_table<std::int8_t, std::uint8_t> table{relu::leaky_relu{}, q, q};
  guarded_page page_x, page_y;
  for (std::size_t n = 0; n <= 400; ++n)
    for (const bool end : {true, false}) {
      const auto x = end ? page_x.at_end<std::int8_t>(n) : page_x.at_start<std::int8_t>(n);
      const auto y = end ? page_y.at_end<std::uint8_t>(n) : page_y.at_start<std::uint8_t>(n);
      for (std::size_t i = 0; i < n; ++i)
        x[i] = static_cast<std::int8_t>(static_cast<int>(i * 7 % 256) - 128);
      const auto check = [&](auto forward) {
        std::fill(y.begin(), y.end(), std::uint8_t{9});
        forward();
        for (std::size_t i = 0; i < n; ++i)
          if (y[i] != table(x[i])) FAIL("n = " << n);
      };
      for (const relu::stores how : {relu::stores::cached, relu::stores::streaming}) {
        check([&] { relu::forward(table, x, y, how); });
        check([&] { relu::forward(relu::leaky_relu{}, relu::quantized{x, q}, relu::quantized{y, q}, how); });
      }
    }
  SUCCEED();
}
