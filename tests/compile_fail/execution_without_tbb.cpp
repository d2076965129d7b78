#include <relu/execution.hpp>
