// SPDX-License-Identifier: MIT
// The size of the last-level cache. Not from sysconf: where a processor has several last-level caches and a
// core uses one of them, glibc returns their sum.
#pragma once

#include <relu/detail/abi.hpp>

#include <cstddef>
#include <cstdio>
#include <initializer_list>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace relu::inline RELU_ABI::detail {

/// The size in bytes of the last-level cache of a core as the processor reports it, or 0 if it does not.
inline std::size_t cache_from_processor() noexcept {
  std::size_t bytes = 0;
#if defined(__x86_64__) || defined(__i386__)
  // "Deterministic cache parameters": Intel's leaf 4 and AMD's leaf 0x8000001D have the same layout. The
  // caches come in ascending order, and type 0 ends the list.
  for (const unsigned leaf : {0x4u, 0x8000001du}) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    for (unsigned i = 0; i < 16 && __get_cpuid_count(leaf, i, &a, &b, &c, &d) && (a & 31) != 0; ++i) {
      const bool instructions = (a & 31) == 2;
      const std::size_t line = (b & 0xfff) + 1, partitions = (b >> 12 & 0x3ff) + 1, ways = (b >> 22) + 1;
      if (!instructions) bytes = line * partitions * ways * (std::size_t{c} + 1);
    }
    if (bytes != 0) break;
  }
#endif
  return bytes;
}

/// The size in bytes of the last-level cache of a core as Linux reports it, or 0 if it does not.
inline std::size_t cache_from_system() noexcept {
  std::size_t bytes = 0;
  for (int i = 0; i < 16; ++i) {
    const auto read = [i](const char* name, auto scan) {
      char path[80];
      std::snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", i, name);
      std::FILE* const file = std::fopen(path, "r");
      if (!file) return false;
      const bool found = scan(file) == 1;
      std::fclose(file);
      return found;
    };
    char type = 0; // Data, Instruction, Unified
    unsigned long kibibytes = 0;
    if (!read("type", [&](std::FILE* file) { return std::fscanf(file, " %c", &type); })) break;
    if (type != 'I' && read("size", [&](std::FILE* file) { return std::fscanf(file, "%luK", &kibibytes); }))
      bytes = kibibytes * 1024;
  }
  return bytes;
}

/// The assumed size if neither reports one.
inline constexpr std::size_t default_cache = std::size_t{32} << 20;

inline std::size_t last_level_cache() noexcept {
  std::size_t bytes = cache_from_processor();
  if (bytes == 0) bytes = cache_from_system();
  return bytes != 0 ? bytes : default_cache;
}

} // namespace relu::inline RELU_ABI::detail
