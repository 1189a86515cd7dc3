// One step on the way from logits to a token, and how it describes itself.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "infer/candidates.h"
#include "infer/sampling_settings.h"

namespace vitrine::infer {

/// What draws leave behind for later ones; one sequence's own.
struct SamplerState {
  std::vector<int32_t> history;  ///< the prompt, then what was drawn
  uint64_t num_draws = 0;
  double temperature = 1;     ///< that the last draw was made at
  double surprise_limit = 0;  ///< mirostat's mu, in bits; 0: not begun

  /// The last `count` tokens; negative: all.
  std::span<const int32_t> recent(int64_t count) const {
    const auto wanted = count < 0 ? history.size() : std::min(history.size(), static_cast<size_t>(count));
    return std::span(history).last(wanted);
  }
};

/// Threads: const members are safe from several threads, each with a state of its own.
class SamplerStep {
 public:
  virtual ~SamplerStep() = default;
  /// Errors: kInvalidArgument where the step names tokens that a vocabulary of that size lacks.
  virtual void check(int64_t /*vocabulary_size*/) const {}
  virtual void apply(Candidates& candidates, SamplerState& state) const = 0;
  /// Called after the draw with the candidates that apply() left.
  virtual void after_draw(double /*log_probability_before_cut*/, SamplerState& /*state*/) const {}
};

/// How a step is found, set and made.
struct SamplerDescription {
  std::string_view name;
  std::string_view help;
  bool cuts = false;  ///< takes tokens out by their probability
  ConfigFields (*fields)(SamplingSettings& settings) = nullptr;
  /// Null when the settings leave the step off. Errors: kInvalidArgument for a value that cannot be.
  std::unique_ptr<const SamplerStep> (*make)(const SamplingSettings& settings) = nullptr;
};

}  // namespace vitrine::infer
