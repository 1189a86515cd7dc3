#include "nn/transformer.h"

#include <fmt/format.h>

#include "autograd/recompute.h"
#include "base/error.h"
#include "nn/previous_token_start.h"
#include "ops/embedding.h"
#include "ops/linear.h"
#include "ops/pointwise.h"

namespace vitrine::nn {
namespace {

using autograd::ParameterRole;

constexpr double kEmbeddingDeviation = 0.02;

Tensor consecutive_positions(int64_t batch, int64_t tokens, int64_t first) {
  const Tensor positions = Tensor::empty({batch, tokens}, DType::kI32);
  for (int64_t i = 0; i < batch * tokens; ++i) positions.i32()[i] = static_cast<int32_t>(first + i % tokens);
  return positions;
}

void check_length(const TransformerConfig& config, int64_t first, int64_t tokens) {
  if (first + tokens > config.context_length)
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("forward: {} tokens do not fit the context (expected at most {})", first + tokens,
                            config.context_length),
                "shorten the text, or train with a longer context_length");
}

}  // namespace

Transformer::Transformer(const TransformerConfig& config, uint64_t seed) : Transformer(config, Initializer(seed)) {}

Transformer::Transformer(const TransformerConfig& config, Uninitialised)
    : Transformer(config, Initializer::without_draws()) {}

Transformer::Transformer(const TransformerConfig& config, Initializer init) : config_(config) {
  embedding_ = init.make("model.embed_tokens.weight", {config.vocab_size, config.width}, ParameterRole::kEmbedding,
                         {.deviation = kEmbeddingDeviation});
  if (config.positions == "learned")
    position_embedding_ =
        std::make_unique<Parameter>(init.make("model.embed_positions.weight", {config.context_length, config.width},
                                              ParameterRole::kEmbedding, {.deviation = kEmbeddingDeviation / 2}));
  for (int layer = 0; layer < config.layers; ++layer) blocks_.push_back(std::make_unique<Block>(layer, config, init));
  final_norm_ = std::make_unique<Norm>("model.norm", config.width, config, init);
  if (!config.tie_embeddings)
    head_ = std::make_unique<Parameter>(init.make("lm_head.weight", {config.vocab_size, config.width},
                                                  ParameterRole::kEmbedding, {.deviation = kEmbeddingDeviation}));
  if (config.start == "previous_token" && init.draws()) {
    std::vector<Attention*> layers;
    for (const auto& block : blocks_) layers.push_back(&block->attention);
    start_with_previous_token(config, init.seed(), kEmbeddingDeviation, embedding_, layers);
  }
  if (config.positions == "rope")
    rope_ = std::make_unique<ops::RopeTables>(
        ops::make_rope_tables(config.context_length, config.head_width, config.rope_theta, rope_scaling(config)));
}

Variable Transformer::hidden(ExecutionContext& context, const TokenBatch& batch) const {
  VITRINE_CHECK(batch.ids.shape().rank() == 2, "forward: ids must be [B,T]");
  const int64_t rows = batch.ids.shape()[0], tokens = batch.ids.shape()[1];
  const int64_t first = batch.cache ? batch.cache->length : 0;
  check_length(config_, first, tokens);
  const SequenceInfo sequence{
      .positions = batch.positions.defined() ? batch.positions : consecutive_positions(rows, tokens, first),
      .first_key = batch.first_key,
      .cache = batch.cache};
  Variable x = ops::embedding(context, batch.ids, embedding_, sequence.positions, position_embedding_.get());
  x = ops::dropout(context, x, static_cast<float>(config_.dropout));
  tap(context, "embedding", -1, x);
  for (const auto& block : blocks_) {
    const auto run = [&block, sequence, rope = rope_.get()](ExecutionContext& ctx, const Variable& input) {
      return (*block)(ctx, input, sequence, rope);
    };
    x = recompute_ ? autograd::recompute(context, x, run) : run(context, x);
  }
  if (batch.cache) batch.cache->length += tokens;
  x = (*final_norm_)(context, x);
  tap(context, "final_norm", -1, x);
  return x;
}

Tensor Transformer::logits(ExecutionContext& context, const Variable& hidden) const {
  return ops::linear(context, hidden, head()).data;
}

ops::CrossEntropyResult Transformer::loss(ExecutionContext& context, const TokenBatch& batch, const Tensor& targets,
                                          float gradient_scale) const {
  const TraceScope traced(context.kernels.trace, TraceKind::kRegion, "forward");
  return ops::linear_cross_entropy(context, hidden(context, batch), head(), targets, gradient_scale);
}

void Transformer::visit(const ParameterVisitor& visitor) {
  visitor(embedding_);
  if (position_embedding_) visitor(*position_embedding_);
  for (const auto& block : blocks_) block->visit(visitor);
  final_norm_->visit(visitor);
  if (head_) visitor(*head_);
}

std::vector<Parameter*> Transformer::parameters() {
  std::vector<Parameter*> list;
  visit([&](Parameter& parameter) { list.push_back(&parameter); });
  return list;
}

}  // namespace vitrine::nn
