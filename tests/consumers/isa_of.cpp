// Compiled twice into one program: with relu::relu and with relu::dispatch.
#include <relu/relu.hpp>

#include <vector>

#ifdef RELU_DISPATCH
std::string_view isa_by_dispatch(std::vector<float>& x) {
#else
std::string_view isa_by_headers(std::vector<float>& x) {
#endif
  relu::forward(x);
  return relu::isa();
}
