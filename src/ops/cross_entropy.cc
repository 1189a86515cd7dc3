#include "ops/cross_entropy.h"

#include <algorithm>

#include "autograd/tape_trace.h"
#include "base/error.h"
#include "kernels/gemm.h"
#include "kernels/softmax.h"
#include "ops/shapes.h"
#include "ops/weight_product.h"

namespace vitrine::ops {
namespace {

using autograd::ExecutionContext;
using autograd::Parameter;

constexpr int64_t kChunkLogits = int64_t{17} << 20;

/// Rows whose logits are held at once: up to 71 MB of them, and nearly equal chunks, since each reads the whole head
/// and its gradient. Fixed by vocabulary and rows, so that sums keep their order.
int64_t rows_per_chunk(int64_t vocabulary, int64_t rows) {
  const int64_t largest = std::clamp<int64_t>(kChunkLogits / vocabulary, 16, 1024);
  const int64_t num_chunks = std::max<int64_t>(1, (rows + largest - 1) / largest);
  return std::max<int64_t>(1, (rows + num_chunks - 1) / num_chunks);
}

struct Chunk {
  const float* x;
  int64_t rows;
  float* logits;  // replaced by their gradient
};

void head_product(ExecutionContext& context, const Chunk& chunk, const Parameter& head) {
  const WeightProduct product{.weight = &head, .c = chunk.logits};
  multiply_by_weights(context, chunk.x, chunk.rows, {&product, 1});
}

void gradients(ExecutionContext& context, const Chunk& chunk, const Parameter& head, float* dx, bool accumulate_dx) {
  const int64_t vocabulary = head.shape()[0], width = head.shape()[1];
  if (dx != nullptr) {
    kernels::StoredMatrix stored;
    kernels::GemmArgs args = input_gradient_product(chunk.logits, chunk.rows, head, dx, stored);
    args.accumulate = accumulate_dx;
    kernels::gemm(context.kernels, args);
  }
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
  const int64_t chunk_rows = rows_per_chunk(vocabulary, rows);
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
