#include "kernels/optimizer_step.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/optimizer_step.cc"
#include "kernels/cpu/targets.h"
// Keep this order: targets, then the loop over them, then Highway.
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/cpu/row_math-inl.h"
#include "kernels/cpu/select.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels {
namespace HWY_NAMESPACE {

void AdamwRange(const AdamwArgs& a, int64_t begin, int64_t end) {
  const float step_size = a.lr / a.bias_correction1;
  const float inv_root_correction2 = 1.0f / std::sqrt(a.bias_correction2);
  const float keep = 1.0f - a.lr * a.weight_decay;
  ForLanes(end - begin, [&](auto d, int64_t offset, size_t n) HWY_ATTR {
    const int64_t i = begin + offset;
    const auto g = hn::Mul(LoadLanes(d, a.gradient + i, n), hn::Set(d, a.gradient_scale));
    const auto m =
        hn::MulAdd(hn::Set(d, a.beta1), LoadLanes(d, a.first_moment + i, n), hn::Mul(hn::Set(d, 1.0f - a.beta1), g));
    const auto v = hn::MulAdd(hn::Set(d, a.beta2), LoadLanes(d, a.second_moment + i, n),
                              hn::Mul(hn::Set(d, 1.0f - a.beta2), hn::Mul(g, g)));
    const auto denominator = hn::MulAdd(hn::Sqrt(v), hn::Set(d, inv_root_correction2), hn::Set(d, a.eps));
    const auto w = hn::Mul(LoadLanes(d, a.weight + i, n), hn::Set(d, keep));
    StoreLanes(d, m, a.first_moment + i, n);
    StoreLanes(d, v, a.second_moment + i, n);
    StoreLanes(d, hn::NegMulAdd(hn::Set(d, step_size), hn::Div(m, denominator), w), a.weight + i, n);
  });
}

void NesterovRange(const NesterovArgs& a, int64_t begin, int64_t end) {
  ForLanes(end - begin, [&](auto d, int64_t offset, size_t n) HWY_ATTR {
    const int64_t i = begin + offset;
    const auto beta = hn::Set(d, a.beta);
    const auto g = hn::Mul(LoadLanes(d, a.gradient + i, n), hn::Set(d, a.gradient_scale));
    const auto m = hn::MulAdd(beta, LoadLanes(d, a.momentum + i, n), g);
    StoreLanes(d, m, a.momentum + i, n);
    StoreLanes(d, hn::MulAdd(beta, m, g), a.update + i, n);
  });
}

void DecayedStepRange(float keep, float step_size, const float* update, float* weight, int64_t count) {
  ForLanes(count, [&](auto d, int64_t i, size_t n) HWY_ATTR {
    const auto w = hn::Mul(hn::Set(d, keep), LoadLanes(d, weight + i, n));
    StoreLanes(d, hn::NegMulAdd(hn::Set(d, step_size), LoadLanes(d, update + i, n), w), weight + i, n);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "kernels/rows.h"

namespace vitrine::kernels {

void adamw_step(const KernelContext& context, const AdamwArgs& args) {
  const TraceScope scope(context.trace, "adamw", [&] { return elementwise_work(args.count, 14, 7); });
  const auto range = VITRINE_KERNEL(context.kernel_set, AdamwRange);
  for_element_chunks(context, args.count, [&](int64_t begin, int64_t end) { range(args, begin, end); });
}

void nesterov_momentum(const KernelContext& context, const NesterovArgs& args) {
  const TraceScope scope(context.trace, "nesterov momentum", [&] { return elementwise_work(args.count, 5, 4); });
  const auto range = VITRINE_KERNEL(context.kernel_set, NesterovRange);
  for_element_chunks(context, args.count, [&](int64_t begin, int64_t end) { range(args, begin, end); });
}

void decayed_step(const KernelContext& context, float keep, float step_size, const float* update, float* weight,
                  int64_t count) {
  const TraceScope scope(context.trace, "decayed step", [&] { return elementwise_work(count, 3, 3); });
  const auto range = VITRINE_KERNEL(context.kernel_set, DecayedStepRange);
  for_element_chunks(context, count, [&](int64_t begin, int64_t end) {
    range(keep, step_size, update + begin, weight + begin, end - begin);
  });
}

}  // namespace vitrine::kernels
#endif  // HWY_ONCE
