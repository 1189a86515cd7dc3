// The decoder-only transformer, written once: training, decoding and instrumented runs use it.
#pragma once

#include <vector>

#include "nn/layers.h"
#include "ops/cross_entropy.h"

namespace vitrine::nn {

/// Tokens of one pass.
struct TokenBatch {
  Tensor ids;                           // [B,T] i32
  Tensor positions;                     // [B,T] i32; undefined: 0 … T-1, or behind the cache
  Tensor first_key;                     // [B,T] i32; undefined: one document a row
  KvCache* cache = nullptr;             // B = 1: tokens go behind what is in it
  const CachedBatch* cached = nullptr;  // or B = 1: the tokens of many sequences, one after another
  /// Rows that are given in place of a token's embedding: inputs[i] is that of row input_rows[i].
  Tensor inputs = {};                        // [n,C]
  std::span<const int64_t> input_rows = {};  // increasing; their ids are not looked at
  int64_t prompt_rows = 0;  // of the B*T, the first: given rather than written (see kernels::QuantizedGemmArgs)
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

  /// Hidden states after the last norm. With a cache the new keys and values are added to it; a CachedBatch is for the
  /// caller to move on, and may want few of its rows, which spares the last block the others.
  /// Errors: kInvalidArgument for unknown ids and for more tokens than the context has.
  /// Shapes: ids [B,T] -> [B,T,C], or [1,W,C] of the wanted rows of a CachedBatch.
  Variable hidden(ExecutionContext& context, const TokenBatch& batch) const;
  /// Shapes: hidden [...,C] -> [...,V].
  Tensor logits(ExecutionContext& context, const Variable& hidden) const;
  /// Mean-less loss over targets; while recording, starts the backward pass (see ops::linear_cross_entropy).
  ops::CrossEntropyResult loss(ExecutionContext& context, const TokenBatch& batch, const Tensor& targets,
                               float gradient_scale) const;

  /// Whether any product of the blocks is taken in panels of blocks or 16 bits (see ops::multiply_by_weights).
  bool multiplies_in_panels(const KernelContext& kernels) const;

  /// All parameters, in a fixed order; a tied head comes once.
  void visit(const ParameterVisitor& visitor);
  std::vector<Parameter*> parameters();

  /// Recompute each block's activations in the backward pass instead of keeping them.
  void set_recompute(bool recompute) { recompute_ = recompute; }

  const Parameter& head() const { return head_ ? *head_ : embedding_; }

 private:
  Transformer(const TransformerConfig& config, Initializer init);
  Variable hidden_behind(ExecutionContext& context, TokenBatch batch) const;
  void put_inputs(ExecutionContext& context, const TokenBatch& batch, const Tensor& positions, const Variable& x) const;

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
