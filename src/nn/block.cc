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

}  // namespace vitrine::nn
