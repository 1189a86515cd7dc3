// A transformer that says what a test wants: which token follows depends on the position alone.
#pragma once

#include <span>
#include <vector>

#include "nn/transformer.h"

namespace vitrine::testing {

/// One block that adds nothing, no token embeddings, one position embedding a token and the unit matrix as head: the
/// logits at a position are its embedding, normalised.
class ScriptedModel {
 public:
  ScriptedModel(int64_t vocab_size, int64_t context_length)
      : model_({.vocab_size = vocab_size,
                .width = vocab_size,
                .layers = 1,
                .heads = 1,
                .key_heads = 1,
                .head_width = 8,
                .hidden_width = 8,
                .context_length = context_length,
                .mlp = "relu2",
                .positions = "learned",
                .qk_norm = false,
                .tie_embeddings = false},
               1) {
    model_.visit([&](nn::Parameter& parameter) {
      const bool is_norm = parameter.role == autograd::ParameterRole::kVector;
      for (float& value : parameter.data().floats()) value = is_norm ? 1.0f : 0.0f;
      if (parameter.name == "model.embed_positions.weight") positions_ = &parameter;
      if (parameter.name == "lm_head.weight")
        for (int64_t id = 0; id < vocab_size; ++id) parameter.data().f32()[id * vocab_size + id] = 1.0f;
      parameter.weight.mark_changed();
    });
  }

  const nn::Transformer& model() const { return model_; }

  /// What follows a prompt of that many tokens. Earlier scripts stay, where they are not overwritten.
  void say(size_t prompt_tokens, std::span<const int32_t> ids) {
    const int64_t vocab_size = model_.config().vocab_size;
    for (size_t i = 0; i < ids.size(); ++i) {
      float* const row = positions_->data().f32() + static_cast<int64_t>(prompt_tokens - 1 + i) * vocab_size;
      std::fill_n(row, vocab_size, 0.0f);
      row[ids[i]] = 1.0f;
    }
    positions_->weight.mark_changed();
  }

 private:
  nn::Transformer model_;
  nn::Parameter* positions_ = nullptr;
};

}  // namespace vitrine::testing
