// Element types of tensors, and conversions between them.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

namespace vitrine {

enum class DType : uint8_t { kF32, kBF16, kF16, kI32, kU8 };

/// Bytes of one element.
int64_t dtype_bytes(DType dtype);
/// Short lower-case name: f32, bf16, f16, i32, u8.
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
