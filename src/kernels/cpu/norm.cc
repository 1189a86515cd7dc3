#include "kernels/norm.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/norm.cc"
#include "kernels/cpu/targets.h"
// Keep this order: targets, then the loop over them, then Highway.
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/cpu/row_math-inl.h"
#include "kernels/cpu/select.h"

HWY_BEFORE_NAMESPACE();
namespace vitrine::kernels {
namespace HWY_NAMESPACE {

void RmsNormForwardRow(const float* x, const float* gain, float* y, int64_t columns, float eps, float* inv_rms) {
  const float r = 1.0f / std::sqrt(DotRow(x, x, columns) / static_cast<float>(columns) + eps);
  if (inv_rms != nullptr) *inv_rms = r;
  const auto scale = hn::Set(kFloats, r);
  if (gain != nullptr) {
    ForLanes(columns, [&](auto d, int64_t i, size_t n) HWY_ATTR {
      StoreLanes(d, hn::Mul(hn::Mul(LoadLanes(d, x + i, n), scale), LoadLanes(d, gain + i, n)), y + i, n);
    });
  } else {
    ForLanes(columns, [&](auto d, int64_t i, size_t n)
                          HWY_ATTR { StoreLanes(d, hn::Mul(LoadLanes(d, x + i, n), scale), y + i, n); });
  }
}

// dx = r (dy g) - x r^3 / C sum(dy g x);  dg += dy x r
void RmsNormBackwardRow(const float* x, const float* dy, const float* gain, float r, float* dx, bool accumulate,
                        float* gain_partial, int64_t columns) {
  auto sum = hn::Zero(kFloats);
  ForLanes(columns, [&](auto d, int64_t i, size_t n) HWY_ATTR {
    auto v = hn::Mul(LoadLanes(d, dy + i, n), LoadLanes(d, x + i, n));
    if (gain_partial != nullptr)
      StoreLanes(d, hn::MulAdd(v, hn::Set(d, r), LoadLanes(d, gain_partial + i, n)), gain_partial + i, n);
    if (gain != nullptr) v = hn::Mul(v, LoadLanes(d, gain + i, n));
    sum = hn::Add(sum, v);
  });
  const float correction = hn::GetLane(hn::SumOfLanes(kFloats, sum)) * r * r * r / static_cast<float>(columns);
  ForLanes(columns, [&](auto d, int64_t i, size_t n) HWY_ATTR {
    auto v = LoadLanes(d, dy + i, n);
    if (gain != nullptr) v = hn::Mul(v, LoadLanes(d, gain + i, n));
    v = hn::NegMulAdd(LoadLanes(d, x + i, n), hn::Set(d, correction), hn::Mul(v, hn::Set(d, r)));
    if (accumulate) v = hn::Add(v, LoadLanes(d, dx + i, n));
    StoreLanes(d, v, dx + i, n);
  });
}

void LayerNormForwardRow(const float* x, const float* gain, const float* bias, float* y, int64_t columns, float eps,
                         float* mean_out, float* inv_deviation_out) {
  const float mean = SumRow(x, columns) / static_cast<float>(columns);
  const float variance = SquaredDistanceRow(x, mean, columns) / static_cast<float>(columns);
  const float r = 1.0f / std::sqrt(variance + eps);
  if (mean_out != nullptr) {
    *mean_out = mean;
    *inv_deviation_out = r;
  }
  ForLanes(columns, [&](auto d, int64_t i, size_t n) HWY_ATTR {
    auto v = hn::Mul(hn::Sub(LoadLanes(d, x + i, n), hn::Set(d, mean)), hn::Set(d, r));
    v = hn::Mul(v, LoadLanes(d, gain + i, n));
    if (bias != nullptr) v = hn::Add(v, LoadLanes(d, bias + i, n));
    StoreLanes(d, v, y + i, n);
  });
}

// With h = (x - mean) r and e = dy g:  dx = r (e - mean(e) - h mean(e h));  dg += dy h;  db += dy
void LayerNormBackwardRow(const float* x, const float* dy, const float* gain, float mean, float r, float* dx,
                          bool accumulate, float* gain_partial, float* bias_partial, int64_t columns) {
  auto sum_e = hn::Zero(kFloats), sum_eh = hn::Zero(kFloats);
  const auto normalised = [&](auto d, int64_t i, size_t n) HWY_ATTR {
    return hn::Mul(hn::Sub(LoadLanes(d, x + i, n), hn::Set(d, mean)), hn::Set(d, r));
  };
  ForLanes(columns, [&](auto d, int64_t i, size_t n) HWY_ATTR {
    const auto v = LoadLanes(d, dy + i, n);
    auto h = normalised(d, i, n);
    const auto e = hn::Mul(v, LoadLanes(d, gain + i, n));
    if (gain_partial != nullptr)
      StoreLanes(d, hn::MulAdd(v, h, LoadLanes(d, gain_partial + i, n)), gain_partial + i, n);
    if (bias_partial != nullptr) StoreLanes(d, hn::Add(v, LoadLanes(d, bias_partial + i, n)), bias_partial + i, n);
    sum_e = hn::Add(sum_e, e);
    sum_eh = hn::MulAdd(e, h, sum_eh);  // lanes beyond the row have e = 0
  });
  const float mean_e = hn::GetLane(hn::SumOfLanes(kFloats, sum_e)) / static_cast<float>(columns);
  const float mean_eh = hn::GetLane(hn::SumOfLanes(kFloats, sum_eh)) / static_cast<float>(columns);
  ForLanes(columns, [&](auto d, int64_t i, size_t n) HWY_ATTR {
    const auto e = hn::Mul(LoadLanes(d, dy + i, n), LoadLanes(d, gain + i, n));
    auto v = hn::Sub(e, hn::Set(d, mean_e));
    v = hn::Mul(hn::NegMulAdd(normalised(d, i, n), hn::Set(d, mean_eh), v), hn::Set(d, r));
    if (accumulate) v = hn::Add(v, LoadLanes(d, dx + i, n));
    StoreLanes(d, v, dx + i, n);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace vitrine::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "kernels/cpu/column_sums.h"

namespace vitrine::kernels {

void rms_norm_forward(const KernelContext& context, const RmsNormForwardArgs& args) {
  const TraceScope scope(context.trace, "rms norm", [&] { return row_work(args.counts, 4, 2); });
  const auto row = VITRINE_KERNEL(context.kernel_set, RmsNormForwardRow);
  const RowCounts& n = args.counts;
  for_row_chunks(context, n, [&](int64_t first, int64_t last, int64_t) {
    for (int64_t i = first; i < last; ++i)
      for (int64_t j = 0; j < n.inner; ++j)
        row(args.x.row(i, j), args.gain, args.y.row(i, j), n.columns, args.eps,
            args.inv_rms ? args.inv_rms + i * n.inner + j : nullptr);
  });
}

void rms_norm_backward(const KernelContext& context, const RmsNormBackwardArgs& args) {
  const TraceScope traced(context.trace, "rms norm gradient",
                          [&] { return row_work(args.counts, 10, args.accumulate_x ? 4 : 3); });
  const auto row = VITRINE_KERNEL(context.kernel_set, RmsNormBackwardRow);
  const RowCounts& n = args.counts;
  const ArenaScope scope(*context.arena);
  cpu::ColumnSums gain_sums(context, args.gain_gradient ? num_row_chunks(n) : 0, n.columns);
  for_row_chunks(context, n, [&](int64_t first, int64_t last, int64_t chunk) {
    float* const partial = gain_sums.start(chunk);
    for (int64_t i = first; i < last; ++i)
      for (int64_t j = 0; j < n.inner; ++j)
        row(args.x.row(i, j), args.y_gradient.row(i, j), args.gain, args.inv_rms[i * n.inner + j],
            args.x_gradient.row(i, j), args.accumulate_x, partial, n.columns);
  });
  gain_sums.finish(args.gain_gradient, args.accumulate_gain);
}

void layer_norm_forward(const KernelContext& context, const LayerNormForwardArgs& args) {
  const TraceScope scope(context.trace, "layer norm", [&] { return row_work(args.counts, 8, 2); });
  const auto row = VITRINE_KERNEL(context.kernel_set, LayerNormForwardRow);
  const RowCounts& n = args.counts;
  for_row_chunks(context, n, [&](int64_t first, int64_t last, int64_t) {
    for (int64_t i = first; i < last; ++i)
      for (int64_t j = 0; j < n.inner; ++j) {
        const int64_t index = i * n.inner + j;
        row(args.x.row(i, j), args.gain, args.bias, args.y.row(i, j), n.columns, args.eps,
            args.mean ? args.mean + index : nullptr, args.inv_deviation ? args.inv_deviation + index : nullptr);
      }
  });
}

void layer_norm_backward(const KernelContext& context, const LayerNormBackwardArgs& args) {
  const TraceScope traced(context.trace, "layer norm gradient",
                          [&] { return row_work(args.counts, 15, args.accumulate_x ? 4 : 3); });
  const auto row = VITRINE_KERNEL(context.kernel_set, LayerNormBackwardRow);
  const RowCounts& n = args.counts;
  const ArenaScope scope(*context.arena);
  cpu::ColumnSums gain_sums(context, args.gain_gradient ? num_row_chunks(n) : 0, n.columns);
  cpu::ColumnSums bias_sums(context, args.bias_gradient ? num_row_chunks(n) : 0, n.columns);
  for_row_chunks(context, n, [&](int64_t first, int64_t last, int64_t chunk) {
    float* const gain_partial = gain_sums.start(chunk);
    float* const bias_partial = bias_sums.start(chunk);
    for (int64_t i = first; i < last; ++i)
      for (int64_t j = 0; j < n.inner; ++j) {
        const int64_t index = i * n.inner + j;
        row(args.x.row(i, j), args.y_gradient.row(i, j), args.gain, args.mean[index], args.inv_deviation[index],
            args.x_gradient.row(i, j), args.accumulate_x, gain_partial, bias_partial, n.columns);
      }
  });
  gain_sums.finish(args.gain_gradient, args.accumulate_gain);
  bias_sums.finish(args.bias_gradient, args.accumulate_bias);
}

}  // namespace vitrine::kernels
#endif  // HWY_ONCE
