// Q2_K: 256 elements of two bits; parts of 16 with scales and minimums of four bits. Only read.
#include "core/blocks/formats.h"
#include "core/blocks/layout.h"
#include "core/dtype.h"

namespace vitrine::blocks {

void dequantize_q2_k(const std::byte* blocks, float* y, int64_t num_blocks) {
  const auto* const source = reinterpret_cast<const Q2_K*>(blocks);
  for (int64_t i = 0; i < num_blocks; ++i) {
    const Q2_K& block = source[i];
    const float scale = f32_from_f16(block.scale), minimum = f32_from_f16(block.minimum);
    for (int part = 0; part < kSuper / 16; ++part) {
      const float part_scale = scale * static_cast<float>(block.scales[part] & 0xf);
      const float part_minimum = minimum * static_cast<float>(block.scales[part] >> 4);
      const int shift = part % 8 / 2 * 2;
      const uint8_t* const quants = block.quants + part / 8 * 32 + part % 2 * 16;
      for (int l = 0; l < 16; ++l) *y++ = part_scale * static_cast<float>((quants[l] >> shift) & 3) - part_minimum;
    }
  }
}

}  // namespace vitrine::blocks
