#include "nn/layers.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "base/error.h"
#include "core/rng.h"
#include "kernels/activation.h"
#include "ops/linear.h"
#include "ops/norm.h"

namespace vitrine::nn {
namespace {

using autograd::ParameterRole;

constexpr uint32_t kInitStream = 0x1717;  // apart from the streams of data order, dropout and sampling
constexpr int64_t kPageTokens = 64;       // a block of keys in attention
constexpr double kDeviation = 0.02;       // GPT-2's; residual outputs are scaled down by sqrt(2 L)

double residual_deviation(const TransformerConfig& config) {
  return kDeviation / std::sqrt(2.0 * static_cast<double>(config.layers));
}

std::unique_ptr<Parameter> optional_vector(bool wanted, const std::string& name, int64_t size, Initializer& init) {
  if (!wanted) return nullptr;
  return std::make_unique<Parameter>(init.make(name, {size}, ParameterRole::kVector, {}));
}

bool attention_has_biases(const TransformerConfig& config) { return config.bias || config.attention_bias; }
bool mlp_has_biases(const TransformerConfig& config) { return config.bias || config.mlp_bias; }

}  // namespace

Initializer Initializer::without_draws() {
  Initializer init(0);
  init.draws_ = false;
  return init;
}

Parameter Initializer::make(std::string name, const Shape& shape, ParameterRole role, const Initial& initial) {
  Parameter parameter;
  parameter.name = std::move(name);
  parameter.role = role;
  if (!draws_ && shape.rank() == 2) {
    ++next_;
    parameter.weight = autograd::Weight::of_shape(shape);
    return parameter;
  }
  const Tensor data = Tensor::empty(shape);
  Rng rng(seed_, kInitStream, next_++);
  for (float& value : data.floats())
    value =
        initial.deviation > 0 && draws_ ? static_cast<float>(initial.deviation * rng.next_normal()) : initial.constant;
  parameter.weight = autograd::Weight(data);
  return parameter;
}

Linear::Linear(const std::string& name, int64_t in, int64_t out, bool with_bias, double deviation, Initializer& init)
    : weight(init.make(name + ".weight", {out, in}, ParameterRole::kMatrix, {.deviation = deviation})),
      bias(optional_vector(with_bias, name + ".bias", out, init)) {}

Variable Linear::operator()(ExecutionContext& context, const Variable& x, const Variable* residual) const {
  return ops::linear(context, x, weight, bias.get(), residual);
}

void Linear::visit(const ParameterVisitor& visitor) {
  visitor(weight);
  if (bias) visitor(*bias);
}

Norm::Norm(const std::string& name, int64_t width, const TransformerConfig& config, Initializer& init)
    : gain(init.make(name + ".weight", {width}, ParameterRole::kVector, {.constant = 1})),
      bias(optional_vector(config.norm == "layer", name + ".bias", width, init)),
      eps(static_cast<float>(config.norm_eps)) {}

Variable Norm::operator()(ExecutionContext& context, const Variable& x) const {
  return bias ? ops::layer_norm(context, x, gain, bias.get(), eps) : ops::rms_norm(context, x, gain, eps);
}

void Norm::visit(const ParameterVisitor& visitor) {
  visitor(gain);
  if (bias) visitor(*bias);
}

KvCache::KvCache(const TransformerConfig& config, int64_t capacity_tokens)
    : capacity(capacity_tokens),
      pages(config, {.page_tokens = kPageTokens,
                     .num_pages = std::max<int64_t>(1, (capacity_tokens + kPageTokens - 1) / kPageTokens)}),
      table(static_cast<size_t>(pages.num_pages())) {
  std::iota(table.begin(), table.end(), 0);
}

void KvCache::make_room(int64_t tokens) {
  const int64_t end = (length + tokens + kPageTokens - 1) / kPageTokens;
  for (int64_t page = length / kPageTokens; page < end; ++page) pages.ready(static_cast<int32_t>(page));
}

Attention::Attention(const std::string& name, int layer_index, const TransformerConfig& config, Initializer& init)
    : layer(layer_index),
      head_width(config.head_width),
      window(config.window),
      q(name + ".q_proj", config.width, config.heads * config.head_width,
        attention_has_biases(config) || config.qkv_bias, kDeviation, init),
      k(name + ".k_proj", config.width, config.key_heads * config.head_width,
        attention_has_biases(config) || config.qkv_bias, kDeviation, init),
      v(name + ".v_proj", config.width, config.key_heads * config.head_width,
        attention_has_biases(config) || config.qkv_bias, kDeviation, init),
      out(name + ".o_proj", config.heads * config.head_width, config.width, attention_has_biases(config),
          residual_deviation(config), init) {
  k.weight.is_sensitive = v.weight.is_sensitive = true;  // every later token reads them
  if (!config.qk_norm) return;
  q_norm = std::make_unique<Norm>(name + ".q_norm", head_width, config, init);
  k_norm = std::make_unique<Norm>(name + ".k_norm", head_width, config, init);
}

Variable Attention::operator()(ExecutionContext& context, const Variable& x, const SequenceInfo& sequence,
                               const ops::RopeTables* rope, const Variable& residual) const {
  const ops::LinearWeights maps[] = {q.weights(), k.weights(), v.weights()};
  std::vector<Variable> mapped = ops::linear_each(context, x, maps);
  Variable queries = std::move(mapped[0]), keys = std::move(mapped[1]), values = std::move(mapped[2]);
  adapt(context, q, x, queries);
  adapt(context, k, x, keys);
  adapt(context, v, x, values);
  queries = normed(context, q_norm.get(), queries, sequence.positions, rope);
  keys = normed(context, k_norm.get(), keys, sequence.positions, rope);
  tap(context, "attention.queries", layer, queries);
  tap(context, "attention.keys", layer, keys);
  const Variable mixed =
      sequence.cached ? cached_attention(context, queries, keys, values, *sequence.cached,
                                         {.layer = layer, .head_width = head_width, .window = window})
                      : ops::attention(context, queries, keys, values,
                                       {.head_width = head_width, .window = window, .first_key = sequence.first_key});
  tap(context, "attention.mixed", layer, mixed);
  const Variable y = out(context, mixed, &residual);
  adapt(context, out, mixed, y);
  return y;
}

/// Queries or keys as they meet: after their norm, turned by their positions.
Variable Attention::normed(ExecutionContext& context, const Norm* norm, const Variable& x, const Tensor& positions,
                           const ops::RopeTables* rope) const {
  const Variable even = norm ? (*norm)(context, x) : x;
  return rope ? ops::rope(context, even, positions, *rope) : even;
}

void Attention::write(ExecutionContext& context, const Variable& x, const SequenceInfo& sequence,
                      const ops::RopeTables* rope) const {
  const ops::LinearWeights maps[] = {k.weights(), v.weights()};
  const std::vector<Variable> mapped = ops::linear_each(context, x, maps);
  const Variable keys = normed(context, k_norm.get(), mapped[0], sequence.positions, rope);
  write_cache(context, keys, mapped[1], *sequence.cached, layer);
}

Variable Attention::attend(ExecutionContext& context, const Variable& x, const SequenceInfo& sequence,
                           const ops::RopeTables* rope, const Variable& residual) const {
  const CachedBatch& batch = *sequence.cached;
  const Variable queries = normed(context, q_norm.get(), q(context, x), batch.wanted_rows(sequence.positions), rope);
  const autograd::TracedOperation traced(context, "attention");
  const Variable mixed =
      attend_to_cache(context, queries, batch, {.layer = layer, .head_width = head_width, .window = window});
  return out(context, mixed, &residual);
}

void Attention::visit(const ParameterVisitor& visitor) {
  for (Linear* linear : {&q, &k, &v, &out}) linear->visit(visitor);
  if (q_norm) {
    q_norm->visit(visitor);
    k_norm->visit(visitor);
  }
}

Mlp::Mlp(const std::string& name, int layer_index, const TransformerConfig& config, Initializer& init)
    : layer(layer_index),
      activation(mlp_activation(config)),
      gate(config.mlp == "swiglu" ? std::make_unique<Linear>(name + ".gate_proj", config.width, config.hidden_width,
                                                             mlp_has_biases(config), kDeviation, init)
                                  : nullptr),
      up(name + ".up_proj", config.width, config.hidden_width, mlp_has_biases(config), kDeviation, init),
      down(name + ".down_proj", config.hidden_width, config.width, mlp_has_biases(config), residual_deviation(config),
           init) {}

Variable Mlp::operator()(ExecutionContext& context, const Variable& x, const Variable& residual) const {
  if (context.adapt) return adapted(context, x, residual);
  if (gate) {
    const ops::LinearWeights maps[] = {up.weights(), gate->weights()};
    const std::vector<Variable> mapped = ops::linear_each(context, x, maps);
    tap(context, "mlp.up", layer, mapped[0]);
    return ops::swiglu_linear(context, mapped[1], mapped[0], down.weight, down.bias.get(), &residual);
  }
  const Variable raised = up(context, x);
  tap(context, "mlp.up", layer, raised);
  return ops::activated_linear(context, raised, activation, down.weight, down.bias.get(), &residual);
}

Variable Mlp::adapted(ExecutionContext& context, const Variable& x, const Variable& residual) const {
  const Variable raised = up(context, x);
  adapt(context, up, x, raised);
  tap(context, "mlp.up", layer, raised);
  const Tensor hidden = Tensor::empty(raised.shape());
  const int64_t count = hidden.num_elements();
  if (gate) {
    const Variable gated = (*gate)(context, x);
    adapt(context, *gate, x, gated);
    kernels::swiglu_forward(context.kernels, gated.data.f32(), raised.data.f32(), hidden.f32(), count);
  } else {
    kernels::activation_forward(context.kernels, activation, raised.data.f32(), hidden.f32(), count);
  }
  const Variable y = down(context, autograd::constant(hidden), &residual);
  adapt(context, down, autograd::constant(hidden), y);
  return y;
}

void Mlp::visit(const ParameterVisitor& visitor) {
  if (gate) gate->visit(visitor);
  up.visit(visitor);
  down.visit(visitor);
}

Block::Block(int layer, const TransformerConfig& config, Initializer& init)
    : dropout(static_cast<float>(config.dropout)),
      attention_norm(fmt::format("model.layers.{}.input_layernorm", layer), config.width, config, init),
      attention(fmt::format("model.layers.{}.self_attn", layer), layer, config, init),
      mlp_norm(fmt::format("model.layers.{}.post_attention_layernorm", layer), config.width, config, init),
      mlp(fmt::format("model.layers.{}.mlp", layer), layer, config, init) {}

void Block::visit(const ParameterVisitor& visitor) {
  attention_norm.visit(visitor);
  attention.visit(visitor);
  mlp_norm.visit(visitor);
  mlp.visit(visitor);
}

void adapt(ExecutionContext& context, const Linear& linear, const Variable& x, const Variable& y) {
  if (!context.adapt) return;
  VITRINE_CHECK(!context.recording(), "adapters are applied without recording");
  context.adapt(context, linear.weight, x.data, y.data);
}

void tap(ExecutionContext& context, std::string_view point, int layer, const Variable& value) {
  if (context.tap) context.tap(point, layer, value.data);
}

}  // namespace vitrine::nn
