// Small transformers of every shape that the blocks allow, and random tokens for them.
#pragma once

#include <vector>

#include "core/rng.h"
#include "nn/transformer.h"

namespace vitrine::testing {

inline nn::TransformerConfig tiny_qwen3() {
  return {.vocab_size = 37,
          .width = 24,
          .layers = 2,
          .heads = 4,
          .key_heads = 2,
          .head_width = 6,
          .hidden_width = 40,
          .context_length = 32};
}

inline nn::TransformerConfig tiny_gpt2() {
  return {.architecture = "gpt2",
          .vocab_size = 37,
          .width = 24,
          .layers = 2,
          .heads = 4,
          .key_heads = 4,
          .head_width = 6,
          .hidden_width = 96,
          .context_length = 32,
          .norm = "layer",
          .norm_eps = 1e-5,
          .mlp = "gelu",
          .positions = "learned",
          .qk_norm = false,
          .bias = true};
}

inline nn::TransformerConfig tiny_llama_with_biases() {
  nn::TransformerConfig config = tiny_qwen3();
  config.architecture = "llama";
  config.qk_norm = false;
  config.attention_bias = config.mlp_bias = true;
  return config;
}

/// Both architectures, llama with biases, and shapes that only the blocks know: a window, relu², an untied head.
inline std::vector<nn::TransformerConfig> tiny_configs() {
  std::vector<nn::TransformerConfig> list{tiny_qwen3(), tiny_gpt2(), tiny_qwen3(), tiny_gpt2(),
                                          tiny_llama_with_biases()};
  list[2].window = 5;
  list[2].tie_embeddings = false;
  list[3].mlp = "relu2";
  return list;
}

inline Tensor random_ids(int64_t rows, int64_t tokens, int64_t vocabulary, uint64_t seed) {
  Rng rng(seed, 3);
  const Tensor ids = Tensor::empty({rows, tokens}, DType::kI32);
  for (int32_t& id : ids.ints()) id = static_cast<int32_t>(rng.next_below(static_cast<uint64_t>(vocabulary)));
  return ids;
}

/// Names and copies of all gradients after one backward pass of the mean loss.
inline std::vector<std::pair<std::string, Tensor>> gradients_of(nn::Transformer& model,
                                                                const autograd::Runtime& runtime,
                                                                const std::vector<nn::TokenBatch>& batches,
                                                                const std::vector<Tensor>& targets, float scale) {
  for (nn::Parameter* parameter : model.parameters()) parameter->gradient->clear();
  for (size_t i = 0; i < batches.size(); ++i) {
    autograd::ExecutionContext context = runtime.execution_context();
    autograd::Tape tape;
    context.tape = &tape;
    context.training = true;
    model.loss(context, batches[i], targets[i], scale);
    tape.run_backward(context);
  }
  std::vector<std::pair<std::string, Tensor>> list;
  for (nn::Parameter* parameter : model.parameters())
    list.emplace_back(parameter->name, parameter->gradient->value().clone());
  return list;
}

}  // namespace vitrine::testing
