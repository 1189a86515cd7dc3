// Small models of every architecture that files hold, for the tests of this folder.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "autograd/execution_context.h"
#include "nn/transformer.h"

namespace vitrine::model {

inline nn::TransformerConfig small_family_config(const std::string& architecture) {
  return {.architecture = architecture,
          .vocab_size = 96,
          .width = 64,
          .layers = 2,
          .heads = 4,
          .key_heads = 2,
          .head_width = 32,
          .hidden_width = 96,
          .context_length = 64,
          .norm_eps = 1e-5,
          .rope_theta = 500000,
          .qk_norm = architecture == "qwen3",
          .qkv_bias = architecture == "qwen2"};
}

inline nn::TransformerConfig small_gpt2_config() {
  return {.architecture = "gpt2",
          .vocab_size = 96,
          .width = 64,
          .layers = 2,
          .heads = 4,
          .key_heads = 4,
          .head_width = 16,
          .hidden_width = 96,
          .context_length = 64,
          .norm = "layer",
          .norm_eps = 1e-5,
          .mlp = "gelu",
          .positions = "learned",
          .qk_norm = false,
          .bias = true};
}

inline nn::TransformerConfig with_scaling(nn::TransformerConfig config, const std::string& scaling, double factor,
                                          int64_t original_context) {
  config.rope_scaling = scaling;
  config.rope_scaling_factor = factor;
  config.rope_original_context = original_context;
  return config;
}

/// Each with a name, as tests print it.
inline std::vector<std::pair<std::string, nn::TransformerConfig>> small_configs() {
  std::vector<std::pair<std::string, nn::TransformerConfig>> list = {{"gpt2", small_gpt2_config()}};
  for (const char* architecture : {"llama", "qwen2", "qwen3"})
    list.emplace_back(architecture, small_family_config(architecture));
  list.emplace_back("llama_untied", small_family_config("llama"));
  list.back().second.tie_embeddings = false;
  list.emplace_back("llama_attention_bias", small_family_config("llama"));
  list.back().second.attention_bias = true;
  list.emplace_back("llama_biases", small_family_config("llama"));
  list.back().second.attention_bias = list.back().second.mlp_bias = true;
  list.emplace_back("llama3", with_scaling(small_family_config("llama"), "llama3", 8, 8192));
  list.emplace_back("mistral_window", small_family_config("mistral"));
  list.back().second.window = 16;
  list.emplace_back("qwen2_yarn", with_scaling(small_family_config("qwen2"), "yarn", 4, 32));
  list.emplace_back("qwen3_linear", with_scaling(small_family_config("qwen3"), "linear", 2, 64));
  return list;
}

/// Random weights everywhere, gains and biases too, so that a mix-up of any two shows.
inline nn::Transformer random_transformer(const nn::TransformerConfig& config, uint64_t seed) {
  nn::Transformer transformer(config, seed);
  Rng rng(seed, 77);
  transformer.visit([&](nn::Parameter& parameter) {
    for (float& value : parameter.data().floats())
      value = 0.1f * static_cast<float>(rng.next_normal()) + (parameter.name.find("norm") != std::string::npos ? 1 : 0);
    parameter.weight.mark_changed();
  });
  return transformer;
}

inline Tensor logits_of(const nn::Transformer& transformer, const std::vector<int32_t>& ids) {
  const autograd::Runtime runtime(1);
  autograd::ExecutionContext context = runtime.execution_context();
  const nn::TokenBatch batch{.ids = Tensor::from_ints({1, static_cast<int64_t>(ids.size())}, ids)};
  return transformer.logits(context, transformer.hidden(context, batch));
}

}  // namespace vitrine::model
