// Q3_K: 256 elements of three bits; parts of 16 with signed scales of six bits. Only read.
#include "core/blocks/formats.h"
#include "core/blocks/layout.h"
#include "core/dtype.h"

namespace vitrine::blocks {
namespace {

/// A part's scale + 32, 0 … 63: eight bytes hold the low halves, the last four the upper pairs of bits.
int biased_scale(const uint8_t* scales, int part) {
  const int low = part < 8 ? scales[part] & 0xf : scales[part - 8] >> 4;
  return low | ((scales[8 + part % 4] >> (part / 4 * 2)) & 3) << 4;
}

}  // namespace

void dequantize_q3_k(const std::byte* blocks, float* y, int64_t num_blocks) {
  const auto* const source = reinterpret_cast<const Q3_K*>(blocks);
  for (int64_t i = 0; i < num_blocks; ++i) {
    const Q3_K& block = source[i];
    const float scale = f32_from_f16(block.scale);
    for (int part = 0; part < kSuper / 16; ++part) {
      const float part_scale = scale * static_cast<float>(biased_scale(block.scales, part) - 32);
      const int shift = part % 8 / 2 * 2, first = part % 2 * 16;
      const uint8_t* const quants = block.quants + part / 8 * 32 + first;
      for (int l = 0; l < 16; ++l) {
        const int high = (block.high[first + l] >> (part / 2)) & 1;
        *y++ = part_scale * static_cast<float>(((quants[l] >> shift) & 3) + 4 * high - 4);
      }
    }
  }
}

}  // namespace vitrine::blocks
