// Element types of tensors, and conversions between them.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

namespace vitrine {

/// Plain element types, then types whose elements lie in blocks that share scales (core/blocks.h).
enum class DType : uint8_t {
  kF32,
  kBF16,
  kF16,
  kI32,
  kU8,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ8_0,
  kQ2_K,
  kQ3_K,
  kQ4_K,
  kQ5_K,
  kQ6_K,
};

/// Elements that lie together: 1 for plain types, 32 or 256 for blocks.
int64_t dtype_block_elements(DType dtype);
/// Bytes of one block; of one element for plain types.
int64_t dtype_block_bytes(DType dtype);
inline bool is_block_dtype(DType dtype) { return dtype >= DType::kQ4_0; }
/// Bytes of one element of a plain type. Errors: kInternal for a block type.
int64_t dtype_bytes(DType dtype);
/// Bytes that elements take. Errors: kInvalidArgument when they are no whole blocks, or when the size overflows.
int64_t storage_bytes(DType dtype, int64_t num_elements);
/// Short lower-case name: f32, bf16, f16, i32, u8, q4_0, q6_k.
std::string_view dtype_name(DType dtype);

/// Rounds to nearest even; NaN stays NaN.
inline uint16_t bf16_from_f32(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<uint16_t>((bits >> 16) | 0x40u);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}
inline float f32_from_bf16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

/// IEEE half precision, rounding to nearest even, with subnormals, infinities and NaN.
uint16_t f16_from_f32(float value);
float f32_from_f16(uint16_t bits);

}  // namespace vitrine
