// How well a model predicts a text, and how far its predictions are from another's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "autograd/execution_context.h"
#include "eval/text_windows.h"
#include "nn/transformer.h"

namespace vitrine::eval {

/// Predictions of a text's tokens.
struct TextScore {
  int64_t num_tokens = 0;  ///< that count
  int64_t num_bytes = 0;   ///< of text that they stand for
  double loss_nats = 0;    ///< mean
  double loss_error = 0;   ///< standard error of the mean, tokens taken as independent

  double perplexity() const;
  double perplexity_error() const { return perplexity() * loss_error; }
  double bits_per_byte() const;
};

/// The distance of a model's predictions from a reference's at the same places, in nats:
/// KL = sum over the vocabulary of p_reference * (ln p_reference - ln p_model).
struct Divergence {
  TextScore reference;
  double mean_kl = 0, kl_error = 0, median_kl = 0, p99_kl = 0, largest_kl = 0;
  double same_best_share = 0;           ///< places where both hold the same token for the most likely
  double largest_logit_difference = 0;  ///< over all places and the whole vocabulary
};

struct TextScores {
  TextScore score;
  std::optional<Divergence> divergence;  ///< where there is a reference
};

/// Runs the windows one after the other, through the same code as generation.
/// `token_bytes`: text bytes by id. `on_progress`, which may be empty, hears of each window and may throw to stop.
/// Errors: kInvalidArgument for ids outside a model's vocabulary and windows beyond its context; kMismatch when the two
/// models have vocabularies of different sizes; kCorruptData for logits that are not numbers.
TextScores score_windows(const nn::Transformer& model, const nn::Transformer* reference,
                         const autograd::Runtime& runtime, std::span<const TextWindow> windows,
                         std::span<const int32_t> token_bytes,
                         const std::function<void(int64_t windows_done, const TextScore& so_far)>& on_progress = {});

}  // namespace vitrine::eval
