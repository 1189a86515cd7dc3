#include "ops/cross_entropy.h"

#include <algorithm>

#include "autograd/tape_trace.h"
#include "base/error.h"
#include "kernels/gemm.h"
#include "kernels/softmax.h"
#include "ops/shapes.h"

namespace vitrine::ops {
namespace {

using autograd::ExecutionContext;
using autograd::Parameter;

/// Rows whose logits are held at once: about 32 MB of them, fixed by the vocabulary so that sums keep their order.
int64_t rows_per_chunk(int64_t vocabulary) { return std::clamp<int64_t>((int64_t{8} << 20) / vocabulary, 16, 1024); }

struct Chunk {
  const float* x;
  int64_t rows;
  float* logits;  // replaced by their gradient
};

void head_product(ExecutionContext& context, const Chunk& chunk, const Parameter& head) {
  const int64_t vocabulary = head.shape()[0], width = head.shape()[1];
  kernels::gemm(context.kernels, {.m = chunk.rows,
                                  .n = vocabulary,
                                  .k = width,
                                  .a = {.data = chunk.x, .row_stride = width},
                                  .b = {.data = head.data().f32(), .row_stride = 1, .column_stride = width},
                                  .c = chunk.logits,
                                  .c_row_stride = vocabulary});
}

void gradients(ExecutionContext& context, const Chunk& chunk, const Parameter& head, float* dx, bool accumulate_dx) {
  const int64_t vocabulary = head.shape()[0], width = head.shape()[1];
  if (dx != nullptr)
    kernels::gemm(context.kernels, {.m = chunk.rows,
                                    .n = width,
                                    .k = vocabulary,
                                    .a = {.data = chunk.logits, .row_stride = vocabulary},
                                    .b = {.data = head.data().f32(), .row_stride = width},
                                    .c = dx,
                                    .c_row_stride = width,
                                    .accumulate = accumulate_dx});
  if (!head.trainable) return;
  const auto target = context.gradient_of(head).target(head.shape());
  kernels::gemm(context.kernels, {.m = vocabulary,
                                  .n = width,
                                  .k = chunk.rows,
                                  .a = {.data = chunk.logits, .row_stride = 1, .column_stride = vocabulary},
                                  .b = {.data = chunk.x, .row_stride = width},
                                  .c = target.tensor.f32(),
                                  .c_row_stride = width,
                                  .accumulate = target.accumulate});
}

}  // namespace

CrossEntropyResult linear_cross_entropy(ExecutionContext& context, const autograd::Variable& x, const Parameter& head,
                                        const Tensor& targets, float gradient_scale) {
  const autograd::TracedOperation traced(context, "head and cross entropy", head.name);
  const int64_t rows = num_rows(x.shape()), vocabulary = head.shape()[0], width = head.shape()[1];
  VITRINE_CHECK(x.shape().last() == width && targets.num_elements() == rows, "linear_cross_entropy: shapes");
  const int64_t chunk_rows = rows_per_chunk(vocabulary);
  const Tensor logits = Tensor::empty({std::min(rows, chunk_rows), vocabulary});
  CrossEntropyResult result{.losses = Tensor::empty({rows})};
  const bool wants_dx = context.recording() && x.wants_gradient();
  const auto dx = wants_dx ? x.gradient->target(x.shape()) : autograd::GradientSlot::Target{};
  for (int64_t begin = 0; begin < rows; begin += chunk_rows) {
    const Chunk chunk{x.data.f32() + begin * width, std::min(chunk_rows, rows - begin), logits.f32()};
    head_product(context, chunk, head);
    kernels::cross_entropy(context.kernels, {.counts = {.outer = chunk.rows, .columns = vocabulary},
                                             .logits = {logits.f32(), vocabulary, 0},
                                             .targets = targets.i32() + begin,
                                             .losses = result.losses.f32() + begin,
                                             .gradient_scale = context.recording() ? &gradient_scale : nullptr});
    if (context.recording())
      gradients(context, chunk, head, wants_dx ? dx.tensor.f32() + begin * width : nullptr, dx.accumulate);
  }
  for (int64_t row = 0; row < rows; ++row) {
    result.loss_sum += static_cast<double>(result.losses.f32()[row]);
    result.num_targets += targets.i32()[row] >= 0;
  }
  return result;
}

}  // namespace vitrine::ops
