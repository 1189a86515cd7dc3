#include "kernels/exp_sum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "kernels/kernel_sets.h"

namespace vitrine::kernels {
namespace {

std::vector<double> sums_of(KernelSet set, const std::vector<double>& x) {
  std::vector<double> sums(kExpSums);
  add_exponentials(set, x.data(), static_cast<int64_t>(x.size()), sums.data());
  return sums;
}

TEST(ExpSum, EachTermIsRightToTheLastBitsOverTheWholeRange) {
  for (const KernelSet set : available_kernel_sets())
    for (double x = -707.9; x < 700; x += 0.37) {
      const double got = sums_of(set, {x})[0];
      ASSERT_NEAR(got / std::exp(x), 1, 5e-16) << x;
    }
}

TEST(ExpSum, FarBelowIsExactlyNothingAndZeroExactlyOne) {
  for (const KernelSet set : available_kernel_sets()) {
    for (const double x : {-709.0, -1e9, -1e308, -std::numeric_limits<double>::infinity()})
      EXPECT_EQ(sums_of(set, {x})[0], 0.0);
    EXPECT_EQ(sums_of(set, {0.0})[0], 1.0);
  }
}

TEST(ExpSum, EveryKernelSetGivesTheSameBitsForEveryLength) {
  std::mt19937 generator(5);
  std::normal_distribution<double> normal(-10, 8);
  for (const size_t count : {0, 1, 7, 8, 9, 31, 1000}) {
    std::vector<double> x(count);
    for (double& each : x) each = normal(generator);
    const std::vector<double> want = sums_of(KernelSet::kPortable, x);
    std::vector<double> plain(kExpSums);
    for (size_t i = 0; i < count; ++i) plain[i % kExpSums] += std::exp(x[i]);
    for (size_t i = 0; i < plain.size(); ++i) EXPECT_NEAR(want[i], plain[i], 1e-14 * (1 + plain[i]));
    for (const KernelSet set : available_kernel_sets())
      EXPECT_EQ(std::memcmp(sums_of(set, x).data(), want.data(), sizeof(double) * kExpSums), 0) << count;
  }
}

}  // namespace
}  // namespace vitrine::kernels
