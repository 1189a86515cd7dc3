// Q5_K: as Q4_K with a fifth bit, which lies apart.
#include <cstring>

#include "core/blocks/formats.h"
#include "core/blocks/k_parts.h"
#include "core/dtype.h"

namespace vitrine::blocks {

void dequantize_q5_k(const std::byte* blocks, float* y, int64_t num_blocks) {
  const auto* const source = reinterpret_cast<const Q5_K*>(blocks);
  for (int64_t i = 0; i < num_blocks; ++i) {
    const Q5_K& block = source[i];
    const float scale = f32_from_f16(block.scale), minimum = f32_from_f16(block.minimum);
    for (int p = 0; p < kParts; ++p) {
      const SmallScale part = small_scale(block.scales, p);
      const float part_scale = scale * static_cast<float>(part.scale);
      const float part_minimum = minimum * static_cast<float>(part.minimum);
      const uint8_t* const quants = block.quants + p / 2 * kPartElements;
      for (int l = 0; l < kPartElements; ++l) {
        const int q = ((quants[l] >> (p % 2 * 4)) & 0xf) | ((block.high[l] >> p) & 1) << 4;
        *y++ = part_scale * static_cast<float>(q) - part_minimum;
      }
    }
  }
}

void quantize_q5_k(const float* x, std::byte* blocks, int64_t num_blocks) {
  auto* const target = reinterpret_cast<Q5_K*>(blocks);
  std::memset(blocks, 0, static_cast<size_t>(num_blocks) * sizeof(Q5_K));
  for (int64_t i = 0; i < num_blocks; ++i, x += kSuper) {
    const SuperBlock found = quantize_super_block(x, 31);
    Q5_K& block = target[i];
    block.scale = found.scale;
    block.minimum = found.minimum;
    pack_small_scales(found.parts, block.scales);
    for (int p = 0; p < kParts; ++p)
      for (int l = 0; l < kPartElements; ++l) {
        const int q = found.quants[p * kPartElements + l];
        uint8_t& pair = block.quants[p / 2 * kPartElements + l];
        pair = static_cast<uint8_t>(pair | (q & 0xf) << (p % 2 * 4));
        block.high[l] = static_cast<uint8_t>(block.high[l] | (q >> 4) << p);
      }
  }
}

}  // namespace vitrine::blocks
