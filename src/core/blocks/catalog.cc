#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "core/blocks.h"
#include "core/blocks/formats.h"
#include "core/blocks/layout.h"

namespace vitrine {
namespace {

using namespace blocks;  // only the names of the table below

constexpr BlockFormat kFormats[] = {
    {DType::kF32, dequantize_f32, quantize_f32},
    {DType::kF16, dequantize_f16, quantize_f16},
    {DType::kBF16, dequantize_bf16, quantize_bf16},
    {DType::kQ4_0, dequantize_q4_0, quantize_q4_0, offsetof(Q4_0, scale)},
    {DType::kQ4_1, dequantize_q4_1, quantize_q4_1, offsetof(Q4_1, scale), offsetof(Q4_1, minimum)},
    {DType::kQ5_0, dequantize_q5_0, quantize_q5_0, offsetof(Q5_0, scale)},
    {DType::kQ5_1, dequantize_q5_1, quantize_q5_1, offsetof(Q5_1, scale), offsetof(Q5_1, minimum)},
    {DType::kQ8_0, dequantize_q8_0, quantize_q8_0, offsetof(Q8_0, scale)},
    {DType::kQ2_K, dequantize_q2_k, nullptr, offsetof(Q2_K, scale), offsetof(Q2_K, minimum)},
    {DType::kQ3_K, dequantize_q3_k, nullptr, offsetof(Q3_K, scale)},
    {DType::kQ4_K, dequantize_q4_k, quantize_q4_k, offsetof(Q4_K, scale), offsetof(Q4_K, minimum)},
    {DType::kQ5_K, dequantize_q5_k, quantize_q5_k, offsetof(Q5_K, scale), offsetof(Q5_K, minimum)},
    {DType::kQ6_K, dequantize_q6_k, quantize_q6_k, offsetof(Q6_K, scale)},
};

const BlockFormat& require_format(DType dtype, size_t num_bytes, size_t num_elements) {
  const BlockFormat* const format = find_block_format(dtype);
  if (format == nullptr)
    throw Error(ErrorCode::kUnsupported, fmt::format("element type {} holds no real numbers", dtype_name(dtype)));
  const int64_t expected = storage_bytes(dtype, static_cast<int64_t>(num_elements));
  if (static_cast<int64_t>(num_bytes) != expected)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} elements of {} take {} bytes (got {})", num_elements,
                                                         dtype_name(dtype), expected, num_bytes));
  return *format;
}

constexpr float kLargestInBlocks = 3e8f;  // the largest f16 scale times Q6_K's 128 * 32; squares of more may overflow

Error too_large(DType dtype, int64_t element) {
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("quantize: the values from element {} on are too large for {}", element, dtype_name(dtype)));
}

bool is_non_finite_f16(const std::byte* at) {
  uint16_t bits = 0;
  std::memcpy(&bits, at, 2);
  return (bits & 0x7c00u) == 0x7c00u;
}

/// Index of the first number whose exponent is all ones, which is NaN or infinite, or -1. Looks through thousands at
/// once without a branch, as models hold billions.
template <typename Bits>
int64_t find_full_exponent(std::span<const std::byte> numbers, Bits exponent) {
  constexpr size_t kPart = 4096;
  const size_t count = numbers.size() / sizeof(Bits);
  const auto is_full = [&](size_t i) {
    Bits bits = 0;
    std::memcpy(&bits, numbers.data() + i * sizeof(Bits), sizeof(Bits));
    return static_cast<Bits>(bits & exponent) == exponent;
  };
  for (size_t begin = 0; begin < count; begin += kPart) {
    const size_t end = std::min(begin + kPart, count);
    bool has_any = false;
    for (size_t i = begin; i < end; ++i) has_any |= is_full(i);
    for (size_t i = begin; has_any && i < end; ++i)
      if (is_full(i)) return static_cast<int64_t>(i);
  }
  return -1;
}

}  // namespace

std::span<const BlockFormat> block_formats() { return kFormats; }

const BlockFormat* find_block_format(DType dtype) {
  for (const BlockFormat& format : kFormats)
    if (format.dtype == dtype) return &format;
  return nullptr;
}

std::optional<DType> dtype_from_name(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(DType::kQ6_K); ++i)
    if (dtype_name(static_cast<DType>(i)) == name) return static_cast<DType>(i);
  return std::nullopt;
}

void dequantize(DType dtype, std::span<const std::byte> blocks, std::span<float> values) {
  const BlockFormat& format = require_format(dtype, blocks.size(), values.size());
  if (!values.empty())
    format.dequantize(blocks.data(), values.data(), static_cast<int64_t>(values.size()) / dtype_block_elements(dtype));
}

void quantize(DType dtype, std::span<const float> values, std::span<std::byte> blocks) {
  const BlockFormat& format = require_format(dtype, blocks.size(), values.size());
  if (format.quantize == nullptr)
    throw Error(ErrorCode::kUnsupported, fmt::format("quantize: {} is read but not written", dtype_name(dtype)),
                "take q8_0, q6_k, q5_k, q4_k or q4_0");
  if (const int64_t bad = find_non_finite(values); bad >= 0)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("quantize: element {} is {} (expected a finite number)", bad,
                                                         values[static_cast<size_t>(bad)]));
  for (size_t i = 0; is_block_dtype(dtype) && i < values.size(); ++i)
    if (std::fabs(values[i]) > kLargestInBlocks) throw too_large(dtype, static_cast<int64_t>(i));
  if (values.empty()) return;
  format.quantize(values.data(), blocks.data(), static_cast<int64_t>(values.size()) / dtype_block_elements(dtype));
  if (const int64_t bad = find_non_finite_block(dtype, blocks); bad >= 0)
    throw too_large(dtype, bad * dtype_block_elements(dtype));
}

int64_t find_non_finite(std::span<const float> values) {
  return find_full_exponent<uint32_t>(std::as_bytes(values), 0x7f800000);
}

int64_t find_non_finite_block(DType dtype, std::span<const std::byte> blocks) {
  const BlockFormat* const format = find_block_format(dtype);
  const auto stride = static_cast<size_t>(dtype_block_bytes(dtype));
  if (format == nullptr) return -1;
  if (dtype == DType::kF32) return find_full_exponent<uint32_t>(blocks, 0x7f800000);
  if (dtype == DType::kBF16) return find_full_exponent<uint16_t>(blocks, 0x7f80);
  if (dtype == DType::kF16) return find_full_exponent<uint16_t>(blocks, 0x7c00);
  for (size_t i = 0; (i + 1) * stride <= blocks.size(); ++i) {
    const std::byte* const block = blocks.data() + i * stride;
    const bool bad = (format->scale_offset >= 0 && is_non_finite_f16(block + format->scale_offset)) ||
                     (format->minimum_offset >= 0 && is_non_finite_f16(block + format->minimum_offset));
    if (bad) return static_cast<int64_t>(i);
  }
  return -1;
}

}  // namespace vitrine
