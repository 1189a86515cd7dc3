#include "core/blocks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "base/error.h"
#include "core/rng.h"
#include "core/tensor.h"

namespace vitrine {
namespace {

std::vector<float> normal_values(int64_t count, uint64_t seed, float deviation = 0.02f) {
  std::vector<float> values(static_cast<size_t>(count));
  Rng rng(seed, 5);
  for (float& value : values) value = deviation * static_cast<float>(rng.next_normal());
  return values;
}

std::vector<std::byte> quantized(DType dtype, const std::vector<float>& values) {
  std::vector<std::byte> blocks(static_cast<size_t>(storage_bytes(dtype, static_cast<int64_t>(values.size()))));
  quantize(dtype, values, blocks);
  return blocks;
}

std::vector<float> dequantized(DType dtype, const std::vector<std::byte>& blocks) {
  std::vector<float> values(blocks.size() / static_cast<size_t>(dtype_block_bytes(dtype)) *
                            static_cast<size_t>(dtype_block_elements(dtype)));
  dequantize(dtype, blocks, values);
  return values;
}

/// Root of the squared error relative to the squared values.
double relative_error(const std::vector<float>& got, const std::vector<float>& wanted) {
  double error = 0, total = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    error += std::pow(static_cast<double>(got[i]) - static_cast<double>(wanted[i]), 2);
    total += std::pow(static_cast<double>(wanted[i]), 2);
  }
  return std::sqrt(error / total);
}

/// What a type may lose on normal values: a little above what was measured, and below what llama.cpp's own quantization
/// loses on the same distribution for every type of fewer than eight bits.
struct Bound {
  DType dtype;
  double error;
  double second_error;  ///< of quantizing again, relative to the error of the first time
};
constexpr Bound kBounds[] = {{DType::kF16, 3e-4, 0},      {DType::kBF16, 2.5e-3, 0},    {DType::kQ8_0, 0.0054, 0},
                             {DType::kQ6_K, 0.0180, 0.1}, {DType::kQ5_K, 0.0355, 0.2},  {DType::kQ4_K, 0.0712, 0.1},
                             {DType::kQ5_0, 0.0415, 0},   {DType::kQ5_1, 0.0350, 1e-3}, {DType::kQ4_0, 0.0830, 0},
                             {DType::kQ4_1, 0.0715, 1e-3}};

TEST(Blocks, ErrorOnNormalValuesIsBelowTheBoundOfEachType) {
  const std::vector<float> values = normal_values(256 * 400, 1);
  for (const Bound& bound : kBounds) {
    const double error = relative_error(dequantized(bound.dtype, quantized(bound.dtype, values)), values);
    EXPECT_LT(error, bound.error) << dtype_name(bound.dtype);
    EXPECT_GT(error, bound.error / 2) << dtype_name(bound.dtype) << ": the bound is loose";
  }
}

TEST(Blocks, QuantizingAgainChangesNothingInSimpleTypesAndLittleInKTypes) {
  const std::vector<float> values = normal_values(256 * 200, 2);
  for (const Bound& bound : kBounds) {
    const std::vector<float> once = dequantized(bound.dtype, quantized(bound.dtype, values));
    const std::vector<float> twice = dequantized(bound.dtype, quantized(bound.dtype, once));
    if (bound.second_error == 0)
      EXPECT_EQ(once, twice) << dtype_name(bound.dtype);
    else
      EXPECT_LE(relative_error(twice, once), bound.second_error * relative_error(once, values))
          << dtype_name(bound.dtype);
  }
}

TEST(Blocks, EveryValueLiesWithinHalfAStepOfItsBlock) {
  const std::vector<float> values = normal_values(32 * 500, 3);
  const std::vector<std::byte> blocks = quantized(DType::kQ8_0, values);
  const std::vector<float> back = dequantized(DType::kQ8_0, blocks);
  for (size_t i = 0; i < values.size(); ++i) {
    uint16_t scale = 0;
    std::memcpy(&scale, blocks.data() + i / 32 * 34, 2);
    EXPECT_LE(std::fabs(back[i] - values[i]), 0.502f * f32_from_f16(scale)) << i;
  }
}

TEST(Blocks, ZerosConstantsAndTinyValuesComeBack) {
  for (const BlockFormat& format : block_formats()) {
    if (format.quantize == nullptr) continue;
    const std::vector<float> zeros(512, 0.0f), tiny(512, 1e-30f), ones(512, -1.0f);
    EXPECT_EQ(dequantized(format.dtype, quantized(format.dtype, zeros)), zeros) << dtype_name(format.dtype);
    for (const float value : dequantized(format.dtype, quantized(format.dtype, tiny))) EXPECT_NEAR(value, 0, 1e-29);
    for (const float value : dequantized(format.dtype, quantized(format.dtype, ones)))
      EXPECT_NEAR(value, -1, 2e-3) << dtype_name(format.dtype);
  }
}

TEST(Blocks, OneLargeValueDoesNotBreakItsNeighbours) {
  std::vector<float> values = normal_values(512, 4);
  values[77] = 1.0f;
  for (const Bound& bound : kBounds) {
    const std::vector<float> back = dequantized(bound.dtype, quantized(bound.dtype, values));
    EXPECT_NEAR(back[77], 1.0f, 0.08) << dtype_name(bound.dtype);
    for (const float value : back) EXPECT_TRUE(std::isfinite(value));
  }
}

TEST(Blocks, NanInfinityAndTooLargeValuesAreRefusedByIndex) {
  for (const BlockFormat& format : block_formats()) {
    if (format.quantize == nullptr) continue;
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 3e38f}) {
      if (bad == 3e38f && (format.dtype == DType::kF32 || format.dtype == DType::kBF16)) continue;
      std::vector<float> values = normal_values(512, 6);
      values[300] = bad;
      try {
        quantized(format.dtype, values);
        ADD_FAILURE() << dtype_name(format.dtype) << " took " << bad;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
        EXPECT_NE(error.message().find("element 300"), std::string::npos) << error.message();
      }
    }
  }
}

TEST(Blocks, HostileScalesAreFoundByBlockAndByValue) {
  for (const BlockFormat& format : block_formats()) {
    if (!is_block_dtype(format.dtype)) continue;
    const auto stride = static_cast<size_t>(dtype_block_bytes(format.dtype));
    for (const int offset : {format.scale_offset, format.minimum_offset})
      for (const uint16_t bad : {uint16_t{0x7c00}, uint16_t{0xfc00}, uint16_t{0x7e01}}) {
        std::vector<std::byte> blocks(4 * stride);
        EXPECT_EQ(find_non_finite_block(format.dtype, blocks), -1);
        EXPECT_EQ(find_non_finite(dequantized(format.dtype, blocks)), -1);
        if (offset < 0) continue;
        std::memcpy(blocks.data() + 2 * stride + static_cast<size_t>(offset), &bad, 2);
        EXPECT_EQ(find_non_finite_block(format.dtype, blocks), 2) << dtype_name(format.dtype);
        EXPECT_EQ(find_non_finite(dequantized(format.dtype, blocks)) / dtype_block_elements(format.dtype), 2)
            << dtype_name(format.dtype);
      }
  }
}

TEST(Blocks, FirstPlainNumberThatIsNotFiniteIsFoundWhereverItStands) {
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kBF16})
    for (const size_t count : {size_t{1}, size_t{4095}, size_t{4096}, size_t{9001}}) {
      const auto stride = static_cast<size_t>(dtype_block_bytes(dtype));
      std::vector<std::byte> numbers(count * stride);
      EXPECT_EQ(find_non_finite_block(dtype, numbers), -1);
      for (const size_t at : {count - 1, count / 2}) {
        const uint32_t quiet_nan = dtype == DType::kF32 ? 0x7fc00000 : dtype == DType::kF16 ? 0x7e00 : 0xffc0;
        std::memcpy(numbers.data() + at * stride, &quiet_nan, stride);
        EXPECT_EQ(find_non_finite_block(dtype, numbers), static_cast<int64_t>(at)) << dtype_name(dtype);
        EXPECT_EQ(find_non_finite(dequantized(dtype, numbers)), static_cast<int64_t>(at)) << dtype_name(dtype);
      }
    }
}

TEST(Blocks, AnyBytesDequantizeWithoutTrouble) {
  Rng rng(7, 8);
  for (const BlockFormat& format : block_formats()) {
    std::vector<std::byte> blocks(static_cast<size_t>(64 * dtype_block_bytes(format.dtype)));
    for (std::byte& byte : blocks) byte = static_cast<std::byte>(rng.next_below(256));
    EXPECT_EQ(dequantized(format.dtype, blocks).size(), 64 * static_cast<size_t>(dtype_block_elements(format.dtype)));
  }
}

TEST(Blocks, OddSizesAndTypesWithoutRealNumbersAreRefused) {
  std::vector<std::byte> bytes(18);
  std::vector<float> values(31);
  EXPECT_THROW(dequantize(DType::kQ4_0, bytes, values), Error);
  values.resize(64);
  EXPECT_THROW(dequantize(DType::kQ4_0, bytes, values), Error);
  EXPECT_THROW(quantize(DType::kQ4_0, values, bytes), Error);
  values.resize(256);
  bytes.resize(84);
  EXPECT_THROW(quantize(DType::kQ2_K, values, bytes), Error);
  bytes.resize(256);
  EXPECT_THROW(dequantize(DType::kU8, bytes, values), Error);
  EXPECT_THROW(storage_bytes(DType::kQ6_K, 255), Error);
  EXPECT_THROW(storage_bytes(DType::kF32, std::numeric_limits<int64_t>::max() / 2), Error);
}

TEST(Blocks, NamesFindTheirTypes) {
  for (const BlockFormat& format : block_formats()) EXPECT_EQ(dtype_from_name(dtype_name(format.dtype)), format.dtype);
  EXPECT_EQ(dtype_from_name("q4_k_m"), std::nullopt);
}

TEST(Tensor, RowsOfBlocksAreWholeAndCanBeSliced) {
  const Tensor tensor = Tensor::zeros({6, 64}, DType::kQ4_0);
  EXPECT_EQ(tensor.num_bytes(), 6 * 2 * 18);
  EXPECT_EQ(tensor.slice_rows(2, 4).num_bytes(), 2 * 2 * 18);
  EXPECT_EQ(tensor.slice_rows(2, 4).data() - tensor.data(), 2 * 2 * 18);
  EXPECT_THROW(Tensor::empty({64, 6}, DType::kQ4_0), Error);
}

TEST(Tensor, BorrowedElementsKeepTheirOwnerAliveAndAreNotCounted) {
  const int64_t before = memory_use().in_use_bytes;
  auto owner = std::make_shared<std::vector<float>>(12, 3.0f);
  const std::weak_ptr<std::vector<float>> watch = owner;
  {
    const Tensor tensor = Tensor::borrowed({3, 4}, DType::kF32, std::as_bytes(std::span<const float>(*owner)), owner);
    owner.reset();
    EXPECT_FALSE(watch.expired());
    EXPECT_EQ(tensor.floats()[11], 3.0f);
    EXPECT_EQ(memory_use().in_use_bytes, before);
  }
  EXPECT_TRUE(watch.expired());
}

}  // namespace
}  // namespace vitrine
