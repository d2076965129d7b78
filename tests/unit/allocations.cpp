// Counts the calls of operator new during public calls.
#include "testing.hpp"

#include <cstdlib>
#include <new>

namespace {
volatile std::size_t allocations = 0; // otherwise the compiler may move a read across operator new
}

// Not inlined: g++ 12 would warn of malloc and delete, or new and free.
[[gnu::noinline]] void* operator new(std::size_t size) {
  allocations = allocations + 1;
  if (void* p = std::malloc(size ? size : 1)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

TEST_CASE("public calls allocate nothing", "[elementwise]") {
  std::vector<float> x = testing::inputs<float>(1000), y(1000), dx(1000);
  (void)relu::isa(); // with relu::dispatch, the first call chooses the instruction set
  relu::bitmask mask(x.size());
  std::vector<float> values(x.size());
  std::vector<relu::float16> half(x.size());
  std::vector<std::uint32_t> indices(x.size());
  std::vector<std::int8_t> bytes(x.size());
  relu::unit_activity activity(100);
  const std::size_t before = allocations;
  relu::forward(x, y);
  relu::forward(relu::sigmoid{}, x, y);
  relu::backward(y, x, dx);
  relu::backward(relu::leaky_relu{}, y, x, dx);
  relu::backward_from_output(x, y, dx);
  relu::forward(y);
  relu::forward(x, y, mask);
  relu::mask_of(x, mask);
  relu::backward(y, mask, dx);
  relu::backward_accumulate(y, mask, dx);
  relu::backward_accumulate(relu::sigmoid{}, y, x, dx);
  const std::size_t found = relu::compress(x, values, indices);
  relu::expand(std::span(values).first(found), std::span(indices).first(found), y);
  activity.update(x);
  activity.update(mask);
  relu::convert(x, half);
  relu::convert(half, y);
  relu::forward(half);
  relu::forward(relu::silu{}, half);
  relu::forward(relu::sigmoid{}, relu::quantized{bytes, {0.1, 0}});
  relu::forward(relu::lookup_table<std::int8_t, std::int8_t>{{0.1, 0}, {0.1, 0}}, bytes);
  const double zeros = relu::sparsity(y);
  CHECK(allocations == before);
  CHECK(zeros > 0);
  CHECK(before > 0); // operator new counts
}
