// Loops of independent instructions that run at a processor's peak, and the list of those that it has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace vitrine::bench {

/// Runs `iterations` rounds; returns the operations done.
using PeakLoop = double (*)(int64_t iterations);

struct PeakLoops {
  PeakLoop clock;  // one dependent addition after the other: an operation is a clock cycle
  PeakLoop f32_128;
  PeakLoop f32_256 = nullptr, f32_512 = nullptr, bf16 = nullptr, int8 = nullptr;
  std::string int8_instruction;
  PeakLoop amx_bf16 = nullptr, amx_int8 = nullptr;  // products of tiles, where processor and kernel have them
};

PeakLoops peak_loops();

/// The additions of one round of the clock loop.
inline constexpr int64_t kChainLength = 8;

/// What the clock loop runs: adds 1 kChainLength times a round, each addition waiting for the one before; returns the
/// sum.
int64_t chain_of_additions(int64_t iterations);

/// How memory is read: which way is fastest differs among processors.
enum class ReadStyle { kPlain, kAskingAhead, kTwoStreams };
inline constexpr ReadStyle kReadStyles[] = {ReadStyle::kPlain, ReadStyle::kAskingAhead, ReadStyle::kTwoStreams};

/// Sums count floats, a multiple of 128, so that they have to be read. The two streams are the halves, with prefetching
/// too.
float read_all(const float* data, int64_t count, ReadStyle style);

}  // namespace vitrine::bench
