#include "core/rng.h"

#include <gtest/gtest.h>

#include <cmath>

namespace vitrine {
namespace {

// Known answers of Random123's kat_vectors for philox4x32-10.
TEST(Philox, MatchesThePublishedVectors) {
  using Words = std::array<uint32_t, 4>;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}), (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Rng, NormalHasUnitVarianceAndUniformStaysInRange) {
  Rng rng(7, 1);
  double sum = 0, squares = 0;
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    const double x = rng.next_normal();
    sum += x;
    squares += x * x;
    const double u = rng.next_uniform();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    ASSERT_LT(rng.next_below(3), 3u);
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.02);
  EXPECT_NEAR(squares / kDraws, 1, 0.03);
}

TEST(Rng, StreamsAndStepsDiffer) {
  EXPECT_NE((RngKey{1, 2, 3}.at(0)), (RngKey{1, 2, 4}.at(0)));
  EXPECT_NE((RngKey{1, 2, 3}.at(0)), (RngKey{1, 3, 3}.at(0)));
  EXPECT_NE((RngKey{1, 2, 3}.at(0)), (RngKey{2, 2, 3}.at(0)));
}

}  // namespace
}  // namespace vitrine
