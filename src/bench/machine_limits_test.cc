#include "bench/machine_limits.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"
#include "bench/peak_loops.h"

namespace vitrine::bench {
namespace {

TEST(MachineLimits, EveryFigureOfThisMachineIsThere) {
  const MachineLimits limits = measure_machine_limits(1, 0.001, 3);
  EXPECT_EQ(limits.num_threads, 1);
  EXPECT_GT(limits.clock_ghz, 0);
  EXPECT_GT(limits.processors_present, 0);
  EXPECT_GT(limits.f32_gflops, 0);
  EXPECT_GE(limits.f32_gflops, limits.f32_128_gflops.value());
  EXPECT_GT(limits.read_gbps, 0);
  EXPECT_GE(limits.read_array_bytes, int64_t{64} << 20);
  EXPECT_EQ(limits.int8_gops.has_value(), !limits.int8_instruction.empty());
#if defined(__x86_64__)
  EXPECT_EQ(limits.f32_256_gflops.has_value(), __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
  EXPECT_EQ(limits.f32_512_gflops.has_value(), __builtin_cpu_supports("avx512f") != 0);
  EXPECT_EQ(limits.bf16_gflops.has_value(), __builtin_cpu_supports("avx512bf16") != 0);
#endif
}

TEST(MachineLimits, RefusesCountsThatAreNotPositive) {
  EXPECT_THROW(measure_machine_limits(-1, 0.1, 3), Error);
  EXPECT_THROW(measure_machine_limits(1, 0, 3), Error);
  EXPECT_THROW(measure_machine_limits(1, 0.1, 0), Error);
  EXPECT_THROW(measure_processors_present(1, -1), Error);
}

TEST(PeakLoops, CountTheOperationsOfTheirRounds) {
  const PeakLoops loops = peak_loops();
  EXPECT_EQ(loops.clock(1000), 8000);
  for (const PeakLoop loop : {loops.f32_128, loops.f32_256, loops.f32_512, loops.bf16, loops.int8})
    if (loop != nullptr) {
      EXPECT_EQ(loop(10), 10 * loop(1));
    }
}

TEST(PeakLoops, ReadingTouchesEveryPart) {
  std::vector<float> data(640, 1.0f);
  const float before = read_all(data.data(), 640);
  data[0] += 1;
  EXPECT_NE(read_all(data.data(), 640), before);
}

}  // namespace
}  // namespace vitrine::bench
