// How this processor's memory is read soonest. Measured: docs/experiments.md, "Requests to the second level on Zen 4".
#pragma once

#include <cstdint>

namespace vitrine::kernels::cpu {

struct MemoryReads {
  /// Whether what is needed later is asked for to the second level: faster on Zen 4 by a third and more in attention,
  /// most likely since a request to the first holds one of its few places until memory answers.
  bool asks_second_level = false;
  /// Panels are read two at a time, far apart, by products of at most so many rows.
  int64_t most_rows_of_pairs = 16;
};

/// Of the processor that this runs on.
const MemoryReads& memory_reads();

}  // namespace vitrine::kernels::cpu
