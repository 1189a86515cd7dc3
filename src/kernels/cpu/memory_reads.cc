#include "kernels/cpu/memory_reads.h"

namespace vitrine::kernels::cpu {

const MemoryReads& memory_reads() {
#if defined(__x86_64__)
  static const MemoryReads reads = __builtin_cpu_is("amd")
                                       ? MemoryReads{.asks_second_level = true, .most_rows_of_pairs = 1}
                                       : MemoryReads{};
#else
  static const MemoryReads reads;
#endif
  return reads;
}

}  // namespace vitrine::kernels::cpu
