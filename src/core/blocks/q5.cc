// Q5_0 and Q5_1: 32 elements of five bits under one scale, the fifth bits apart.
#include <cstring>

#include "core/blocks/formats.h"
#include "core/blocks/layout.h"
#include "core/blocks/scale_search.h"
#include "core/dtype.h"

namespace vitrine::blocks {
namespace {

constexpr int kHalf = kSmall / 2;

/// Element j of a block, 0 … 31.
template <typename Block>
int quant_at(const Block& block, int j) {
  const int low = j < kHalf ? block.quants[j] & 0xf : block.quants[j - kHalf] >> 4;
  return low | ((block.high[j / 8] >> (j % 8)) & 1) << 4;
}

/// Stores element j of a block whose bits are all zero there.
template <typename Block>
void put_quant(Block& block, int j, int q) {
  block.quants[j % kHalf] = static_cast<uint8_t>(block.quants[j % kHalf] | (q & 0xf) << (j < kHalf ? 0 : 4));
  block.high[j / 8] = static_cast<uint8_t>(block.high[j / 8] | (q >> 4) << (j % 8));
}

}  // namespace

void dequantize_q5_0(const std::byte* blocks, float* y, int64_t num_blocks) {
  const auto* const source = reinterpret_cast<const Q5_0*>(blocks);
  for (int64_t i = 0; i < num_blocks; ++i, y += kSmall) {
    const float scale = f32_from_f16(source[i].scale);
    for (int j = 0; j < kSmall; ++j) y[j] = scale * static_cast<float>(quant_at(source[i], j) - 16);
  }
}

void dequantize_q5_1(const std::byte* blocks, float* y, int64_t num_blocks) {
  const auto* const source = reinterpret_cast<const Q5_1*>(blocks);
  for (int64_t i = 0; i < num_blocks; ++i, y += kSmall) {
    const float scale = f32_from_f16(source[i].scale), minimum = f32_from_f16(source[i].minimum);
    for (int j = 0; j < kSmall; ++j) y[j] = scale * static_cast<float>(quant_at(source[i], j)) + minimum;
  }
}

void quantize_q5_0(const float* x, std::byte* blocks, int64_t num_blocks) {
  auto* const target = reinterpret_cast<Q5_0*>(blocks);
  std::memset(blocks, 0, static_cast<size_t>(num_blocks) * sizeof(Q5_0));
  for (int64_t i = 0; i < num_blocks; ++i, x += kSmall) {
    target[i].scale = f16_from_f32(fit_scale(x, nullptr, kSmall, -16, 15));
    const float scale = f32_from_f16(target[i].scale), inverse = scale != 0 ? 1 / scale : 0;
    for (int j = 0; j < kSmall; ++j) put_quant(target[i], j, rounded_within(x[j] * inverse, -16, 15) + 16);
  }
}

void quantize_q5_1(const float* x, std::byte* blocks, int64_t num_blocks) {
  auto* const target = reinterpret_cast<Q5_1*>(blocks);
  std::memset(blocks, 0, static_cast<size_t>(num_blocks) * sizeof(Q5_1));
  for (int64_t i = 0; i < num_blocks; ++i, x += kSmall) {
    const ScaleAndMinimum fit = fit_scale_and_minimum(x, nullptr, kSmall, 31, false);
    target[i].scale = f16_from_f32(fit.scale);
    target[i].minimum = f16_from_f32(-fit.minimum);
    const float scale = f32_from_f16(target[i].scale), minimum = f32_from_f16(target[i].minimum);
    const float inverse = scale != 0 ? 1 / scale : 0;
    for (int j = 0; j < kSmall; ++j) put_quant(target[i], j, rounded_within((x[j] - minimum) * inverse, 0, 31));
  }
}

}  // namespace vitrine::blocks
