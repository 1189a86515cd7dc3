// Guesses at the next tokens of one sequence.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "autograd/execution_context.h"
#include "infer/sampler.h"
#include "nn/transformer.h"

namespace vitrine::infer {

/// Belongs to one sequence. What it guesses never shows in the text, only in how soon it is there.
class Drafter {
 public:
  virtual ~Drafter() = default;
  /// At most `most` tokens that may follow. `sampler` is in the state that the next draw finds.
  virtual std::vector<int32_t> propose(std::span<const int32_t> tokens, int64_t most, const Sampler& sampler) = 0;
};

/// Looks for the last place where the text went as it ends now, and guesses that it goes on alike.
/// Source: Saxena 2023, prompt lookup decoding.
std::unique_ptr<Drafter> make_lookup_drafter();

/// Lets a smaller model go ahead. It draws with the same random numbers as the sequence will: where the models agree,
/// so do the draws. Both have the same vocabulary. Source: Leviathan et al. 2022, arXiv:2211.17192.
std::unique_ptr<Drafter> make_model_drafter(const nn::Transformer& transformer, const autograd::Runtime& runtime);

}  // namespace vitrine::infer
