#include "testing.hpp"

#include <catch2/catch_template_test_macros.hpp>

#include <algorithm>

using namespace testing;

TEMPLATE_LIST_TEST_CASE("count_zeros counts +0 and -0 and nothing else", "[sparsity]", all_elements) {
  const std::vector<TestType> x = inputs<TestType>(4000);
  std::vector<TestType> y(x.size());
  relu::forward(x, y);
  CHECK(relu::count_zeros(x) ==
        static_cast<std::size_t>(std::count_if(x.begin(), x.end(), is_zero<TestType>)));
  CHECK(relu::count_zeros(y) ==
        static_cast<std::size_t>(std::count_if(x.begin(), x.end(), is_nonpositive<TestType>)));
}

TEMPLATE_LIST_TEST_CASE("count_zeros is right at every length and offset", "[sparsity]",
                        elements_of_each_size) {
  std::vector<TestType> y = inputs<TestType>(longest<TestType> + widest<TestType>);
  for (std::size_t i = 0; i < y.size(); i += 3) y[i] = 0; // elements past the end must not count
  for (std::size_t offset = 0; offset <= widest<TestType>; ++offset)
    for (std::size_t n = 0; n <= longest<TestType>; ++n) {
      const auto part = std::span(y).subspan(offset, n);
      if (relu::count_zeros(part) !=
          static_cast<std::size_t>(std::count_if(part.begin(), part.end(), is_zero<TestType>)))
        FAIL("n = " << n << ", offset = " << offset);
    }
  SUCCEED();
}

TEMPLATE_LIST_TEST_CASE("count_zeros counts more zeros than an element can hold", "[sparsity]",
                        all_elements) {
  CHECK(relu::count_zeros(std::vector<TestType>(100'000)) == 100'000);
  CHECK(relu::compressed_size(std::vector<TestType>(100'001, TestType(1))) == 100'001);
}

TEST_CASE("sparsity is the fraction of zeros", "[sparsity]") {
  CHECK(relu::sparsity(std::vector<float>{0, -0.0f, 1, 2}) == 0.5);
  CHECK(relu::sparsity(std::vector<std::int8_t>(1000)) == 1);
  CHECK(relu::sparsity(std::vector<double>{NAN, 1, 5e-324}) == 0);
  CHECK(relu::sparsity(std::vector<double>{}) == 0);
}
