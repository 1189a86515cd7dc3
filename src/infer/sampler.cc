#include "infer/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "core/rng.h"
#include "infer/log_probability.h"
#include "infer/samplers/catalog.h"

namespace vitrine::infer {
namespace {

constexpr uint32_t kSamplingStream = 0x5a3b;

/// Walks down from the most probable token until the given share of all weight is passed.
Candidate draw(Candidates& candidates, double share) {
  double left = share * candidates.total_weight();
  Candidate chosen = candidates.best(1).front();
  for (size_t done = 0, count = 64; done < candidates.size(); count *= 4) {
    for (const Candidate& candidate : candidates.best(count).subspan(done)) {
      const double weight = candidates.weight(candidate);
      if (weight == 0) return chosen;  // rounding must never choose one of these
      chosen = candidate;
      left -= weight;
      if (left < 0) return chosen;
      ++done;
    }
  }
  return chosen;
}

SamplingRecord::Step recorded(std::string_view name, Candidates candidates, int32_t chosen, size_t num_best) {
  SamplingRecord::Step step{.name = name, .num_candidates = candidates.size()};
  const Candidate* const own = candidates.find(chosen);
  step.log_probability = own ? candidates.log_probability(*own) : -std::numeric_limits<double>::infinity();
  for (const Candidate& candidate : candidates.best(num_best))
    step.best.push_back({candidate.id, candidates.log_probability(candidate)});
  return step;
}

}  // namespace

Sampler::Sampler(SamplingSettings settings) : settings_(std::move(settings)) {
  const auto order = sampler_order(settings_.samplers.empty() ? default_sampler_order() : settings_.samplers);
  const bool is_mirostat = settings_.mirostat_tau > 0 && std::any_of(order.begin(), order.end(), [](const auto* step) {
                             return step->name == "mirostat";
                           });
  bool changes_logits = false;
  for (const SamplerDescription* const description : order) {
    if (is_mirostat && description->cuts) continue;
    auto step = description->make(settings_);
    if (!step) continue;
    changes_logits = changes_logits || !(description->cuts || description->name == "temperature");
    if (description->name == "temperature")
      takes_best_ = settings_.temperature == 0 && settings_.dynatemp_range == 0 && !changes_logits && !is_mirostat;
    steps_.push_back({description->name, std::move(step)});
  }
}

void Sampler::observe(std::span<const int32_t> ids) {
  state_.history.insert(state_.history.end(), ids.begin(), ids.end());
}

SampledToken Sampler::take_best(std::span<const float> logits, std::span<const float> model_logits) {
  const float best = largest(logits);
  const float model_best = model_logits.data() == logits.data() ? best : largest(model_logits);
  if (!std::isfinite(best) || !std::isfinite(model_best)) throw no_distribution();
  const auto id = static_cast<int32_t>(std::find(logits.begin(), logits.end(), best) - logits.begin());
  state_.temperature = 0;
  ++state_.num_draws;
  state_.history.push_back(id);
  const double above = static_cast<double>(best) - static_cast<double>(model_best);
  return {.id = id,
          .raw_log_probability = above - log_sum_exp(model_logits, model_best),
          .tempered_log_probability = above == 0 ? 0.0 : -std::numeric_limits<double>::infinity()};
}

SampledToken Sampler::sample_restricted(std::span<const float> logits, std::span<const float> model_logits,
                                        SamplingRecord* record) {
  if (takes_best_ && !record) return take_best(logits, model_logits);
  Candidates candidates(logits);
  const bool is_restricted = model_logits.data() != logits.data();
  const double best = is_restricted ? static_cast<double>(largest(model_logits)) : candidates.max_logit();
  if (!std::isfinite(best)) throw no_distribution();
  state_.temperature = 1;
  std::vector<std::pair<std::string_view, Candidates>> stages;
  if (record) stages.emplace_back("model", is_restricted ? Candidates(model_logits) : candidates);
  if (record && is_restricted) stages.emplace_back("constraint", candidates);
  std::optional<Candidates> before_last;  // what the step that learns from the draw was given
  for (const NamedStep& each : steps_) {
    if (each.name == "mirostat") before_last = candidates;
    each.step->apply(candidates, state_);
    if (record) stages.emplace_back(each.name, candidates);
  }
  const RngKey key{.seed = static_cast<uint64_t>(settings_.seed),
                   .stream = kSamplingStream,
                   .step = static_cast<uint32_t>(state_.num_draws++)};
  const Candidate chosen =
      candidates.size() == 1 ? candidates.best(1).front() : draw(candidates, Rng(key).next_uniform());
  const double above = static_cast<double>(logits[static_cast<size_t>(chosen.id)]) - best, t = state_.temperature;
  SampledToken token{.id = chosen.id,
                     .raw_log_probability = above - log_sum_exp(model_logits, best, 1),
                     .kept_log_probability = candidates.log_probability(chosen)};
  token.tempered_log_probability = t == 1   ? token.raw_log_probability
                                   : t == 0 ? (above == 0 ? 0.0 : -std::numeric_limits<double>::infinity())
                                            : above / t - log_sum_exp(model_logits, best, t);
  if (before_last) {
    const double log_probability = before_last->log_probability(*before_last->find(chosen.id));
    for (const NamedStep& each : steps_) each.step->after_draw(log_probability, state_);
  }
  if (record) {
    record->steps.clear();
    for (auto& [name, stage] : stages)
      record->steps.push_back(recorded(name, std::move(stage), chosen.id, record->num_best));
  }
  state_.history.push_back(chosen.id);
  return token;
}

}  // namespace vitrine::infer
