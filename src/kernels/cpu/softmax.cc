#include "kernels/softmax.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/softmax.cc"
#include "kernels/cpu/targets.h"
// Keep this order: targets, then the loop over them, then Highway.
#include "hwy/foreach_target.h"

#include "hwy/contrib/math/math-inl.h"
#include "hwy/highway.h"
#include "kernels/cpu/row_math-inl.h"
#include "kernels/cpu/select.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels {
namespace HWY_NAMESPACE {

float MaxRow(const float* x, int64_t columns) {
  auto best = hn::Set(kFloats, x[0]);
  ForLanes(columns, [&](auto d, int64_t i, size_t n) HWY_ATTR {
    auto v = LoadLanes(d, x + i, n);
    if (n < hn::Lanes(d)) v = hn::IfThenElse(hn::FirstN(d, n), v, best);
    best = hn::Max(best, v);
  });
  return hn::GetLane(hn::MaxOfLanes(kFloats, best));
}

/// y = exp(x - maximum), returns the sum. y may alias x, or be null.
float ExpRow(const float* x, float maximum, float* y, int64_t columns) {
  auto sum = hn::Zero(kFloats);
  ForLanes(columns, [&](auto d, int64_t i, size_t n) HWY_ATTR {
    auto v = hn::Exp(d, hn::Max(hn::Sub(LoadLanes(d, x + i, n), hn::Set(d, maximum)), hn::Set(d, -104.0f)));
    if (n < hn::Lanes(d)) v = hn::IfThenElseZero(hn::FirstN(d, n), v);
    if (y != nullptr) StoreLanes(d, v, y + i, n);
    sum = hn::Add(sum, v);
  });
  return hn::GetLane(hn::SumOfLanes(kFloats, sum));
}

void ScaleRow(float* x, float factor, int64_t columns) {
  ForLanes(columns, [&](auto d, int64_t i, size_t n)
                        HWY_ATTR { StoreLanes(d, hn::Mul(LoadLanes(d, x + i, n), hn::Set(d, factor)), x + i, n); });
}

void SoftmaxForwardRow(const float* x, float* y, int64_t columns) {
  // Subtract the row's maximum first: exp overflows f32 above 88.
  const float sum = ExpRow(x, MaxRow(x, columns), y, columns);
  ScaleRow(y, 1.0f / sum, columns);
}

void SoftmaxBackwardRow(const float* y, const float* dy, float* dx, int64_t columns, bool accumulate) {
  const float dot = DotRow(y, dy, columns);
  ForLanes(columns, [&](auto d, int64_t i, size_t n) HWY_ATTR {
    auto v = hn::Mul(LoadLanes(d, y + i, n), hn::Sub(LoadLanes(d, dy + i, n), hn::Set(d, dot)));
    if (accumulate) v = hn::Add(v, LoadLanes(d, dx + i, n));
    StoreLanes(d, v, dx + i, n);
  });
}

/// Returns the loss of one row; with a scale the logits become scale * (softmax - one_hot(target)).
float CrossEntropyRow(float* logits, int64_t columns, int32_t target, const float* gradient_scale) {
  if (target < 0) {
    if (gradient_scale != nullptr) std::memset(logits, 0, static_cast<size_t>(columns) * sizeof(float));
    return 0.0f;
  }
  const float maximum = MaxRow(logits, columns);
  const float target_logit = logits[target];
  const float sum = ExpRow(logits, maximum, gradient_scale ? logits : nullptr, columns);
  if (gradient_scale != nullptr) {
    ScaleRow(logits, *gradient_scale / sum, columns);
    logits[target] -= *gradient_scale;
  }
  return std::log(sum) + maximum - target_logit;
}

}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <fmt/format.h>

#include "base/error.h"

namespace vitrine::kernels {

void softmax_forward(const KernelContext& context, const RowCounts& counts, ConstRows x, Rows y) {
  const TraceScope scope(context.trace, "softmax", [&] { return row_work(counts, 4, 2); });
  const auto row = VITRINE_KERNEL(context.kernel_set, SoftmaxForwardRow);
  for_row_chunks(context, counts, [&](int64_t first, int64_t last, int64_t) {
    for (int64_t i = first; i < last; ++i)
      for (int64_t j = 0; j < counts.inner; ++j) row(x.row(i, j), y.row(i, j), counts.columns);
  });
}

void softmax_backward(const KernelContext& context, const RowCounts& counts, ConstRows y, ConstRows y_gradient,
                      Rows x_gradient, bool accumulate) {
  const TraceScope scope(context.trace, "softmax gradient", [&] { return row_work(counts, 4, accumulate ? 4 : 3); });
  const auto row = VITRINE_KERNEL(context.kernel_set, SoftmaxBackwardRow);
  for_row_chunks(context, counts, [&](int64_t first, int64_t last, int64_t) {
    for (int64_t i = first; i < last; ++i)
      for (int64_t j = 0; j < counts.inner; ++j)
        row(y.row(i, j), y_gradient.row(i, j), x_gradient.row(i, j), counts.columns, accumulate);
  });
}

void cross_entropy(const KernelContext& context, const CrossEntropyArgs& args) {
  const TraceScope scope(context.trace, "cross entropy", [&] {
    return row_work(args.counts, args.gradient_scale ? 4 : 3, args.gradient_scale ? 2 : 1);
  });
  const auto row = VITRINE_KERNEL(context.kernel_set, CrossEntropyRow);
  for (int64_t i = 0; i < args.counts.outer; ++i)
    if (args.targets[i] < -1 || args.targets[i] >= args.counts.columns)
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("cross_entropy: target out of range (got {}, expected -1 to {})", args.targets[i],
                              args.counts.columns - 1));
  for_row_chunks(context, args.counts, [&](int64_t first, int64_t last, int64_t) {
    for (int64_t i = first; i < last; ++i)
      args.losses[i] = row(args.logits.row(i, 0), args.counts.columns, args.targets[i], args.gradient_scale);
  });
}

}  // namespace vitrine::kernels
#endif  // HWY_ONCE
