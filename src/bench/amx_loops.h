// Loops of tile products (Intel AMX). The kernel hands out the tile registers on request only.
#pragma once

#include "bench/peak_loops.h"

namespace vitrine::bench {

struct AmxLoops {
  PeakLoop bf16 = nullptr;  // pairs of bf16, sums in f32
  PeakLoop int8 = nullptr;  // fours of unsigned by signed bytes, sums in 32 bits
};

/// Asks the kernel for the tile registers, for the whole process; the loops are absent where it or the processor has
/// none.
AmxLoops amx_loops();

}  // namespace vitrine::bench
