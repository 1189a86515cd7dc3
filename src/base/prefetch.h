// Asking memory for what is read soon.
#pragma once

namespace vitrine {

/// How near the line is to come: the first level for what is read within some hundred cycles, the second for later.
enum class CacheLevel { kFirst, kSecond };

/// Asks for the line at `address`, which need not be valid. GCC takes a function that only prefetches for one without
/// effect and drops its calls; the empty statement keeps them.
template <CacheLevel kLevel = CacheLevel::kFirst>
inline void prefetch_line(const void* address) {
  __builtin_prefetch(address, 0, kLevel == CacheLevel::kFirst ? 3 : 2);
  asm volatile("");
}

}  // namespace vitrine
