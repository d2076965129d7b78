// When calls use streaming stores. elementwise.cpp checks that the results do not depend on them.
#include "testing.hpp"

#include <cstdint>
#include <tuple>

using relu::stores;

namespace {

// Restores the threshold at the end of its scope.
struct threshold {
  std::size_t before = relu::streaming_threshold();
  ~threshold() { relu::set_streaming_threshold(before); }
};

} // namespace

TEST_CASE("the streaming threshold is the size of a cache until the program sets it", "[streaming]") {
  const threshold restored;
  CHECK(restored.before >= 256u << 10);
  CHECK(restored.before <= std::size_t{1} << 30);
  CHECK(restored.before % 1024 == 0);
  CHECK(relu::streaming_threshold() == restored.before);
  relu::set_streaming_threshold(1000);
  CHECK(relu::streaming_threshold() == 1000);
}

TEST_CASE("the cache size comes from the processor, else from the system, else it is the default",
          "[streaming]") {
  const std::size_t processor = relu::detail::cache_from_processor(),
                    system = relu::detail::cache_from_system();
  CHECK(relu::detail::last_level_cache() == (processor ? processor
                                             : system  ? system
                                                       : relu::detail::default_cache));
}

// Hidden by default, because an emulated processor has other caches than the system reports.
TEST_CASE("the processor and the system report the same cache size", "[.][hardware]") {
  const std::size_t processor = relu::detail::cache_from_processor(),
                    system = relu::detail::cache_from_system();
  if (processor == 0 || system == 0) SKIP("only one of them reports a size");
  CHECK(processor == system);
}

TEST_CASE("calls that reach the threshold stream, unless the caller chooses otherwise", "[streaming]") {
  const threshold restored;
  relu::set_streaming_threshold(1000);
  const bool out_of_place = false, in_place = true;
  using relu::detail::streams;
  CHECK(!streams(stores::automatic, 0, out_of_place));
  CHECK(!streams(stores::automatic, 999, out_of_place));
  CHECK(streams(stores::automatic, 1000, out_of_place));
  CHECK(!streams(stores::automatic, 1000, in_place));
  CHECK(streams(stores::streaming, 10, out_of_place));
  CHECK(!streams(stores::streaming, 10, in_place));
  CHECK(!streams(stores::cached, 1000, out_of_place));

  relu::set_streaming_threshold(0);
  CHECK(streams(stores::automatic, 2, out_of_place));
  CHECK(!streams(stores::automatic, 2, in_place));
  relu::set_streaming_threshold(SIZE_MAX);
  CHECK(!streams(stores::automatic, SIZE_MAX - 1, out_of_place));
}

#ifdef RELU_DISPATCH
namespace {

// The kernel of relu on floats that relu::dispatch called last.
enum class kernel { none, cached, streaming } called;

template <kernel K> void forward(const void*, std::size_t, float*, const float*) noexcept { called = K; }
template <kernel K> void backward(const void*, std::size_t, float*, const float*, const float*) noexcept {
  called = K;
}
template <kernel K>
std::size_t forward_mask(const void*, std::size_t, float*, std::byte*, const float*) noexcept {
  called = K;
  return 0;
}
template <kernel K>
void backward_mask(const void*, std::size_t, float*, const std::byte*, const float*) noexcept {
  called = K;
}

// Replaces both variants of kernel K of relu on floats.
template <class K, class Pointer>
void replace(relu::detail::kernel_table<float>& table, Pointer cached, Pointer streaming) {
  const auto& kernels = relu::detail::kernels_in<K, relu::rectifier, float>(table);
  const_cast<Pointer&>(kernels[0]) = cached;
  const_cast<Pointer&>(kernels[1]) = streaming;
}

kernel called_by(auto call) {
  called = kernel::none;
  call();
  return called;
}

} // namespace

TEST_CASE("public calls choose the streaming kernels by size and by their `stores` argument", "[streaming]") {
  const threshold restored;
  using namespace relu::detail;
  (void)relu::isa(); // which chooses the table
  const kernel_table<float>* const table = chosen_table<float>();
  kernel_table<float> spies = *table;
  replace<forward_kernel>(spies, forward<kernel::cached>, forward<kernel::streaming>);
  replace<backward_kernel>(spies, backward<kernel::cached>, backward<kernel::streaming>);
  replace<backward_from_output_kernel>(spies, backward<kernel::cached>, backward<kernel::streaming>);
  replace<forward_mask_kernel>(spies, forward_mask<kernel::cached>, forward_mask<kernel::streaming>);
  replace<backward_mask_kernel>(spies, backward_mask<kernel::cached>, backward_mask<kernel::streaming>);
  chosen_table<float>() = &spies;
  constexpr kernel streaming =
      vec<float, relu::native>::streams ? kernel::streaming : kernel::cached; // x86 only
  relu::set_streaming_threshold(960); // two arrays of 120 floats, or three of 80
  std::vector<float> x(120), dy(120), y(120);
  for (const auto& [how, small, large] : {std::tuple(stores::automatic, kernel::cached, streaming),
                                          std::tuple(stores::cached, kernel::cached, kernel::cached),
                                          std::tuple(stores::streaming, streaming, streaming)}) {
    const auto forwards = [&, how = how](std::size_t n) {
      return called_by([&] { relu::forward(std::span(x).first(n), std::span(y).first(n), how); });
    };
    const auto backwards = [&, how = how](std::size_t n) {
      return called_by(
          [&] { relu::backward(std::span(dy).first(n), std::span(x).first(n), std::span(y).first(n), how); });
    };
    const auto from_outputs = [&, how = how](std::size_t n) {
      const auto part = [&](auto& all) { return std::span(all).first(n); };
      return called_by([&] { relu::backward_from_output(part(dy), part(y), part(x), how); });
    };
    CHECK(forwards(119) == small);
    CHECK(forwards(120) == large);
    CHECK(backwards(79) == small);
    CHECK(backwards(80) == large);
    CHECK(from_outputs(79) == small);
    CHECK(from_outputs(80) == large);
    for (const std::size_t n : {119u, 120u}) { // the bytes of the mask do not count
      relu::bitmask mask(n);
      const auto part = [&](auto& all) { return std::span(all).first(n); };
      CHECK(called_by([&, how = how] { relu::forward(part(x), part(y), mask, how); }) ==
            (n == 119 ? small : large));
      CHECK(called_by([&, how = how] { relu::backward(part(dy), mask, part(y), how); }) ==
            (n == 119 ? small : large));
      CHECK(called_by([&, how = how] { relu::backward(part(y), mask, part(y), how); }) == kernel::cached);
      const std::span<float> unaligned(reinterpret_cast<float*>(reinterpret_cast<std::byte*>(y.data()) + 1),
                                       n - 1);
      relu::bitmask shorter(n - 1);
      CHECK(called_by([&, how = how] {
              relu::backward(std::span(dy).first(n - 1), shorter, unaligned, how);
            }) == kernel::cached);
    }
  }
  CHECK(called_by([&] { relu::forward(x); }) == kernel::cached);
  CHECK(called_by([&] { relu::forward(x, x, stores::streaming); }) == kernel::cached);
  CHECK(called_by([&] { relu::backward(dy, x, dy, stores::streaming); }) == kernel::cached);
  CHECK(called_by([&] { relu::backward(dy, x, x, stores::streaming); }) == kernel::cached);
  CHECK(called_by([&] { relu::backward_from_output(dy, y, dy, stores::streaming); }) == kernel::cached);
  CHECK(called_by([&] { relu::backward_from_output(dy, y, y, stores::streaming); }) == kernel::cached);
  chosen_table<float>() = table;
}
#endif

TEST_CASE("a streaming threshold of 0 changes no result", "[streaming]") {
  const threshold restored;
  const std::vector<float> x = testing::inputs<float>(1000), dy = testing::gradients<float>(1000);
  std::vector<float> y(1000), dx(1000), streamed_y(1000), streamed_dx(1000), in_place = x;
  relu::forward(x, y, stores::cached);
  relu::backward(dy, x, dx, stores::cached);
  relu::set_streaming_threshold(0);
  relu::forward(x, streamed_y);
  relu::forward(in_place);
  relu::backward(dy, x, streamed_dx);
  CHECK(testing::same_bits<float>(streamed_y, y));
  CHECK(testing::same_bits<float>(in_place, y));
  CHECK(testing::same_bits<float>(streamed_dx, dx));
}
