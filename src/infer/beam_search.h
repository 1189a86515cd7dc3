// The most probable continuations, for tasks that are scored.
#pragma once

#include <span>
#include <vector>

#include "autograd/execution_context.h"
#include "nn/transformer.h"

namespace vitrine::infer {

struct BeamSearchOptions {
  int64_t num_beams = 4;
  int64_t max_tokens = 64;
  std::vector<int32_t> stop_ids;  ///< end a continuation; counted in its score and not shown
  double length_exponent = 1;     ///< continuations are ranked by log-probability / tokens^this; 0: by the sum
};

struct Beam {
  std::vector<int32_t> ids;
  double log_probability = 0;  ///< natural, the stop token's included
  double score = 0;            ///< what it was ranked by
  bool is_ended = false;       ///< by a stop token
};

/// At most num_beams continuations, the best first. Beams share the pages of what they have in common. The search goes
/// on until no beam that is open can come before the ended ones (with an exponent of 0 or less; else until num_beams
/// have ended), or max_tokens or the context end it. Errors: kInvalidArgument for an empty prompt, unknown ids, one
/// that does not fit the context, or no beams.
std::vector<Beam> beam_search(const nn::Transformer& transformer, const autograd::Runtime& runtime,
                              std::span<const int32_t> prompt, const BeamSearchOptions& options);

}  // namespace vitrine::infer
