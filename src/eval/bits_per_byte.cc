#include "eval/bits_per_byte.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace vitrine::eval {

double HeldOutLoss::perplexity() const { return std::exp(loss_nats); }

HeldOutLoss held_out_loss(const nn::Transformer& transformer, const autograd::Runtime& runtime,
                          data::PackedDataset& dataset, int64_t num_rows, int64_t batch_rows,
                          const std::function<bool()>& should_stop) {
  const TraceScope traced(runtime.trace(), TraceKind::kRegion, "evaluate");
  HeldOutLoss result;
  double loss_sum = 0;
  int64_t num_bytes = 0;
  autograd::ExecutionContext context = runtime.execution_context();
  for (int64_t row = 0; row < num_rows; row += batch_rows) {
    if (should_stop && should_stop()) throw Error(ErrorCode::kInterrupted, "evaluate: interrupted");
    const data::Batch batch = dataset.batch(row, std::min(batch_rows, num_rows - row));
    const auto loss =
        transformer.loss(context, {.ids = batch.inputs, .positions = batch.positions, .first_key = batch.first_key},
                         batch.targets, 1.0f);
    loss_sum += loss.loss_sum;
    result.num_targets += batch.num_targets;
    num_bytes += batch.num_target_bytes;
  }
  result.loss_nats = result.num_targets > 0 ? loss_sum / static_cast<double>(result.num_targets) : 0;
  result.bits_per_byte = num_bytes > 0 ? loss_sum / std::numbers::ln2 / static_cast<double>(num_bytes) : 0;
  return result;
}

}  // namespace vitrine::eval
