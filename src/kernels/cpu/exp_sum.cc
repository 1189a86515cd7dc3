#include "kernels/exp_sum.h"

#include "kernels/cpu/select.h"
#include "kernels/cpu/targets.h"
#include "kernels/kernel_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/exp_sum.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<double, kExpSums>;
using Vector = hn::Vec<Tag>;
constexpr int64_t kLanes = hn::MaxLanes(Tag());

/// exp(x) = 2^n * exp(r) with |r| <= ln(2) / 2; the Taylor sum to r^13 leaves less than 2e-17.
HWY_INLINE Vector exp_of(Vector x) {
  const Tag d;
  const hn::RebindToSigned<Tag> di;
  const auto fused_not = [](Vector a, Vector b, Vector c) { return hn::Add(hn::Mul(a, b), c); };
  const Vector rounder =
      hn::Set(d, 6755399441055744.0);  // 1.5 * 2^52: what is added to it is rounded to a whole number
  const Vector clamped = hn::Max(x, hn::Set(d, -708.0));
  const Vector shifted = fused_not(clamped, hn::Set(d, 1.4426950408889634), rounder);
  const Vector n = hn::Sub(shifted, rounder);
  Vector r = fused_not(n, hn::Set(d, -6.93147180369123816490e-01), clamped);
  r = fused_not(n, hn::Set(d, -1.90821492927058770002e-10), r);
  Vector sum = hn::Set(d, 1.0 / 6227020800.0);
  constexpr double kFactors[] = {
      1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720,
      1.0 / 120,       1.0 / 24,       1.0 / 6,       0.5,          1.0,         1.0};
  for (const double factor : kFactors) sum = fused_not(sum, r, hn::Set(d, factor));
  // The low bits of `shifted` are n; moved to the exponent they multiply by 2^n.
  const auto power = hn::ShiftLeft<52>(hn::BitCast(di, shifted));
  const Vector scaled = hn::BitCast(d, hn::Add(hn::BitCast(di, sum), power));
  return hn::IfThenElseZero(hn::Ge(x, hn::Set(d, -708.0)), scaled);
}

}  // namespace

void add_exponentials_body(const double* x, int64_t count, double* sums) {
  const Tag d;
  constexpr int64_t kVectors = kExpSums / kLanes;
  Vector sum[kVectors];
  for (int64_t v = 0; v < kVectors; ++v) sum[v] = hn::LoadU(d, sums + v * kLanes);
  int64_t i = 0;
  for (; i + kExpSums <= count; i += kExpSums)
    for (int64_t v = 0; v < kVectors; ++v) sum[v] = hn::Add(sum[v], exp_of(hn::LoadU(d, x + i + v * kLanes)));
  if (i < count) {
    double last[kExpSums];
    for (int64_t j = 0; j < kExpSums; ++j) last[j] = i + j < count ? x[i + j] : -1e308;
    for (int64_t v = 0; v < kVectors; ++v) sum[v] = hn::Add(sum[v], exp_of(hn::LoadU(d, last + v * kLanes)));
  }
  for (int64_t v = 0; v < kVectors; ++v) hn::StoreU(sum[v], d, sums + v * kLanes);
}

}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace vitrine::kernels {

void add_exponentials(KernelSet set, const double* x, int64_t count, double* sums) {
  VITRINE_KERNEL(set, add_exponentials_body)(x, count, sums);
}

}  // namespace vitrine::kernels
#endif
