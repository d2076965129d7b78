// When `stores` and the threshold choose streaming stores. tests/dispatch/streaming.cpp checks that public
// calls follow the choice, and elementwise.cpp that it changes no result.
#include "testing.hpp"

#include <cstdint>

using relu::stores;

namespace {

// Restores the threshold at the end of its scope.
struct threshold {
  std::size_t before = relu::streaming_threshold();
  ~threshold() { relu::set_streaming_threshold(before); }
};

} // namespace

TEST_CASE("the streaming threshold is the size of a cache, up to 32 MiB, until the program sets it",
          "[streaming]") {
  const threshold restored;
  CHECK(restored.before >= 256u << 10);
  CHECK(restored.before <= std::size_t{1} << 30);
  CHECK(restored.before % 1024 == 0);
  CHECK(restored.before == relu::detail::threshold_for(relu::detail::last_level_cache()));
  CHECK(relu::detail::threshold_for(8u << 20) == 8u << 20);
  CHECK(relu::detail::threshold_for(260u << 20) == 32u << 20);
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
