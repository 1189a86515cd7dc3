// f32, f16 and bf16 as blocks of one element.
#include <cstring>

#include "core/blocks/formats.h"
#include "core/dtype.h"

namespace vitrine::blocks {
namespace {

uint16_t half_at(const std::byte* blocks, int64_t i) {
  uint16_t bits = 0;
  std::memcpy(&bits, blocks + 2 * i, 2);
  return bits;
}

}  // namespace

void dequantize_f32(const std::byte* blocks, float* y, int64_t num_blocks) {
  std::memcpy(y, blocks, static_cast<size_t>(num_blocks) * 4);
}
void dequantize_f16(const std::byte* blocks, float* y, int64_t num_blocks) {
  for (int64_t i = 0; i < num_blocks; ++i) y[i] = f32_from_f16(half_at(blocks, i));
}
void dequantize_bf16(const std::byte* blocks, float* y, int64_t num_blocks) {
  for (int64_t i = 0; i < num_blocks; ++i) y[i] = f32_from_bf16(half_at(blocks, i));
}

void quantize_f32(const float* x, std::byte* blocks, int64_t num_blocks) {
  std::memcpy(blocks, x, static_cast<size_t>(num_blocks) * 4);
}
void quantize_f16(const float* x, std::byte* blocks, int64_t num_blocks) {
  for (int64_t i = 0; i < num_blocks; ++i) {
    const uint16_t bits = f16_from_f32(x[i]);
    std::memcpy(blocks + 2 * i, &bits, 2);
  }
}
void quantize_bf16(const float* x, std::byte* blocks, int64_t num_blocks) {
  for (int64_t i = 0; i < num_blocks; ++i) {
    const uint16_t bits = bf16_from_f32(x[i]);
    std::memcpy(blocks + 2 * i, &bits, 2);
  }
}

}  // namespace vitrine::blocks
