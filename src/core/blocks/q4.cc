// Q4_0 and Q4_1: 32 elements of four bits under one scale.
#include "core/blocks/formats.h"
#include "core/blocks/layout.h"
#include "core/blocks/scale_search.h"
#include "core/dtype.h"

namespace vitrine::blocks {

void dequantize_q4_0(const std::byte* blocks, float* y, int64_t num_blocks) {
  const auto* const source = reinterpret_cast<const Q4_0*>(blocks);
  for (int64_t i = 0; i < num_blocks; ++i, y += kSmall) {
    const float scale = f32_from_f16(source[i].scale);
    for (int j = 0; j < kSmall / 2; ++j) {
      y[j] = scale * static_cast<float>((source[i].quants[j] & 0xf) - 8);
      y[j + kSmall / 2] = scale * static_cast<float>((source[i].quants[j] >> 4) - 8);
    }
  }
}

void dequantize_q4_1(const std::byte* blocks, float* y, int64_t num_blocks) {
  const auto* const source = reinterpret_cast<const Q4_1*>(blocks);
  for (int64_t i = 0; i < num_blocks; ++i, y += kSmall) {
    const float scale = f32_from_f16(source[i].scale), minimum = f32_from_f16(source[i].minimum);
    for (int j = 0; j < kSmall / 2; ++j) {
      y[j] = scale * static_cast<float>(source[i].quants[j] & 0xf) + minimum;
      y[j + kSmall / 2] = scale * static_cast<float>(source[i].quants[j] >> 4) + minimum;
    }
  }
}

void quantize_q4_0(const float* x, std::byte* blocks, int64_t num_blocks) {
  auto* const target = reinterpret_cast<Q4_0*>(blocks);
  for (int64_t i = 0; i < num_blocks; ++i, x += kSmall) {
    target[i].scale = f16_from_f32(fit_scale(x, nullptr, kSmall, -8, 7));
    const float scale = f32_from_f16(target[i].scale), inverse = scale != 0 ? 1 / scale : 0;
    for (int j = 0; j < kSmall / 2; ++j) {
      const int low = rounded_within(x[j] * inverse, -8, 7) + 8;
      const int high = rounded_within(x[j + kSmall / 2] * inverse, -8, 7) + 8;
      target[i].quants[j] = static_cast<uint8_t>(low | high << 4);
    }
  }
}

void quantize_q4_1(const float* x, std::byte* blocks, int64_t num_blocks) {
  auto* const target = reinterpret_cast<Q4_1*>(blocks);
  for (int64_t i = 0; i < num_blocks; ++i, x += kSmall) {
    const ScaleAndMinimum fit = fit_scale_and_minimum(x, nullptr, kSmall, 15, false);
    target[i].scale = f16_from_f32(fit.scale);
    target[i].minimum = f16_from_f32(-fit.minimum);
    const float scale = f32_from_f16(target[i].scale), minimum = f32_from_f16(target[i].minimum);
    const float inverse = scale != 0 ? 1 / scale : 0;
    for (int j = 0; j < kSmall / 2; ++j) {
      const int low = rounded_within((x[j] - minimum) * inverse, 0, 15);
      const int high = rounded_within((x[j + kSmall / 2] - minimum) * inverse, 0, 15);
      target[i].quants[j] = static_cast<uint8_t>(low | high << 4);
    }
  }
}

}  // namespace vitrine::blocks
