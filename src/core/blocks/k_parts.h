// What Q4_K and Q5_K share: eight parts of 32 with scales and minimums of six bits, and the search for them.
#pragma once

#include <cstdint>

#include "core/blocks/layout.h"

namespace vitrine::blocks {

constexpr int kParts = 8;
constexpr int kPartElements = kSuper / kParts;

struct SmallScale {
  uint8_t scale, minimum;  // 0 … 63
};

/// Reads the small scale and minimum of a part out of the twelve bytes: parts 0 to 3 lie in the low six bits of bytes
/// 0 to 3 and 4 to 7; of parts 4 to 7 the low halves lie in bytes 8 to 11, the upper pairs above those of parts 0 to 3.
SmallScale small_scale(const uint8_t* packed, int part);
void pack_small_scales(const SmallScale* parts, uint8_t* packed);

/// A block before its bits are packed.
struct SuperBlock {
  uint16_t scale = 0, minimum = 0;  // f16
  SmallScale parts[kParts] = {};
  uint8_t quants[kSuper] = {};
};

/// The block nearest to x [256] with quants in [0, highest].
SuperBlock quantize_super_block(const float* x, int highest);

}  // namespace vitrine::blocks
