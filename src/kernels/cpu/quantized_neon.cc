// Quantized products with NEON as every AArch64 processor has it: products of bytes are added in pairs.
#include "kernels/cpu/quantized_kernels.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#include <cstring>
#include <utility>

#include "base/prefetch.h"
#include "kernels/cpu/quantized_neon-inl.h"

namespace vitrine::kernels::cpu {
namespace {

struct AddedPairs {
  /// sums + the products of each four bytes. Of codes of up to six bits two products stay within 16 bits; of eight bits
  /// they may not.
  template <bool kEightBits>
  static int32x4_t add(int32x4_t sums, int8x16_t codes, int8x16_t x) {
    const int16x8_t low = vmull_s8(vget_low_s8(codes), vget_low_s8(x)), high = vmull_high_s8(codes, x);
    if constexpr (!kEightBits) return vpadalq_s16(sums, vpaddq_s16(low, high));
    return vaddq_s32(sums, vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high)));
  }
};

}  // namespace

constinit const QuantizedKernels kQuantizedNeon = make_kernels<Neon<AddedPairs>>();

}  // namespace vitrine::kernels::cpu

#endif
