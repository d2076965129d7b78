#pragma once

namespace lower {
const char* isa();
bool is_available(const char* isa);
bool works();
} // namespace lower

namespace upper {
const char* isa();
bool is_available(const char* isa);
bool works();
} // namespace upper
