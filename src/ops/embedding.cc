#include "ops/embedding.h"

#include "autograd/tape_trace.h"
#include "base/error.h"
#include "kernels/embedding.h"
#include "ops/shapes.h"

namespace vitrine::ops {
namespace {

using autograd::ExecutionContext;
using autograd::Parameter;
using autograd::Variable;

kernels::EmbeddingArgs arguments(const Tensor& ids, const Parameter& table) {
  return {.ids = ids.i32(), .num_ids = ids.num_elements(), .num_rows = table.shape()[0], .columns = table.shape()[1]};
}

/// y = (or +=) the rows of the table.
void gather(ExecutionContext& context, const Tensor& ids, const Parameter& table, const Tensor& y, bool accumulate) {
  if (table.weight.has_data())
    return kernels::embedding_forward(context.kernels, arguments(ids, table), table.data().f32(), y.f32(), accumulate);
  if (const kernels::QuantizedMatrix* const panels = table.weight.quantized_if_made())
    return kernels::embedding_forward(context.kernels, arguments(ids, table), *panels, y.f32(), accumulate);
  kernels::embedding_forward(context.kernels, arguments(ids, table), table.weight.stored().matrix(), y.f32(),
                             accumulate);
}

void scatter(ExecutionContext& context, const Tensor& ids, const Parameter& table, const Tensor& dy) {
  if (!table.trainable) return;
  const auto target = context.gradient_of(table).target(table.shape());
  if (!target.accumulate) target.tensor.fill_zero();
  kernels::embedding_backward(context.kernels, arguments(ids, table), dy.f32(), target.tensor.f32());
}

}  // namespace

Variable embedding(ExecutionContext& context, const Tensor& ids, const Parameter& table, const Tensor& positions,
                   const Parameter* position_table) {
  const autograd::TracedOperation traced(context, "embedding");
  VITRINE_CHECK(ids.shape().rank() >= 1 && ids.shape().rank() < Shape::kMaxRank, "embedding: rank of ids");
  std::vector<int64_t> extents(ids.shape().extents().begin(), ids.shape().extents().end());
  extents.push_back(table.shape()[1]);
  Variable y = autograd::constant(Tensor::empty(Shape(extents)));
  gather(context, ids, table, y.data, false);
  if (position_table) {
    expect_shape("embedding", "positions", positions.shape(), ids.shape());
    gather(context, positions, *position_table, y.data, true);
  }
  if (!context.recording()) return y;
  y = autograd::leaf(y.data);
  context.tape->record([ids, positions, &table, position_table, slot = y.gradient](ExecutionContext& ctx) {
    const Tensor dy = slot->value();
    slot->release();
    scatter(ctx, ids, table, dy);
    if (position_table) scatter(ctx, positions, *position_table, dy);
  });
  return y;
}

}  // namespace vitrine::ops
