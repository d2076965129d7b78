// Wrong calls throw a clear error and write nothing.
#include "testing.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>

using namespace testing;
using Catch::Matchers::Message;

namespace {

// Checks that the call throws this message and leaves the memory unchanged.
template <class T, class Call> void refused(std::vector<T>& memory, const std::string& message, Call call) {
  const std::vector<T> before = memory;
  CHECK_THROWS_MATCHES(call(), std::invalid_argument, Message(message));
  CHECK(same_bits<T>(memory, before));
}

template <class T = float> std::vector<T> negatives(std::size_t n) { return std::vector<T>(n, T(-1)); }

} // namespace

TEST_CASE("ranges of different sizes are refused", "[check]") {
  const std::vector<float> x = negatives(4), dy = negatives(5);
  std::vector<float> out = negatives(5);
  refused(out, "relu::forward: x has 4 elements, y has 5", [&] { relu::forward(x, out); });
  refused(out, "relu::forward: x has 4 elements, y has 5", [&] { relu::forward(relu::tanh{}, x, out); });
  refused(out, "relu::forward: x has 0 elements, y has 5", [&] { relu::forward(std::span<float>{}, out); });
  refused(out, "relu::backward: x has 4 elements, dx has 5", [&] { relu::backward(dy, x, out); });
  refused(out, "relu::backward: dy has 4 elements, dx has 5", [&] { relu::backward(x, dy, out); });
  refused(out, "relu::backward_accumulate: x has 4 elements, dx has 5",
          [&] { relu::backward_accumulate(dy, x, out); });
  refused(out, "relu::backward_accumulate: dy has 4 elements, dx has 5",
          [&] { relu::backward_accumulate(relu::tanh{}, x, dy, out); });
}

TEMPLATE_LIST_TEST_CASE("ranges that overlap without being the same are refused", "[check]",
                        elements_of_each_size) {
  std::vector<TestType> memory = negatives<TestType>(40);
  const std::span all(memory);
  const auto a = all.first(20);
  for (std::size_t shift = 1; shift < 20; ++shift) {
    const auto b = all.subspan(shift, 20);
    const std::string size = "20 elements each, overlap without being the same: ";
    const std::string bytes = std::to_string(sizeof(TestType) * shift);
    refused(memory, "relu::forward: x and y, " + size + "x is -" + bytes + " bytes after y",
            [&] { relu::forward(a, b); });
    refused(memory, "relu::forward: x and y, " + size + "x is " + bytes + " bytes after y",
            [&] { relu::forward(b, a); });
    const std::vector<TestType> other = negatives<TestType>(20);
    refused(memory, "relu::backward: dy and dx, " + size + "dy is " + bytes + " bytes after dx",
            [&] { relu::backward(b, other, a); });
    refused(memory, "relu::backward: x and dx, " + size + "x is -" + bytes + " bytes after dx",
            [&] { relu::backward(other, a, b); });
    refused(memory, "relu::backward_accumulate: x and dx, " + size + "x is -" + bytes + " bytes after dx",
            [&] { relu::backward_accumulate(other, a, b); });
  }
  CHECK_NOTHROW(relu::forward(a, all.subspan(20)));     // adjacent ranges
  CHECK_NOTHROW(relu::forward(all.subspan(20), a));     // in either order
  CHECK_NOTHROW(relu::backward(a, a, all.subspan(20))); // both inputs may be the same range
}

TEST_CASE("a call with an invalid parameter throws and writes nothing", "[check]") {
  std::vector<float> x = negatives(4);
  const std::string message = "clipped_relu: max must be at least 0";
  refused(x, "relu::forward: " + message, [&] { relu::forward(relu::clipped_relu{-1}, x); });
  refused(x, "relu::forward: " + message, [&] { relu::forward(relu::clipped_relu{NAN}, x); });
  refused(x, "relu::backward: " + message, [&] { relu::backward(relu::clipped_relu{-1}, x, x, x); });
  refused(x, "relu::backward_accumulate: " + message,
          [&] { relu::backward_accumulate(relu::clipped_relu{-1}, x, x, x); });
  refused(x, "relu::forward: thresholded_relu: threshold must not be NaN",
          [&] { relu::forward(relu::thresholded_relu{NAN}, x); });
  refused(x, "relu::forward: shifted_relu: shift must not be NaN",
          [&] { relu::forward(relu::shifted_relu{NAN}, x); });
}
