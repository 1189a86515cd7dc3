#include "nn/transformer.h"

#include <fmt/format.h>

#include <utility>

#include "autograd/recompute.h"
#include "base/error.h"
#include "nn/look_up_start.h"
#include "ops/embedding.h"
#include "ops/linear.h"
#include "ops/pointwise.h"
#include "ops/weight_product.h"

namespace vitrine::nn {
namespace {

using autograd::ParameterRole;

constexpr double kEmbeddingDeviation = 0.02;

void check_length(const TransformerConfig& config, int64_t first, int64_t tokens) {
  if (first + tokens > config.context_length)
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("forward: {} tokens do not fit the context (expected at most {})", first + tokens,
                    config.context_length),
        config.rope_scaling == "dynamic"
            ? "beyond it, dynamic rotary scaling changes all angles with each token, and keys that are in the cache "
              "do not follow: shorten the text"
            : "shorten the text, or train with a longer context_length");
}

/// Positions of a batch without a cache, of one with, or those given.
Tensor positions_in(const TransformerConfig& config, const TokenBatch& batch) {
  const int64_t rows = batch.ids.shape()[0], tokens = batch.ids.shape()[1];
  const Tensor positions = Tensor::empty({rows, tokens}, DType::kI32);
  int32_t* next = positions.i32();
  if (batch.cached) {
    VITRINE_CHECK(rows == 1 && tokens == batch.cached->num_rows(), "a cached batch has one row a token");
    for (const CachedSequence& sequence : batch.cached->sequences) {
      check_length(config, sequence.length, sequence.tokens);
      for (int64_t i = 0; i < sequence.tokens; ++i) *next++ = static_cast<int32_t>(sequence.length + i);
    }
    return batch.positions.defined() ? batch.positions : positions;
  }
  check_length(config, 0, tokens);
  if (batch.positions.defined()) return batch.positions;
  for (int64_t i = 0; i < rows * tokens; ++i) *next++ = static_cast<int32_t>(i % tokens);
  return positions;
}

/// Says for a while how many rows are of prompts: the rows of logits are others.
class PromptRows {
 public:
  PromptRows(ExecutionContext& context, int64_t rows) : context_(context) { context.prompt_rows = rows; }
  ~PromptRows() { context_.prompt_rows = 0; }
  PromptRows(const PromptRows&) = delete;
  PromptRows& operator=(const PromptRows&) = delete;

 private:
  ExecutionContext& context_;
};

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
  (head_ ? *head_ : embedding_).is_sensitive = true;  // nothing behind it evens its errors out
  if (config.start == "look_up" && init.draws()) {
    std::vector<Attention*> layers;
    for (const auto& block : blocks_) layers.push_back(&block->attention);
    start_with_look_up(config, init.seed(), kEmbeddingDeviation, embedding_, layers);
  }
  if (config.positions == "rope")
    rope_ = std::make_unique<ops::RopeTables>(
        ops::make_rope_tables(config.context_length, config.head_width, config.rope_theta, rope_scaling(config)));
}

/// Replaces rows of the embedding by given ones.
void Transformer::put_inputs(ExecutionContext& context, const TokenBatch& batch, const Tensor& positions,
                             const Variable& x) const {
  VITRINE_CHECK(!context.recording(), "given inputs serve inference, without recording");
  const int64_t width = config_.width, count = static_cast<int64_t>(batch.input_rows.size());
  expect_shape("forward", "inputs", batch.inputs.shape(), {count, width});
  const Tensor table = position_embedding_ ? position_embedding_->weight.values() : Tensor();
  for (int64_t i = 0; i < count; ++i) {
    const int64_t row = batch.input_rows[static_cast<size_t>(i)];
    float* const to = x.data.f32() + row * width;
    std::copy_n(batch.inputs.f32() + i * width, width, to);
    if (!position_embedding_) continue;
    const float* const position = table.f32() + positions.i32()[row] * width;
    for (int64_t c = 0; c < width; ++c) to[c] += position[c];
  }
}

/// A pass behind the tokens of one sequence, as a cached batch of that one.
Variable Transformer::hidden_behind(ExecutionContext& context, TokenBatch batch) const {
  KvCache& cache = *std::exchange(batch.cache, nullptr);
  const int64_t tokens = batch.ids.shape()[1];
  VITRINE_CHECK(batch.ids.shape()[0] == 1 && cache.length + tokens <= cache.capacity, "cache overflow");
  cache.make_room(tokens);
  const CachedSequence one{cache.table, cache.length, tokens};
  const CachedBatch cached{&cache.pages, {&one, 1}};
  batch.cached = &cached;
  Variable x = hidden(context, batch);
  cache.length += tokens;
  return x;
}

Variable Transformer::hidden(ExecutionContext& context, const TokenBatch& batch) const {
  VITRINE_CHECK(batch.ids.shape().rank() == 2, "forward: ids must be [B,T]");
  if (batch.cache) return hidden_behind(context, batch);
  const SequenceInfo sequence{
      .positions = positions_in(config_, batch), .first_key = batch.first_key, .cached = batch.cached};
  Variable x = ops::embedding(context, batch.ids, embedding_, sequence.positions, position_embedding_.get());
  if (!batch.input_rows.empty()) put_inputs(context, batch, sequence.positions, x);
  x = ops::dropout(context, x, static_cast<float>(config_.dropout));
  tap(context, "embedding", -1, x);
  const PromptRows scope(context, batch.prompt_rows);
  const bool wants_few = batch.cached && batch.cached->num_wanted() < batch.cached->num_rows();
  // Taps see whole tensors, and adapters go by the rows of the pass.
  const bool spares_rows = wants_few && !context.tap && !context.adapt;
  for (const auto& block : blocks_) {
    const bool spares = spares_rows && block == blocks_.back();
    const auto run = [&block, sequence, spares, rope = rope_.get()](ExecutionContext& ctx, const Variable& input) {
      return spares ? block->of_wanted(ctx, input, sequence, rope) : (*block)(ctx, input, sequence, rope);
    };
    x = recompute_ ? autograd::recompute(context, x, run) : run(context, x);
  }
  if (x.data.num_elements() == 0) return x;
  x = (*final_norm_)(context, x);
  tap(context, "final_norm", -1, x);
  return wants_few && !spares_rows ? autograd::constant(batch.cached->wanted_rows(x.data)) : x;
}

Tensor Transformer::logits(ExecutionContext& context, const Variable& hidden) const {
  const Variable logits = ops::linear(context, hidden, head());
  if (context.adapt && head_) context.adapt(context, *head_, hidden.data, logits.data);
  return logits.data;
}

ops::CrossEntropyResult Transformer::loss(ExecutionContext& context, const TokenBatch& batch, const Tensor& targets,
                                          float gradient_scale) const {
  const TraceScope traced(context.kernels.trace, TraceKind::kRegion, "forward");
  return ops::linear_cross_entropy(context, hidden(context, batch), head(), targets, gradient_scale);
}

bool Transformer::multiplies_in_panels(const KernelContext& kernels) const {
  bool any = false;
  for (const auto& block : blocks_)
    block->visit([&](Parameter& parameter) { any = any || ops::multiplies_in_panels(kernels, parameter); });
  return any;
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
