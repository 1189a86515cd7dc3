#include "ops/norm.h"

#include <fmt/format.h>

#include "autograd/tape_trace.h"
#include "base/error.h"
#include "kernels/norm.h"
#include "ops/shapes.h"

namespace vitrine::ops {

using autograd::ExecutionContext;
using autograd::Parameter;
using autograd::Variable;

Variable rms_norm(ExecutionContext& context, const Variable& x, const Parameter& gain, float eps) {
  const autograd::TracedOperation traced(context, "rms norm", gain.name);
  const int64_t width = gain.shape().last(), columns = x.shape().last();
  if (width == 0 || columns % width != 0)
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("rms_norm: gain has length {}, which does not divide the rows of {}", width, x.shape().to_text()));
  const kernels::RowCounts counts{.outer = num_rows(x.shape()), .inner = columns / width, .columns = width};
  Variable y = autograd::constant(Tensor::empty(x.shape()));
  const Tensor inv_rms = context.recording() ? Tensor::empty({counts.outer * counts.inner}) : Tensor();
  kernels::rms_norm_forward(context.kernels, {.counts = counts,
                                              .x = {x.data.f32(), columns, width},
                                              .y = {y.data.f32(), columns, width},
                                              .gain = gain.data().f32(),
                                              .eps = eps,
                                              .inv_rms = inv_rms.defined() ? inv_rms.f32() : nullptr});
  if (!context.recording()) return y;
  y = autograd::leaf(y.data);
  context.tape->record([x, &gain, counts, columns, inv_rms, slot = y.gradient](ExecutionContext& ctx) {
    const Tensor dy = slot->value();
    slot->release();
    const auto target = x.wants_gradient() ? x.gradient->target(x.shape())
                                           : autograd::GradientSlot::Target{Tensor::empty(x.shape()), false};
    kernels::RmsNormBackwardArgs args{.counts = counts,
                                      .x = {x.data.f32(), columns, counts.columns},
                                      .y_gradient = {dy.f32(), columns, counts.columns},
                                      .gain = gain.data().f32(),
                                      .inv_rms = inv_rms.f32(),
                                      .x_gradient = {target.tensor.f32(), columns, counts.columns},
                                      .accumulate_x = target.accumulate};
    if (gain.trainable) {
      const auto gain_target = ctx.gradient_of(gain).target(gain.shape());
      args.gain_gradient = gain_target.tensor.f32();
      args.accumulate_gain = gain_target.accumulate;
    }
    kernels::rms_norm_backward(ctx.kernels, args);
  });
  return y;
}

Variable layer_norm(ExecutionContext& context, const Variable& x, const Parameter& gain, const Parameter* bias,
                    float eps) {
  const autograd::TracedOperation traced(context, "layer norm", gain.name);
  const int64_t columns = x.shape().last();
  expect_shape("layer_norm", "gain", gain.shape(), {columns});
  if (bias) expect_shape("layer_norm", "bias", bias->shape(), {columns});
  const kernels::RowCounts counts{.outer = num_rows(x.shape()), .columns = columns};
  Variable y = autograd::constant(Tensor::empty(x.shape()));
  const Tensor statistics = context.recording() ? Tensor::empty({2, counts.outer}) : Tensor();
  float* const mean = statistics.defined() ? statistics.f32() : nullptr;
  kernels::layer_norm_forward(context.kernels, {.counts = counts,
                                                .x = {x.data.f32(), columns, 0},
                                                .y = {y.data.f32(), columns, 0},
                                                .gain = gain.data().f32(),
                                                .bias = bias ? bias->data().f32() : nullptr,
                                                .eps = eps,
                                                .mean = mean,
                                                .inv_deviation = mean ? mean + counts.outer : nullptr});
  if (!context.recording()) return y;
  y = autograd::leaf(y.data);
  context.tape->record([x, &gain, bias, counts, columns, statistics, slot = y.gradient](ExecutionContext& ctx) {
    const Tensor dy = slot->value();
    slot->release();
    const auto target = x.wants_gradient() ? x.gradient->target(x.shape())
                                           : autograd::GradientSlot::Target{Tensor::empty(x.shape()), false};
    kernels::LayerNormBackwardArgs args{.counts = counts,
                                        .x = {x.data.f32(), columns, 0},
                                        .y_gradient = {dy.f32(), columns, 0},
                                        .gain = gain.data().f32(),
                                        .mean = statistics.f32(),
                                        .inv_deviation = statistics.f32() + counts.outer,
                                        .x_gradient = {target.tensor.f32(), columns, 0},
                                        .accumulate_x = target.accumulate};
    if (gain.trainable) {
      const auto gain_target = ctx.gradient_of(gain).target(gain.shape());
      args.gain_gradient = gain_target.tensor.f32();
      args.accumulate_gain = gain_target.accumulate;
    }
    if (bias && bias->trainable) {
      const auto bias_target = ctx.gradient_of(*bias).target(bias->shape());
      args.bias_gradient = bias_target.tensor.f32();
      args.accumulate_bias = bias_target.accumulate;
    }
    kernels::layer_norm_backward(ctx.kernels, args);
  });
  return y;
}

}  // namespace vitrine::ops
