#include "ops/linear.h"

#include <fmt/format.h>

#include "autograd/tape_trace.h"
#include "base/error.h"
#include "kernels/activation.h"
#include "kernels/elementwise.h"
#include "ops/shapes.h"
#include "ops/weight_product.h"

namespace vitrine::ops {
namespace {

using autograd::constant;
using autograd::leaf;
using kernels::GemmArgs;

void check_linear(const Shape& x, const Parameter& weight, const Parameter* bias, const Variable* residual) {
  if (x.rank() < 1 || weight.shape().rank() != 2 || x.last() != weight.shape()[1])
    throw Error(ErrorCode::kInvalidArgument, fmt::format("linear '{}': weight {} does not fit input {}", weight.name,
                                                         weight.shape().to_text(), x.to_text()));
  if (bias) expect_shape("linear", "bias", bias->shape(), {weight.shape()[0]});
  if (residual) expect_shape("linear", "residual", residual->shape(), with_last(x, weight.shape()[0]));
}

/// y [M,N] = x [M,K] · weight [N,K]ᵀ (+ bias) (+ residual)
Tensor forward_product(ExecutionContext& context, const Tensor& x, const Parameter& weight, const Parameter* bias,
                       const Variable* residual) {
  const Tensor y = Tensor::empty(with_last(x.shape(), weight.shape()[0]));
  const WeightProduct product{.weight = &weight,
                              .c = y.f32(),
                              .bias = bias ? bias->data().f32() : nullptr,
                              .residual = residual ? residual->data.f32() : nullptr};
  multiply_by_weights(context, x.f32(), num_rows(x.shape()), {&product, 1});
  return y;
}

/// weight_gradient [N,K] (+)= dyᵀ · x, bias_gradient (+)= column sums of dy.
void parameter_gradients(ExecutionContext& context, const Tensor& dy, const Tensor& x, const Parameter& weight,
                         const Parameter* bias) {
  const int64_t n = weight.shape()[0], k = weight.shape()[1], m = num_rows(x.shape());
  if (weight.trainable) {
    const auto target = context.gradient_of(weight).target(weight.shape());
    kernels::gemm(context.kernels, {.m = n,
                                    .n = k,
                                    .k = m,
                                    .a = {.data = dy.f32(), .row_stride = 1, .column_stride = n},
                                    .b = {.data = x.f32(), .row_stride = k},
                                    .c = target.tensor.f32(),
                                    .c_row_stride = k,
                                    .accumulate = target.accumulate});
  }
  if (bias && bias->trainable) {
    const auto target = context.gradient_of(*bias).target(bias->shape());
    kernels::column_sums(context.kernels, dy.f32(), m, n, target.tensor.f32(), target.accumulate);
  }
}

void input_gradient(ExecutionContext& context, const Tensor& dy, const Parameter& weight, const Variable& x) {
  if (!x.wants_gradient()) return;
  const auto target = x.gradient->target(x.shape());
  kernels::StoredMatrix stored;
  GemmArgs args = input_gradient_product(dy.f32(), num_rows(dy.shape()), weight, target.tensor.f32(), stored);
  args.accumulate = target.accumulate;
  kernels::gemm(context.kernels, args);
}

bool any_gradient(const Parameter& weight, const Parameter* bias, const Variable* residual,
                  std::initializer_list<const Variable*> inputs) {
  bool wanted = weight.trainable || (bias && bias->trainable) || (residual && residual->wants_gradient());
  for (const Variable* input : inputs) wanted = wanted || input->wants_gradient();
  return wanted;
}

}  // namespace

Variable linear(ExecutionContext& context, const Variable& x, const Parameter& weight, const Parameter* bias,
                const Variable* residual) {
  const autograd::TracedOperation traced(context, "linear", weight.name);
  check_linear(x.shape(), weight, bias, residual);
  Variable y = constant(forward_product(context, x.data, weight, bias, residual));
  if (!context.recording() || !any_gradient(weight, bias, residual, {&x})) return y;
  y = leaf(y.data);
  context.tape->record([x, &weight, bias, slot = y.gradient,
                        residual_slot = residual ? residual->gradient : nullptr](ExecutionContext& ctx) {
    const Tensor dy = slot->value();
    slot->release();
    parameter_gradients(ctx, dy, x.data, weight, bias);
    input_gradient(ctx, dy, weight, x);
    pass_gradient(ctx, dy, residual_slot);
  });
  return y;
}

std::vector<Variable> linear_each(ExecutionContext& context, const Variable& x, std::span<const LinearWeights> maps) {
  std::vector<Variable> results;
  if (context.recording()) {
    for (const LinearWeights& map : maps) results.push_back(linear(context, x, *map.weight, map.bias));
    return results;
  }
  const autograd::TracedOperation traced(context, "linear", maps[0].weight->name);
  std::vector<WeightProduct> products;
  for (const auto& [weight, bias] : maps) {
    check_linear(x.shape(), *weight, bias, nullptr);
    results.push_back(constant(Tensor::empty(with_last(x.shape(), weight->shape()[0]))));
    products.push_back({.weight = weight, .c = results.back().data.f32(), .bias = bias ? bias->data().f32() : nullptr});
  }
  multiply_by_weights(context, x.data.f32(), num_rows(x.shape()), products);
  return results;
}

Variable activated_linear(ExecutionContext& context, const Variable& x, Activation activation, const Parameter& weight,
                          const Parameter* bias, const Variable* residual) {
  const autograd::TracedOperation traced(context, "activated linear", weight.name);
  check_linear(x.shape(), weight, bias, residual);
  const auto activated = [activation](ExecutionContext& ctx, const Tensor& input) {
    const Tensor h = Tensor::empty(input.shape());
    kernels::activation_forward(ctx.kernels, activation, input.f32(), h.f32(), input.num_elements());
    return h;
  };
  Variable y = constant(forward_product(context, activated(context, x.data), weight, bias, residual));
  if (!context.recording() || !any_gradient(weight, bias, residual, {&x})) return y;
  y = leaf(y.data);
  context.tape->record([x, activation, activated, &weight, bias, slot = y.gradient,
                        residual_slot = residual ? residual->gradient : nullptr](ExecutionContext& ctx) {
    const Tensor dy = slot->value();
    slot->release();
    parameter_gradients(ctx, dy, activated(ctx, x.data), weight, bias);
    if (x.wants_gradient()) {
      const auto target = x.gradient->target(x.shape());
      kernels::StoredMatrix stored;
      GemmArgs args = input_gradient_product(dy.f32(), num_rows(dy.shape()), weight, target.tensor.f32(), stored);
      args.derivative_at = x.data.f32();
      args.derivative_of = activation;
      const Tensor earlier = target.accumulate ? target.tensor.clone() : Tensor();
      args.residual = earlier.defined() ? earlier.f32() : nullptr;
      args.residual_row_stride = args.c_row_stride;
      kernels::gemm(ctx.kernels, args);
    }
    pass_gradient(ctx, dy, residual_slot);
  });
  return y;
}

Variable swiglu_linear(ExecutionContext& context, const Variable& gate, const Variable& up, const Parameter& weight,
                       const Parameter* bias, const Variable* residual) {
  const autograd::TracedOperation traced(context, "swiglu linear", weight.name);
  check_linear(gate.shape(), weight, bias, residual);
  expect_shape("swiglu_linear", "up", up.shape(), gate.shape());
  const auto gated = [](ExecutionContext& ctx, const Tensor& g, const Tensor& u) {
    const Tensor h = Tensor::empty(g.shape());
    kernels::swiglu_forward(ctx.kernels, g.f32(), u.f32(), h.f32(), g.num_elements());
    return h;
  };
  Variable y = constant(forward_product(context, gated(context, gate.data, up.data), weight, bias, residual));
  if (!context.recording() || !any_gradient(weight, bias, residual, {&gate, &up})) return y;
  y = leaf(y.data);
  context.tape->record([gate, up, gated, &weight, bias, slot = y.gradient,
                        residual_slot = residual ? residual->gradient : nullptr](ExecutionContext& ctx) {
    const Tensor dy = slot->value();
    slot->release();
    parameter_gradients(ctx, dy, gated(ctx, gate.data, up.data), weight, bias);
    if (gate.wants_gradient() && up.wants_gradient()) {
      const Tensor dh = Tensor::empty(gate.shape());
      kernels::StoredMatrix stored;
      kernels::gemm(ctx.kernels, input_gradient_product(dy.f32(), num_rows(dy.shape()), weight, dh.f32(), stored));
      const auto gate_target = gate.gradient->target(gate.shape());
      const auto up_target = up.gradient->target(up.shape());
      VITRINE_CHECK(gate_target.accumulate == up_target.accumulate, "swiglu_linear: gate and up used differently");
      kernels::swiglu_backward(ctx.kernels, {.gate = gate.data.f32(),
                                             .up = up.data.f32(),
                                             .y_gradient = dh.f32(),
                                             .gate_gradient = gate_target.tensor.f32(),
                                             .up_gradient = up_target.tensor.f32(),
                                             .accumulate = gate_target.accumulate,
                                             .count = dh.num_elements()});
    }
    pass_gradient(ctx, dy, residual_slot);
  });
  return y;
}

}  // namespace vitrine::ops
