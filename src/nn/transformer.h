// The decoder-only transformer, written once: training, decoding and instrumented runs use it.
#pragma once

#include <vector>

#include "nn/layers.h"
#include "ops/cross_entropy.h"

namespace vitrine::nn {

/// Tokens of one pass.
struct TokenBatch {
  Tensor ids;        // [B,T] i32
  Tensor positions;  // [B,T] i32; undefined: 0 … T-1, or behind the cache
  Tensor first_key;  // [B,T] i32; undefined: one document a row
  KvCache* cache = nullptr;
};

/// Threads: const methods are safe from several threads with a context of their own, except for decoding with few rows,
/// which fills the weights' packed caches on first use.
class Transformer {
 public:
  /// In place of a seed: matrices have no memory, and are to be loaded.
  struct Uninitialised {};
  static constexpr Uninitialised kUninitialised{};

  Transformer(const TransformerConfig& config, Uninitialised);
  /// Random initial weights drawn from the seed. Errors: kInvalidArgument for impossible shapes, kOutOfMemory.
  Transformer(const TransformerConfig& config, uint64_t seed);

  const TransformerConfig& config() const { return config_; }

  /// Hidden states after the last norm. With a cache the new keys and values are added to it.
  /// Shapes: ids [B,T] -> [B,T,C].
  Variable hidden(ExecutionContext& context, const TokenBatch& batch) const;
  /// Shapes: hidden [...,C] -> [...,V].
  Tensor logits(ExecutionContext& context, const Variable& hidden) const;
  /// Mean-less loss over targets; while recording, starts the backward pass (see ops::linear_cross_entropy).
  ops::CrossEntropyResult loss(ExecutionContext& context, const TokenBatch& batch, const Tensor& targets,
                               float gradient_scale) const;

  /// All parameters, in a fixed order; a tied head comes once.
  void visit(const ParameterVisitor& visitor);
  std::vector<Parameter*> parameters();

  /// Recompute each block's activations in the backward pass instead of keeping them.
  void set_recompute(bool recompute) { recompute_ = recompute; }

  const Parameter& head() const { return head_ ? *head_ : embedding_; }

 private:
  Transformer(const TransformerConfig& config, Initializer init);

  TransformerConfig config_;
  Parameter embedding_;
  std::unique_ptr<Parameter> position_embedding_;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::unique_ptr<Norm> final_norm_;
  std::unique_ptr<Parameter> head_;
  std::unique_ptr<ops::RopeTables> rope_;
  bool recompute_ = false;
};

}  // namespace vitrine::nn
