// The functions that the catalog of block types names; each family has a file.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitrine::blocks {

void dequantize_f32(const std::byte* blocks, float* y, int64_t num_blocks);
void dequantize_f16(const std::byte* blocks, float* y, int64_t num_blocks);
void dequantize_bf16(const std::byte* blocks, float* y, int64_t num_blocks);
void dequantize_q4_0(const std::byte* blocks, float* y, int64_t num_blocks);
void dequantize_q4_1(const std::byte* blocks, float* y, int64_t num_blocks);
void dequantize_q5_0(const std::byte* blocks, float* y, int64_t num_blocks);
void dequantize_q5_1(const std::byte* blocks, float* y, int64_t num_blocks);
void dequantize_q8_0(const std::byte* blocks, float* y, int64_t num_blocks);
void dequantize_q2_k(const std::byte* blocks, float* y, int64_t num_blocks);
void dequantize_q3_k(const std::byte* blocks, float* y, int64_t num_blocks);
void dequantize_q4_k(const std::byte* blocks, float* y, int64_t num_blocks);
void dequantize_q5_k(const std::byte* blocks, float* y, int64_t num_blocks);
void dequantize_q6_k(const std::byte* blocks, float* y, int64_t num_blocks);

void quantize_f32(const float* x, std::byte* blocks, int64_t num_blocks);
void quantize_f16(const float* x, std::byte* blocks, int64_t num_blocks);
void quantize_bf16(const float* x, std::byte* blocks, int64_t num_blocks);
void quantize_q4_0(const float* x, std::byte* blocks, int64_t num_blocks);
void quantize_q4_1(const float* x, std::byte* blocks, int64_t num_blocks);
void quantize_q5_0(const float* x, std::byte* blocks, int64_t num_blocks);
void quantize_q5_1(const float* x, std::byte* blocks, int64_t num_blocks);
void quantize_q8_0(const float* x, std::byte* blocks, int64_t num_blocks);
void quantize_q4_k(const float* x, std::byte* blocks, int64_t num_blocks);
void quantize_q5_k(const float* x, std::byte* blocks, int64_t num_blocks);
void quantize_q6_k(const float* x, std::byte* blocks, int64_t num_blocks);

}  // namespace vitrine::blocks
