// From logits to a token: temperature, top-k, top-p, seed.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/config_field.h"
#include "core/rng.h"

namespace vitrine::infer {

/// How tokens are drawn. Its fields describe themselves: flags, requests and the page's controls come from that list.
struct SamplingSettings {
  double temperature = 0.8;  ///< 0: always the most probable token
  int64_t top_k = 0;         ///< 0: no limit
  double top_p = 0.95;
  int64_t seed = 1;

  ConfigFields fields();
};

/// A drawn token with its natural log-probabilities: of the model itself, and among what sampling kept.
struct SampledToken {
  int32_t id = 0;
  double raw_log_probability = 0;
  double kept_log_probability = 0;
};

/// Draws tokens one after another. The n-th draw is a pure function of (logits, settings, n).
class Sampler {
 public:
  explicit Sampler(SamplingSettings settings) : settings_(settings) {}
  /// Tokens with a logit of NaN or minus infinity are never drawn. Errors: kInvalidArgument when the largest logit is
  /// not finite, or there is none.
  SampledToken sample(std::span<const float> logits);
  const SamplingSettings& settings() const { return settings_; }

 private:
  SamplingSettings settings_;
  uint64_t num_draws_ = 0;
};

}  // namespace vitrine::infer
