// How much of what a model writes by itself parses under the grammar of the synthetic world.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "autograd/execution_context.h"
#include "data/synth/synth.h"
#include "infer/sampler.h"
#include "model/model_folder.h"

namespace vitrine::eval {

struct CheckedSample {
  std::string text;
  bool parses = false;
  std::string refused;  ///< the first sentence that does not parse, and why
};

struct GrammarShare {
  int64_t num_samples = 0, num_parsed = 0;
  int64_t num_sentences = 0, num_parsed_sentences = 0;
  std::vector<CheckedSample> samples;

  double share() const {
    return num_samples > 0 ? static_cast<double>(num_parsed) / static_cast<double>(num_samples) : 0;
  }
};

/// The seed that sample `index` of an evaluation is drawn with: evaluations with different seeds share none.
int64_t sample_seed(int64_t seed, int64_t index);

/// Draws samples as they come, from the start of a text to its end or max_tokens, and checks every whole sentence. A
/// sample counts when all of its sentences parse. Sample i is drawn with sample_seed(settings.seed, i).
GrammarShare grammar_share(const model::LoadedModel& model, const autograd::Runtime& runtime, data::Level level,
                           infer::SamplingSettings settings, int64_t num_samples, int64_t max_tokens = 200,
                           const std::function<void(int64_t done)>& on_progress = {});

}  // namespace vitrine::eval
