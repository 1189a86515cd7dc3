#include "nn/layers.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "core/rng.h"
#include "ops/linear.h"
#include "ops/norm.h"

namespace vitrine::nn {
namespace {

using autograd::ParameterRole;

constexpr uint32_t kInitStream = 0x1717;  // apart from the streams of data order, dropout and sampling
constexpr double kDeviation = 0.02;       // GPT-2's; residual outputs are scaled down by sqrt(2 L)

double residual_deviation(const TransformerConfig& config) {
  return kDeviation / std::sqrt(2.0 * static_cast<double>(config.layers));
}

std::unique_ptr<Parameter> optional_vector(bool wanted, const std::string& name, int64_t size, Initializer& init) {
  if (!wanted) return nullptr;
  return std::make_unique<Parameter>(init.make(name, {size}, ParameterRole::kVector, {}));
}

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

KvCache::KvCache(const TransformerConfig& config, int64_t capacity_tokens) : capacity(capacity_tokens) {
  const Shape shape{1, capacity, config.key_heads * config.head_width};
  for (int64_t layer = 0; layer < config.layers; ++layer)
    layers.push_back({Tensor::empty(shape), Tensor::empty(shape)});
}

int64_t KvCache::num_bytes() const {
  int64_t total = 0;
  for (const Layer& layer : layers) total += layer.k.num_bytes() + layer.v.num_bytes();
  return total;
}

Attention::Attention(const std::string& name, int layer_index, const TransformerConfig& config, Initializer& init)
    : layer(layer_index),
      head_width(config.head_width),
      window(config.window),
      q(name + ".q_proj", config.width, config.heads * config.head_width, config.bias || config.qkv_bias, kDeviation,
        init),
      k(name + ".k_proj", config.width, config.key_heads * config.head_width, config.bias || config.qkv_bias,
        kDeviation, init),
      v(name + ".v_proj", config.width, config.key_heads * config.head_width, config.bias || config.qkv_bias,
        kDeviation, init),
      out(name + ".o_proj", config.heads * config.head_width, config.width, config.bias, residual_deviation(config),
          init) {
  if (!config.qk_norm) return;
  q_norm = std::make_unique<Norm>(name + ".q_norm", head_width, config, init);
  k_norm = std::make_unique<Norm>(name + ".k_norm", head_width, config, init);
}

Variable Attention::operator()(ExecutionContext& context, const Variable& x, const SequenceInfo& sequence,
                               const ops::RopeTables* rope, const Variable& residual) const {
  Variable queries = q(context, x), keys = k(context, x), values = v(context, x);
  if (q_norm) {
    queries = (*q_norm)(context, queries);
    keys = (*k_norm)(context, keys);
  }
  if (rope) {
    queries = ops::rope(context, queries, sequence.positions, *rope);
    keys = ops::rope(context, keys, sequence.positions, *rope);
  }
  tap(context, "attention.queries", layer, queries);
  tap(context, "attention.keys", layer, keys);
  ops::AttentionOptions options{.head_width = head_width, .window = window, .first_key = sequence.first_key};
  if (KvCache* const cache = sequence.cache) {
    const int64_t tokens = x.shape()[1];
    VITRINE_CHECK(x.shape()[0] == 1 && !context.recording(), "a cache serves one sequence, without recording");
    VITRINE_CHECK(cache->length + tokens <= cache->capacity, "cache overflow");
    const KvCache::Layer& store = cache->layers[static_cast<size_t>(layer)];
    const int64_t offset = cache->length * keys.shape().last();
    std::copy_n(keys.data.f32(), keys.data.num_elements(), store.k.f32() + offset);
    std::copy_n(values.data.f32(), values.data.num_elements(), store.v.f32() + offset);
    keys = autograd::constant(store.k);
    values = autograd::constant(store.v);
    options.num_keys = cache->length + tokens;
  }
  const Variable mixed = ops::attention(context, queries, keys, values, options);
  tap(context, "attention.mixed", layer, mixed);
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
                                                             config.bias, kDeviation, init)
                                  : nullptr),
      up(name + ".up_proj", config.width, config.hidden_width, config.bias, kDeviation, init),
      down(name + ".down_proj", config.hidden_width, config.width, config.bias, residual_deviation(config), init) {}

Variable Mlp::operator()(ExecutionContext& context, const Variable& x, const Variable& residual) const {
  const Variable raised = up(context, x);
  tap(context, "mlp.up", layer, raised);
  if (gate) return ops::swiglu_linear(context, (*gate)(context, x), raised, down.weight, &residual);
  return ops::activated_linear(context, raised, activation, down.weight, down.bias.get(), &residual);
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

void tap(ExecutionContext& context, std::string_view point, int layer, const Variable& value) {
  if (context.tap) context.tap(point, layer, value.data);
}

}  // namespace vitrine::nn
