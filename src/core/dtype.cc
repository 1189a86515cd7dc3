#include "core/dtype.h"

#include <fmt/format.h>

#include <iterator>

#include "base/error.h"

namespace vitrine {
namespace {

struct DTypeFacts {
  std::string_view name;
  int64_t block_elements;
  int64_t block_bytes;
};

/// In the order of the enumeration.
constexpr DTypeFacts kFacts[] = {
    {"f32", 1, 4},     {"bf16", 1, 2},     {"f16", 1, 2},      {"i32", 1, 4},      {"u8", 1, 1},
    {"q4_0", 32, 18},  {"q4_1", 32, 20},   {"q5_0", 32, 22},   {"q5_1", 32, 24},   {"q8_0", 32, 34},
    {"q2_k", 256, 84}, {"q3_k", 256, 110}, {"q4_k", 256, 144}, {"q5_k", 256, 176}, {"q6_k", 256, 210},
};
static_assert(std::size(kFacts) == static_cast<size_t>(DType::kQ6_K) + 1);

const DTypeFacts& facts(DType dtype) { return kFacts[static_cast<size_t>(dtype)]; }

}  // namespace

int64_t dtype_block_elements(DType dtype) { return facts(dtype).block_elements; }
int64_t dtype_block_bytes(DType dtype) { return facts(dtype).block_bytes; }
std::string_view dtype_name(DType dtype) { return facts(dtype).name; }

int64_t dtype_bytes(DType dtype) {
  VITRINE_CHECK(!is_block_dtype(dtype), fmt::format("elements of {} have no size of their own", dtype_name(dtype)));
  return facts(dtype).block_bytes;
}

int64_t storage_bytes(DType dtype, int64_t num_elements) {
  const auto [name, block_elements, block_bytes] = facts(dtype);
  if (num_elements % block_elements != 0)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: elements do not fill whole blocks (got {}, expected a "
                                                         "multiple of {})",
                                                         name, num_elements, block_elements));
  int64_t bytes = 0;
  if (__builtin_mul_overflow(num_elements / block_elements, block_bytes, &bytes))
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: size overflows (got {} elements)", name, num_elements));
  return bytes;
}

uint16_t f16_from_f32(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = (bits >> 16) & 0x8000u;
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u);
  if (magnitude >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);  // 65520 and more round to infinity
  if (magnitude < 0x38800000u) {  // below 2^-14: subnormal; adding 0.5 lets the FPU round at the right bit
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) - 0x3f000000u));
  }
  const uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
  return static_cast<uint16_t>(sign | ((rounded - 0x38000000u) >> 13));
}

float f32_from_f16(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t exponent = (half >> 10) & 0x1fu;
  const uint32_t mantissa = half & 0x3ffu;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(mantissa) * 0x1.0p-24f;
    return std::bit_cast<float>(std::bit_cast<uint32_t>(magnitude) | sign);
  }
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

}  // namespace vitrine
