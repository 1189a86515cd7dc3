#include "ops/attention.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "autograd/tape_trace.h"
#include "base/error.h"
#include "kernels/attention.h"
#include "kernels/rope.h"
#include "ops/shapes.h"

namespace vitrine::ops {
namespace {

using autograd::ExecutionContext;
using autograd::Variable;

kernels::AttentionShape attention_shape(const Variable& q, const Variable& k, const AttentionOptions& options) {
  const int64_t width = options.head_width;
  const Shape &qs = q.shape(), &ks = k.shape();
  if (width <= 0 || qs.rank() != 3 || ks.rank() != 3 || qs[0] != ks[0] || qs[2] % width != 0 || ks[2] % width != 0 ||
      ks[2] == 0 || qs[2] % ks[2] != 0)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("attention: q {} and k {} do not fit heads of width {}",
                                                         qs.to_text(), ks.to_text(), width));
  const int64_t keys = options.num_keys >= 0 ? options.num_keys : ks[1];
  if (keys > ks[1] || keys < qs[1])
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("attention: {} keys for {} queries (have {})", keys, qs[1], ks[1]));
  if (options.first_key.defined()) expect_shape("attention", "first_key", options.first_key.shape(), {qs[0], qs[1]});
  return {.batch = qs[0],
          .queries = qs[1],
          .keys = keys,
          .heads = qs[2] / width,
          .key_heads = ks[2] / width,
          .head_width = width,
          .window = options.window,
          .scale = options.scale != 0 ? options.scale : 1.0f / std::sqrt(static_cast<float>(width)),
          .first_key = options.first_key.defined() ? options.first_key.i32() : nullptr};
}

kernels::AttentionOperand operand(const Tensor& x) { return {x.f32(), x.shape()[1] * x.shape()[2], x.shape()[2]}; }
kernels::AttentionResult result(const Tensor& x) { return {x.f32(), x.shape()[1] * x.shape()[2], x.shape()[2]}; }

}  // namespace

RopeTables make_rope_tables(int64_t num_positions, int64_t head_width, double theta,
                            const kernels::RopeScaling& scaling) {
  if (head_width % 2 != 0)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("rope: head width must be even (got {})", head_width));
  RopeTables tables{Tensor::empty({num_positions, head_width / 2}), Tensor::empty({num_positions, head_width / 2}),
                    head_width};
  kernels::fill_rope_tables(num_positions, kernels::rope_frequencies(head_width, theta, scaling), tables.cosines.f32(),
                            tables.sines.f32());
  return tables;
}

Variable rope(ExecutionContext& context, const Variable& x, const Tensor& positions, const RopeTables& tables) {
  const autograd::TracedOperation traced(context, "rope");
  const auto rotate = [positions, tables](ExecutionContext& ctx, const Tensor& t, bool inverse) {
    kernels::rope(ctx.kernels,
                  {.counts = {num_rows(t.shape()), t.shape().last() / tables.head_width, tables.head_width},
                   .x = {t.f32(), t.shape().last(), tables.head_width},
                   .positions = positions.i32(),
                   .cosines = tables.cosines.f32(),
                   .sines = tables.sines.f32(),
                   .inverse = inverse});
  };
  VITRINE_CHECK(positions.num_elements() == num_rows(x.shape()), "rope: one position a row");
  for (const int32_t position : positions.ints())
    if (position < 0 || position >= tables.cosines.shape()[0])
      throw Error(ErrorCode::kInvalidArgument, fmt::format("rope: position out of range (got {}, expected 0 to {})",
                                                           position, tables.cosines.shape()[0] - 1));
  rotate(context, x.data, false);
  if (!context.recording() || !x.wants_gradient()) return x;
  const Variable y = autograd::leaf(x.data);
  context.tape->record([x_slot = x.gradient, slot = y.gradient, rotate](ExecutionContext& ctx) {
    const Tensor dy = slot->value();
    slot->release();
    rotate(ctx, dy, true);
    pass_gradient(ctx, dy, x_slot);
  });
  return y;
}

Variable attention(ExecutionContext& context, const Variable& q, const Variable& k, const Variable& v,
                   const AttentionOptions& options) {
  const autograd::TracedOperation traced(context, "attention");
  const kernels::AttentionShape shape = attention_shape(q, k, options);
  expect_shape("attention", "v", v.shape(), k.shape());
  Variable out = autograd::constant(Tensor::empty(q.shape()));
  const Tensor log_sum_exp = context.recording() ? Tensor::empty({shape.batch, shape.heads, shape.queries}) : Tensor();
  kernels::attention_forward(context.kernels, {.shape = shape,
                                               .q = operand(q.data),
                                               .k = operand(k.data),
                                               .v = operand(v.data),
                                               .out = result(out.data),
                                               .log_sum_exp = log_sum_exp.defined() ? log_sum_exp.f32() : nullptr});
  if (!context.recording() || !q.wants_gradient()) return out;
  VITRINE_CHECK(k.wants_gradient() && v.wants_gradient(), "attention: q, k and v want gradients together");
  out = autograd::leaf(out.data);
  context.tape->record([q, k, v, out_data = out.data, log_sum_exp, shape, first_key = options.first_key,
                        slot = out.gradient](ExecutionContext& ctx) {
    const Tensor dout = slot->value();
    slot->release();
    const Tensor dq = Tensor::empty(q.shape()), dk = Tensor::empty(k.shape()), dv = Tensor::empty(v.shape());
    kernels::attention_backward(ctx.kernels, {.shape = shape,
                                              .q = operand(q.data),
                                              .k = operand(k.data),
                                              .v = operand(v.data),
                                              .out = operand(out_data),
                                              .out_gradient = operand(dout),
                                              .log_sum_exp = log_sum_exp.f32(),
                                              .q_gradient = result(dq),
                                              .k_gradient = result(dk),
                                              .v_gradient = result(dv)});
    pass_gradient(ctx, dq, q.gradient);
    pass_gradient(ctx, dk, k.gradient);
    pass_gradient(ctx, dv, v.gradient);
  });
  return out;
}

}  // namespace vitrine::ops
