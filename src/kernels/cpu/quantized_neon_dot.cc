// Quantized products with NEON and its dot product of bytes (FEAT_DotProd, Armv8.2).
#include "kernels/cpu/quantized_kernels.h"

#if defined(__aarch64__)

#include <arm_neon.h>
#include <hwy/base.h>

#include <cstring>
#include <utility>

#include "base/prefetch.h"

HWY_PUSH_ATTRIBUTES("arch=armv8.2-a+dotprod")

#include "kernels/cpu/quantized_neon-inl.h"

namespace vitrine::kernels::cpu {
namespace {

struct DotProduct {
  template <bool>
  static int32x4_t add(int32x4_t sums, int8x16_t codes, int8x16_t x) {
    return vdotq_s32(sums, codes, x);
  }
};

}  // namespace

constinit const QuantizedKernels kQuantizedNeonDot = make_kernels<Neon<DotProduct>>();

}  // namespace vitrine::kernels::cpu

HWY_POP_ATTRIBUTES

#endif
