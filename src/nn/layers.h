// The parts of a block: linear map, norm, attention, feed-forward. Each lists its parameters once, in visit().
#pragma once

#include <functional>
#include <memory>

#include "autograd/execution_context.h"
#include "autograd/parameter.h"
#include "nn/config.h"
#include "nn/kv_pages.h"
#include "ops/attention.h"
#include "ops/linear.h"

namespace vitrine::nn {

using autograd::ExecutionContext;
using autograd::Parameter;
using autograd::Variable;

/// Called with each parameter, in a fixed order.
using ParameterVisitor = std::function<void(Parameter&)>;

/// How a parameter starts out.
struct Initial {
  double deviation = 0;  ///< standard deviation of a normal; 0 with constant below
  float constant = 0;
};

/// Hands out freshly made parameters; draws depend on the seed and the parameter's number alone.
class Initializer {
 public:
  explicit Initializer(uint64_t seed) : seed_(seed) {}
  /// Leaves matrices without memory: they are about to be loaded.
  static Initializer without_draws();
  uint64_t seed() const { return seed_; }
  bool draws() const { return draws_; }
  Parameter make(std::string name, const Shape& shape, autograd::ParameterRole role, const Initial& initial);

 private:
  uint64_t seed_;
  uint32_t next_ = 0;
  bool draws_ = true;
};

/// y = x·Wᵀ (+ bias). Shapes: x [...,K] -> [...,N].
struct Linear {
  Parameter weight;
  std::unique_ptr<Parameter> bias;

  Linear(const std::string& name, int64_t in, int64_t out, bool with_bias, double deviation, Initializer& init);
  Variable operator()(ExecutionContext& context, const Variable& x, const Variable* residual = nullptr) const;
  ops::LinearWeights weights() const { return {&weight, bias.get()}; }
  void visit(const ParameterVisitor& visitor);
};

/// RMS or layer norm with gain (and bias for layer norm).
struct Norm {
  Parameter gain;
  std::unique_ptr<Parameter> bias;
  float eps;

  Norm(const std::string& name, int64_t width, const TransformerConfig& config, Initializer& init);
  Variable operator()(ExecutionContext& context, const Variable& x) const;
  void visit(const ParameterVisitor& visitor);
};

/// Keys and values of one sequence's earlier tokens: pages that it has to itself. Capacity is fixed when made; memory
/// comes as tokens do.
struct KvCache {
  int64_t length = 0;    ///< tokens that are in
  int64_t capacity = 0;  ///< tokens that fit
  KvPages pages;
  std::vector<int32_t> table;  ///< pages in order

  KvCache(const TransformerConfig& config, int64_t capacity);
  int64_t num_bytes() const { return pages.num_bytes(); }
  /// Makes sure of memory for further tokens.
  void make_room(int64_t tokens);
};

/// What a pass needs to know about its tokens, shared by all blocks.
struct SequenceInfo {
  Tensor positions;                     // [B,T] i32, restarting with each document
  Tensor first_key;                     // [B,T] i32 or undefined
  const CachedBatch* cached = nullptr;  // B = 1: tokens go behind what their sequences hold
};

/// Self-attention with grouped queries, optional QK-norm and rotary positions. Shapes: x [B,T,C] -> [B,T,C].
struct Attention {
  int layer;
  int64_t head_width, window;
  Linear q, k, v, out;
  std::unique_ptr<Norm> q_norm, k_norm;

  Attention(const std::string& name, int layer, const TransformerConfig& config, Initializer& init);
  Variable operator()(ExecutionContext& context, const Variable& x, const SequenceInfo& sequence,
                      const ops::RopeTables* rope, const Variable& residual) const;
  /// The same in two steps, where few rows of a cached batch are wanted: keys and values of all rows, then what becomes
  /// of the wanted ones. For inference without adapters. Shapes: x [1,N,C]; x, residual [1,W,C] -> [1,W,C].
  void write(ExecutionContext& context, const Variable& x, const SequenceInfo& sequence,
             const ops::RopeTables* rope) const;
  Variable attend(ExecutionContext& context, const Variable& x, const SequenceInfo& sequence,
                  const ops::RopeTables* rope, const Variable& residual) const;
  void visit(const ParameterVisitor& visitor);

 private:
  Variable normed(ExecutionContext& context, const Norm* norm, const Variable& x, const Tensor& positions,
                  const ops::RopeTables* rope) const;
};

/// Feed-forward part: down(silu(gate(x)) * up(x)), or down(activation(up(x))). Shapes: x [B,T,C] -> [B,T,C].
struct Mlp {
  int layer;
  kernels::Activation activation;
  std::unique_ptr<Linear> gate;
  Linear up, down;

  Mlp(const std::string& name, int layer, const TransformerConfig& config, Initializer& init);
  Variable operator()(ExecutionContext& context, const Variable& x, const Variable& residual) const;
  /// The same in single steps, with adapters beside each map.
  Variable adapted(ExecutionContext& context, const Variable& x, const Variable& residual) const;
  void visit(const ParameterVisitor& visitor);
};

/// x + attention(norm(x)), then the same with the feed-forward part.
struct Block {
  float dropout;
  Norm attention_norm;
  Attention attention;
  Norm mlp_norm;
  Mlp mlp;

  Block(int layer, const TransformerConfig& config, Initializer& init);
  Variable operator()(ExecutionContext& context, const Variable& x, const SequenceInfo& sequence,
                      const ops::RopeTables* rope) const;
  /// The wanted rows alone, to the same bits, which is all that a last block has to give. As Attention::write.
  Variable of_wanted(ExecutionContext& context, const Variable& x, const SequenceInfo& sequence,
                     const ops::RopeTables* rope) const;
  void visit(const ParameterVisitor& visitor);
};

/// Lets the context's adapters, where there are some, add to y = x·Wᵀ.
void adapt(ExecutionContext& context, const Linear& linear, const Variable& x, const Variable& y);

/// Shows a tensor to the context's tap, where there is one.
void tap(ExecutionContext& context, std::string_view point, int layer, const Variable& value);

}  // namespace vitrine::nn
