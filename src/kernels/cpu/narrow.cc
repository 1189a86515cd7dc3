#include "kernels/narrow.h"

#include "core/dtype.h"
#include "kernels/cpu/select.h"
#include "kernels/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/narrow.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr uint16_t kExponent = 0x7c00;

bool NarrowToF16(const float* x, int64_t count, uint16_t* to) {
  int64_t i = 0;
  bool finite = true;
#if HWY_TARGET <= HWY_AVX2 || HWY_ARCH_ARM  // where the processor rounds, small numbers too
  const hn::ScalableTag<float> d;
  const hn::Rebind<hwy::float16_t, decltype(d)> d16;
  const hn::RebindToUnsigned<decltype(d16)> bits;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto highest = hn::Zero(bits);
  for (; i + lanes <= count; i += lanes) {
    const auto halves = hn::BitCast(bits, hn::DemoteTo(d16, hn::LoadU(d, x + i)));
    hn::StoreU(halves, bits, to + i);
    highest = hn::Max(highest, hn::And(halves, hn::Set(bits, kExponent)));
  }
  finite = hn::AllTrue(bits, hn::Lt(highest, hn::Set(bits, kExponent)));
#endif
  for (; i < count; ++i) {
    to[i] = f16_from_f32(x[i]);
    finite = finite && (to[i] & kExponent) != kExponent;
  }
  return finite;
}

}  // namespace vitrine::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace vitrine::kernels {
namespace cpu {
HWY_EXPORT(NarrowToF16);
}  // namespace cpu
using namespace cpu;  // NOLINT: the bodies of this file

bool narrow_to_f16(KernelSet set, const float* x, int64_t count, uint16_t* to) {
  return VITRINE_KERNEL(set, NarrowToF16)(x, count, to);
}

}  // namespace vitrine::kernels
#endif  // HWY_ONCE
