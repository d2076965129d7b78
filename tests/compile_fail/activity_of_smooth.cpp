#include <relu/relu.hpp>

#include <vector>

void call(relu::unit_activity& activity, const std::vector<float>& x) { activity.update(relu::gelu{}, x); }
