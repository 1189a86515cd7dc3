#include "kernels/rope.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/rope.cc"
#include "kernels/cpu/targets.h"
// Keep this order: targets, then the loop over them, then Highway.
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/cpu/row_math-inl.h"
#include "kernels/cpu/select.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels {
namespace HWY_NAMESPACE {

void RopeRow(float* x, const float* cosines, const float* sines, int64_t half, bool inverse) {
  ForLanes(half, [&](auto d, int64_t i, size_t n) HWY_ATTR {
    const auto a = LoadLanes(d, x + i, n), b = LoadLanes(d, x + half + i, n);
    const auto c = LoadLanes(d, cosines + i, n);
    auto s = LoadLanes(d, sines + i, n);
    if (inverse) s = hn::Neg(s);
    StoreLanes(d, hn::NegMulAdd(b, s, hn::Mul(a, c)), x + i, n);
    StoreLanes(d, hn::MulAdd(a, s, hn::Mul(b, c)), x + half + i, n);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace vitrine::kernels {

void rope(const KernelContext& context, const RopeArgs& args) {
  const TraceScope scope(context.trace, "rope", [&] { return row_work(args.counts, 3, 2); });
  const auto row = VITRINE_KERNEL(context.kernel_set, RopeRow);
  const int64_t half = args.counts.columns / 2;
  for_row_chunks(context, args.counts, [&](int64_t first, int64_t last, int64_t) {
    for (int64_t i = first; i < last; ++i) {
      const int64_t offset = args.positions[i] * half;
      for (int64_t j = 0; j < args.counts.inner; ++j)
        row(args.x.row(i, j), args.cosines + offset, args.sines + offset, half, args.inverse);
    }
  });
}

void fill_rope_tables(int64_t num_positions, const RopeFrequencies& frequencies, float* cosines, float* sines) {
  const auto half = static_cast<int64_t>(frequencies.frequencies.size());
  for (int64_t position = 0; position < num_positions; ++position)
    for (int64_t i = 0; i < half; ++i) {
      const double angle = static_cast<double>(position) * frequencies.frequencies[static_cast<size_t>(i)];
      cosines[position * half + i] = static_cast<float>(std::cos(angle) * frequencies.amplitude);
      sines[position * half + i] = static_cast<float>(std::sin(angle) * frequencies.amplitude);
    }
}

}  // namespace vitrine::kernels
#endif  // HWY_ONCE
