// The most probable continuations, for tasks that are scored.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "autograd/execution_context.h"
#include "nn/adapter.h"
#include "nn/transformer.h"

namespace vitrine::infer {

inline constexpr int64_t kMostBeams = 64;

struct BeamSearchOptions {
  int64_t num_beams = 4;
  int64_t max_tokens = 64;
  std::vector<int32_t> stop_ids;         ///< end a continuation; counted in its score and not shown
  double length_exponent = 1;            ///< continuations are ranked by log-probability / tokens^this; 0: by the sum
  DType cache_dtype = DType::kF32;       ///< as of EngineOptions
  int64_t drawable_tokens = 0;           ///< as of EngineOptions
  const nn::Adapter* adapter = nullptr;  ///< borrowed; null: the model as it is
  /// Called with the tokens that open beams have, before each pass; returns false to end the search. May be empty.
  std::function<bool(int64_t num_tokens)> on_step;
};

struct Beam {
  std::vector<int32_t> ids;
  double log_probability = 0;  ///< natural, the stop token's included
  double score = 0;            ///< what it was ranked by
  bool is_ended = false;       ///< by a stop token
};

/// At most num_beams continuations, the best first. Beams share the pages of what they have in common. A continuation
/// ends where a stop token makes it one of the num_beams best of its step. The search goes on until num_beams have
/// ended and no open one scores better as it stands (with an exponent above 0 it might still come to: a heuristic, the
/// one that transformers' generate() has by default), or until max_tokens or the context end it. Errors:
/// kInvalidArgument for an empty prompt, unknown ids, one that does not fit the context, or no beams.
std::vector<Beam> beam_search(const nn::Transformer& transformer, const autograd::Runtime& runtime,
                              std::span<const int32_t> prompt, const BeamSearchOptions& options);

}  // namespace vitrine::infer
