#include "core/tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"

namespace vitrine {
namespace {

TEST(HalfTypes, RoundTripEveryBitPattern) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const float wide = f32_from_f16(half);
    if (std::isnan(wide)) {
      EXPECT_TRUE(std::isnan(f32_from_f16(f16_from_f32(wide))));
    } else {
      ASSERT_EQ(f16_from_f32(wide), half) << bits;
    }
    const float brain = f32_from_bf16(half);
    if (!std::isnan(brain)) {
      ASSERT_EQ(bf16_from_f32(brain), half) << bits;
    }
  }
}

TEST(HalfTypes, RoundToNearestEven) {
  EXPECT_EQ(f16_from_f32(1.0f + 0x1.0p-11f), f16_from_f32(1.0f));
  EXPECT_EQ(f16_from_f32(1.0f + 3 * 0x1.0p-11f), f16_from_f32(1.0f + 0x1.0p-9f));
  EXPECT_EQ(f16_from_f32(65519.9f), 0x7bff);
  EXPECT_EQ(f16_from_f32(65520.0f), 0x7c00);
  EXPECT_EQ(f16_from_f32(0x1.0p-25f), 0);
  EXPECT_EQ(bf16_from_f32(1.0f + 0x1.0p-8f), bf16_from_f32(1.0f));
}

TEST(Tensor, SlicesShareAndClonesDoNot) {
  const Tensor t = Tensor::zeros({3, 2});
  const Tensor row = t.slice_rows(1, 2);
  row.f32()[0] = 5;
  EXPECT_EQ(t.f32()[2], 5);
  const Tensor copy = t.clone();
  copy.f32()[2] = 6;
  EXPECT_EQ(t.f32()[2], 5);
  EXPECT_THROW(t.reshaped({4}), Error);
}

TEST(Memory, RefusesWhatIsBeyondTheLimitAndSaysHowMuch) {
  set_memory_limit_bytes(int64_t{64} << 20);
  try {
    Tensor::empty({int64_t{1} << 30});
    ADD_FAILURE() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kOutOfMemory);
    EXPECT_NE(error.message().find("4295.0 MB"), std::string::npos) << error.message();
  }
  set_memory_limit_bytes(0);
  EXPECT_NO_THROW(Tensor::empty({int64_t{1} << 20}));
}

TEST(Memory, ReusesFreedBlocks) {
  const std::byte* first = Tensor::empty({1000, 1000}).data();
  EXPECT_EQ(Tensor::empty({1000, 1000}).data(), first);
}

TEST(Arena, ScopesGiveBackAndStayAligned) {
  Arena arena;
  void* first = nullptr;
  for (int round = 0; round < 3; ++round) {
    const ArenaScope scope(arena);
    void* block = arena.allocate(100);
    if (round == 0) first = block;
    EXPECT_EQ(block, first);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(arena.allocate(int64_t{3} << 20)) % 64, 0u);
  }
}

TEST(Shape, RefusesOverflowAndNegatives) {
  EXPECT_THROW(Shape({int64_t{1} << 40, int64_t{1} << 40}).num_elements(), Error);
  EXPECT_THROW(Shape({-1}), Error);
  EXPECT_EQ(Shape({2, 3}).to_text(), "[2,3]");
}

}  // namespace
}  // namespace vitrine
