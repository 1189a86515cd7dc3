// From logits to a token: the steps that the settings ask for, in their order, then a draw.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "infer/samplers/step.h"
#include "infer/sampling_settings.h"

namespace vitrine::infer {

/// A drawn token with its natural log-probabilities: of the model itself, of the model at the temperature, and among
/// what sampling kept.
struct SampledToken {
  int32_t id = 0;
  double raw_log_probability = 0;
  double kept_log_probability = 0;
  double tempered_log_probability = 0;
};

/// What each step did to the distribution of one draw.
struct SamplingRecord {
  struct Share {
    int32_t id = 0;
    double log_probability = 0;
  };
  struct Step {
    std::string_view name;       ///< "model" for what the logits say, "constraint", then the steps that were on
    size_t num_candidates = 0;   ///< tokens that may still be drawn
    std::vector<Share> best;     ///< the most probable of them
    double log_probability = 0;  ///< of the token that was drawn in the end; minus infinity where it could not be
  };
  size_t num_best = 10;  ///< how many to list
  std::vector<Step> steps;
};

/// Draws tokens one after another. The n-th draw is a pure function of (logits, settings, n, the tokens before it), and
/// without penalties, dry and mirostat not of the tokens. Copies draw on by themselves.
class Sampler {
 public:
  /// Errors: kInvalidArgument for settings that cannot be.
  explicit Sampler(SamplingSettings settings);
  /// Errors: kInvalidArgument where the settings name tokens that a vocabulary of that size lacks; else the first draw
  /// tells.
  void require_vocabulary(int64_t size) const {
    for (const NamedStep& step : steps_) step.step->check(size);
  }
  /// Takes tokens that were not drawn (the prompt) into the history.
  void observe(std::span<const int32_t> ids);
  /// Tokens with a logit of NaN or minus infinity are never drawn. `record` may be null. Errors: kInvalidArgument when
  /// the largest logit is not finite, or none is left.
  SampledToken sample(std::span<const float> logits, SamplingRecord* record = nullptr) {
    return sample_restricted(logits, logits, record);
  }
  /// The same where a constraint has made logits minus infinity: `model_logits` are those before, of which the token's
  /// own and its tempered log-probability are.
  SampledToken sample_restricted(std::span<const float> logits, std::span<const float> model_logits,
                                 SamplingRecord* record = nullptr);
  const SamplingSettings& settings() const { return settings_; }

 private:
  struct NamedStep {
    std::string_view name;
    std::shared_ptr<const SamplerStep> step;
  };

  SampledToken take_best(std::span<const float> logits, std::span<const float> model_logits);

  SamplingSettings settings_;
  std::vector<NamedStep> steps_;
  bool takes_best_ = false;  // whatever the steps are given, the most probable token is drawn
  SamplerState state_;
};

}  // namespace vitrine::infer
