#include "bench/machine_limits.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "base/error.h"
#include "bench/peak_loops.h"

namespace vitrine::bench {
namespace {

TEST(MachineLimits, EveryFigureOfThisMachineIsThere) {
  const MachineLimits limits = measure_machine_limits(1, 0.001, 3);
  EXPECT_EQ(limits.num_threads, 1);
  EXPECT_TRUE(limits.clock_ghz.has_value());  // nothing runs a chain faster than a clock of today
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

TEST(ReadProbe, ReadsItsArrayAsOftenAsWanted) {
  const ReadProbe probe(1);
  EXPECT_GE(probe.num_bytes(), int64_t{64} << 20);
  EXPECT_GT(probe.read_gbps(1), 0);
  EXPECT_GT(probe.read_gbps(2), 0);
  EXPECT_THROW((void)probe.read_gbps(0), Error);
  EXPECT_THROW(ReadProbe(-1), Error);
}

TEST(MachineLimits, AClockThatNoProcessorHasIsNotReported) {
  EXPECT_DOUBLE_EQ(clock_ghz_from(3.7e9).value(), 3.7);
  for (const double folded :
       {0.0, -1e9, 0.005e9, 19.34e9, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
    EXPECT_FALSE(clock_ghz_from(folded).has_value()) << folded;
}

TEST(PeakLoops, TheClockLoopReallyAdds) {
  EXPECT_EQ(chain_of_additions(0), 0);
  EXPECT_EQ(chain_of_additions(1), kChainLength);
  EXPECT_EQ(chain_of_additions(12345), 12345 * kChainLength);
}

TEST(PeakLoops, ATileProductCountsAllItsMultiplicationsAndAdditions) {
  const PeakLoops loops = peak_loops();
  if (loops.amx_bf16 == nullptr || loops.amx_int8 == nullptr) GTEST_SKIP() << "no tile registers here";
  EXPECT_EQ(loops.amx_bf16(1), 6 * 2.0 * 16 * 16 * 32);  // six of 16 x 32 by 32 x 16
  EXPECT_EQ(loops.amx_int8(1), 6 * 2.0 * 16 * 16 * 64);
}

TEST(PeakLoops, CountTheOperationsOfTheirRounds) {
  const PeakLoops loops = peak_loops();
  EXPECT_EQ(loops.clock(1000), 1000 * kChainLength);
  for (const PeakLoop loop :
       {loops.f32_128, loops.f32_256, loops.f32_512, loops.bf16, loops.int8, loops.amx_bf16, loops.amx_int8})
    if (loop != nullptr) {
      EXPECT_EQ(loop(10), 10 * loop(1));
    }
}

TEST(PeakLoops, ReadingTouchesEveryPart) {
  for (const ReadStyle style : kReadStyles)
    for (const size_t changed : {0, 640}) {
      std::vector<float> data(1280, 1.0f);
      const float before = read_all(data.data(), 1280, style);
      data[changed] += 1;
      EXPECT_NE(read_all(data.data(), 1280, style), before) << "style " << static_cast<int>(style) << ", " << changed;
    }
}

}  // namespace
}  // namespace vitrine::bench
