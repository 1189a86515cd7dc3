#include "autograd/tape_trace.h"
#include "nn/layers.h"
#include "ops/pointwise.h"

namespace vitrine::nn {
namespace {

/// A branch of a block with dropout on its output cannot fold the residual into its last product.
template <typename Branch>
Variable with_dropout(ExecutionContext& context, const Variable& x, float probability, const Branch& branch) {
  const Variable zero = autograd::constant(Tensor::zeros(x.shape()));
  return ops::add(context, x, ops::dropout(context, branch(zero), probability));
}

}  // namespace

Variable Block::operator()(ExecutionContext& context, const Variable& x, const SequenceInfo& sequence,
                           const ops::RopeTables* rope) const {
  const autograd::TracedRegion layer(context, "layer", attention.layer);
  const bool drops = dropout > 0 && context.training;
  const auto attend = [&](const Variable& residual) {
    const autograd::TracedRegion part(context, "attention part");
    return attention(context, attention_norm(context, x), sequence, rope, residual);
  };
  const Variable mixed = drops ? with_dropout(context, x, dropout, attend) : attend(x);
  tap(context, "block.attention", attention.layer, mixed);
  const auto feed = [&](const Variable& residual) {
    const autograd::TracedRegion part(context, "feed-forward part");
    return mlp(context, mlp_norm(context, mixed), residual);
  };
  const Variable out = drops ? with_dropout(context, mixed, dropout, feed) : feed(mixed);
  tap(context, "block.out", attention.layer, out);
  return out;
}

Variable Block::of_wanted(ExecutionContext& context, const Variable& x, const SequenceInfo& sequence,
                          const ops::RopeTables* rope) const {
  const autograd::TracedRegion layer(context, "layer", attention.layer);
  const CachedBatch& batch = *sequence.cached;
  const Variable wanted = autograd::constant(batch.wanted_rows(x.data));
  Variable mixed = wanted;
  {
    const autograd::TracedRegion part(context, "attention part");
    const Variable even = attention_norm(context, x);
    attention.write(context, even, sequence, rope);
    if (wanted.data.num_elements() == 0) return wanted;
    context.prompt_rows = batch.num_wanted_of(context.prompt_rows);  // for the rest of the pass
    mixed = attention.attend(context, autograd::constant(batch.wanted_rows(even.data)), sequence, rope, wanted);
  }
  const autograd::TracedRegion part(context, "feed-forward part");
  return mlp(context, mlp_norm(context, mixed), mixed);
}

}  // namespace vitrine::nn
