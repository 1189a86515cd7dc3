// Places of the synthetic world in the random number space.
#pragma once

#include <cstdint>

#include "core/rng.h"

namespace vitrine::data {

/// What a draw is for; each has a stream of its own.
enum class RandomUse : uint32_t { kTraining = 0x53594e00, kHeldOut, kPreference };

/// Returns the key of item `index`: every item has its own sequence, whatever was drawn for others.
inline RngKey random_key(uint64_t seed, RandomUse use, uint64_t index) {
  // The counter holds 32 bits of the index; the rest moves the seed by an odd constant.
  return {seed + (index >> 32) * 0x9E3779B97F4A7C15ULL, static_cast<uint32_t>(use), static_cast<uint32_t>(index)};
}

}  // namespace vitrine::data
