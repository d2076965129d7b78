// The choice between kernels that write through the cache and kernels with streaming stores. In place of
// relu::dispatch this program has entry points that report which of them a call uses.
#include <relu/dispatch/kernels.hpp>

namespace {

enum class kernel { none, cached, streaming } called;

template <kernel K, class Signature> struct report;
template <kernel K, class R, class... P> struct report<K, R(P...)> {
  static R run(const void*, std::size_t, P...) noexcept {
    called = K;
    return R();
  }
};

kernel called_by(auto call) {
  called = kernel::none;
  call();
  return called;
}

} // namespace

namespace relu::RELU_KERNELS {

template <class T, unsigned K, unsigned A>
constexpr auto streaming_variant = detail::kernel_streams<T, K, A> ? ::kernel::streaming : ::kernel::cached;

// Before <relu/relu.hpp> declares it, because g++ does not define a variable template that was declared
// before.
template <class T, unsigned K, unsigned A, class Signature, unsigned... Isa>
inline constinit const entry_point<Signature> entry[2][sizeof...(Isa)] = {
    {report<::kernel::cached, Signature>::run}, {report<streaming_variant<T, K, A>, Signature>::run}};

} // namespace relu::RELU_KERNELS

#include <relu/relu.hpp>

#include <catch2/catch_test_macros.hpp>

#include <tuple>
#include <vector>

constinit std::atomic<std::size_t> relu::kernels::chosen{1};
constinit std::atomic<const char*> relu::kernels::chosen_name{nullptr};
void relu::kernels::choose() {}

using relu::stores;
using relu::detail::worth_streaming;

constexpr kernel streaming =
    relu::detail::vec<float, relu::native>::streams ? kernel::streaming : kernel::cached; // x86 only

TEST_CASE("public calls choose the streaming kernels by size and by their `stores` argument") {
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
}

TEST_CASE("matrices choose the streaming kernels for rows that are long enough") {
  constexpr std::size_t row = worth_streaming / sizeof(float);
  relu::set_streaming_threshold(0);
  std::vector<float> x(2 * (row + 1)), y(2 * (row + 1));
  for (const std::size_t columns : {row - 1, row}) {
    const auto rows = [&](auto& all) { return relu::matrix_view{all.data(), 2, columns, row + 1}; };
    CHECK(called_by([&] { relu::forward(rows(x), rows(y)); }) ==
          (columns < row ? kernel::cached : streaming));
    CHECK(called_by([&] { relu::forward(rows(y)); }) == kernel::cached);
  }
}
