#include "ops/pointwise.h"

#include <fmt/format.h>

#include "autograd/tape_trace.h"
#include "base/error.h"
#include "kernels/activation.h"
#include "kernels/elementwise.h"
#include "kernels/softmax.h"
#include "ops/shapes.h"

namespace vitrine::ops {

using autograd::constant;
using autograd::leaf;

Variable activation(ExecutionContext& context, kernels::Activation function, const Variable& x) {
  const autograd::TracedOperation traced(context, "activation");
  Variable y = constant(Tensor::empty(x.shape()));
  kernels::activation_forward(context.kernels, function, x.data.f32(), y.data.f32(), x.data.num_elements());
  if (!context.recording() || !x.wants_gradient()) return y;
  y = leaf(y.data);
  context.tape->record([x, function, slot = y.gradient](ExecutionContext& ctx) {
    const Tensor dy = slot->value();
    slot->release();
    const auto target = x.gradient->target(x.shape());
    kernels::activation_backward(ctx.kernels, function, x.data.f32(), dy.f32(), target.tensor.f32(), dy.num_elements(),
                                 target.accumulate);
  });
  return y;
}

Variable swiglu(ExecutionContext& context, const Variable& gate, const Variable& up) {
  const autograd::TracedOperation traced(context, "swiglu");
  expect_shape("swiglu", "up", up.shape(), gate.shape());
  Variable y = constant(Tensor::empty(gate.shape()));
  kernels::swiglu_forward(context.kernels, gate.data.f32(), up.data.f32(), y.data.f32(), y.data.num_elements());
  if (!context.recording() || !(gate.wants_gradient() || up.wants_gradient())) return y;
  y = leaf(y.data);
  context.tape->record([gate, up, slot = y.gradient](ExecutionContext& ctx) {
    const Tensor dy = slot->value();
    slot->release();
    const Tensor d_gate = Tensor::empty(gate.shape()), d_up = Tensor::empty(up.shape());
    kernels::swiglu_backward(ctx.kernels, {.gate = gate.data.f32(),
                                           .up = up.data.f32(),
                                           .y_gradient = dy.f32(),
                                           .gate_gradient = d_gate.f32(),
                                           .up_gradient = d_up.f32(),
                                           .count = dy.num_elements()});
    pass_gradient(ctx, d_gate, gate.gradient);
    pass_gradient(ctx, d_up, up.gradient);
  });
  return y;
}

Variable add(ExecutionContext& context, const Variable& a, const Variable& b) {
  const autograd::TracedOperation traced(context, "add");
  expect_shape("add", "b", b.shape(), a.shape());
  Variable y = constant(Tensor::empty(a.shape()));
  kernels::add(context.kernels, a.data.f32(), b.data.f32(), y.data.f32(), y.data.num_elements());
  if (!context.recording() || !(a.wants_gradient() || b.wants_gradient())) return y;
  y = leaf(y.data);
  context.tape->record([a_slot = a.gradient, b_slot = b.gradient, slot = y.gradient](ExecutionContext& ctx) {
    const Tensor dy = slot->value();
    slot->release();
    if (a_slot && b_slot && !b_slot->has_value()) {
      pass_gradient(ctx, dy.clone(), b_slot);  // two slots must not share one tensor
    } else {
      pass_gradient(ctx, dy, b_slot);
    }
    pass_gradient(ctx, dy, a_slot);
  });
  return y;
}

Variable dropout(ExecutionContext& context, const Variable& x, float probability) {
  if (!(probability >= 0.0f && probability < 1.0f))
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("dropout: probability must be at least 0 and below 1 (got {})", probability));
  if (!context.training || probability == 0.0f) return x;
  const autograd::TracedOperation traced(context, "dropout");
  RngKey key = context.rng;
  key.stream = context.next_stream++;
  const Variable y = leaf(Tensor::empty(x.shape()));
  kernels::dropout(context.kernels, x.data.f32(), y.data.f32(), x.data.num_elements(), probability, key);
  if (!context.recording()) return y;
  context.tape->record([x_slot = x.gradient, key, probability, slot = y.gradient](ExecutionContext& ctx) {
    const Tensor dy = slot->value();
    slot->release();
    if (x_slot == nullptr) return;
    kernels::dropout(ctx.kernels, dy.f32(), dy.f32(), dy.num_elements(), probability, key);
    pass_gradient(ctx, dy, x_slot);
  });
  return y;
}

Variable softmax(ExecutionContext& context, const Variable& x) {
  const autograd::TracedOperation traced(context, "softmax");
  const int64_t columns = x.shape().last();
  const kernels::RowCounts counts{.outer = num_rows(x.shape()), .columns = columns};
  Variable y = constant(Tensor::empty(x.shape()));
  kernels::softmax_forward(context.kernels, counts, {x.data.f32(), columns, 0}, {y.data.f32(), columns, 0});
  if (!context.recording() || !x.wants_gradient()) return y;
  y = leaf(y.data);
  context.tape->record([x, y_data = y.data, counts, columns, slot = y.gradient](ExecutionContext& ctx) {
    const Tensor dy = slot->value();
    slot->release();
    const auto target = x.gradient->target(x.shape());
    kernels::softmax_backward(ctx.kernels, counts, {y_data.f32(), columns, 0}, {dy.f32(), columns, 0},
                              {target.tensor.f32(), columns, 0}, target.accumulate);
  });
  return y;
}

}  // namespace vitrine::ops
