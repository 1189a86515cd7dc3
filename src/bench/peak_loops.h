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
};

PeakLoops peak_loops();

/// Sums count floats, a multiple of 64, so that they have to be read.
float read_all(const float* data, int64_t count);

}  // namespace vitrine::bench
