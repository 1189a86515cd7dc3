// Q4_K: 256 elements of four bits; parts of 32 with scales and minimums of six bits.
#include "core/blocks/formats.h"
#include "core/blocks/k_parts.h"
#include "core/dtype.h"

namespace vitrine::blocks {

void dequantize_q4_k(const std::byte* blocks, float* y, int64_t num_blocks) {
  const auto* const source = reinterpret_cast<const Q4_K*>(blocks);
  for (int64_t i = 0; i < num_blocks; ++i) {
    const Q4_K& block = source[i];
    const float scale = f32_from_f16(block.scale), minimum = f32_from_f16(block.minimum);
    for (int p = 0; p < kParts; ++p) {
      const SmallScale part = small_scale(block.scales, p);
      const float part_scale = scale * static_cast<float>(part.scale);
      const float part_minimum = minimum * static_cast<float>(part.minimum);
      const uint8_t* const quants = block.quants + p / 2 * kPartElements;
      for (int l = 0; l < kPartElements; ++l)
        *y++ = part_scale * static_cast<float>((quants[l] >> (p % 2 * 4)) & 0xf) - part_minimum;
    }
  }
}

void quantize_q4_k(const float* x, std::byte* blocks, int64_t num_blocks) {
  auto* const target = reinterpret_cast<Q4_K*>(blocks);
  for (int64_t i = 0; i < num_blocks; ++i, x += kSuper) {
    const SuperBlock found = quantize_super_block(x, 15);
    Q4_K& block = target[i];
    block.scale = found.scale;
    block.minimum = found.minimum;
    pack_small_scales(found.parts, block.scales);
    for (int quarter = 0; quarter < 4; ++quarter)
      for (int l = 0; l < kPartElements; ++l) {
        const uint8_t* const pair = found.quants + quarter * 2 * kPartElements;
        block.quants[quarter * kPartElements + l] = static_cast<uint8_t>(pair[l] | pair[l + kPartElements] << 4);
      }
  }
}

}  // namespace vitrine::blocks
