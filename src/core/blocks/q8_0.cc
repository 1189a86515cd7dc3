// Q8_0: 32 elements of eight bits under one scale.
#include <algorithm>
#include <cmath>

#include "core/blocks/formats.h"
#include "core/blocks/layout.h"
#include "core/blocks/scale_search.h"
#include "core/dtype.h"

namespace vitrine::blocks {

void dequantize_q8_0(const std::byte* blocks, float* y, int64_t num_blocks) {
  const auto* const source = reinterpret_cast<const Q8_0*>(blocks);
  for (int64_t i = 0; i < num_blocks; ++i, y += kSmall) {
    const float scale = f32_from_f16(source[i].scale);
    for (int j = 0; j < kSmall; ++j) y[j] = scale * static_cast<float>(source[i].quants[j]);
  }
}

void quantize_q8_0(const float* x, std::byte* blocks, int64_t num_blocks) {
  auto* const target = reinterpret_cast<Q8_0*>(blocks);
  for (int64_t i = 0; i < num_blocks; ++i, x += kSmall) {
    float largest = 0;
    for (int j = 0; j < kSmall; ++j) largest = std::max(largest, std::fabs(x[j]));
    target[i].scale = f16_from_f32(largest / 127);
    // Rounding under the scale as it is stored, not as it was before f16, is what makes a second pass change nothing.
    const float scale = f32_from_f16(target[i].scale), inverse = scale != 0 ? 1 / scale : 0;
    for (int j = 0; j < kSmall; ++j)
      target[i].quants[j] = static_cast<int8_t>(rounded_within(x[j] * inverse, -127, 127));
  }
}

}  // namespace vitrine::blocks
