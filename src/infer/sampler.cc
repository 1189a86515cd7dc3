#include "infer/sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"

namespace vitrine::infer {
namespace {

constexpr uint32_t kSamplingStream = 0x5a3b;

struct Candidate {
  int32_t id;
  float logit;
  double weight;  // exp((logit - best) / temperature)
};

/// Most probable first; equal logits by id, so that the order never depends on the sort.
bool goes_first(const Candidate& a, const Candidate& b) { return a.logit != b.logit ? a.logit > b.logit : a.id < b.id; }

/// log of the sum of exp(logit), in f64.
double log_sum_exp(std::span<const float> logits, float best) {
  double sum = 0;
  for (const float logit : logits)
    if (!std::isnan(logit)) sum += std::exp(static_cast<double>(logit) - best);
  return std::log(sum) + best;
}

/// Keeps the shortest head of sorted candidates whose share reaches top_p; at least one.
void keep_top_p(std::vector<Candidate>& candidates, double top_p) {
  double total = 0;
  for (const Candidate& candidate : candidates) total += candidate.weight;
  double sum = 0;
  for (size_t i = 0; i < candidates.size(); ++i) {
    sum += candidates[i].weight;
    if (sum >= top_p * total) return candidates.resize(i + 1);
  }
}

}  // namespace

ConfigFields SamplingSettings::fields() {
  return {{"temperature", &temperature, "spread of the draws; 0 takes the most probable token", 0, 100},
          {"top_k", &top_k, "draw among this many of the most probable tokens; 0: all", 0, 1e9},
          {"top_p", &top_p, "draw among the most probable tokens that reach this share", 1e-6, 1},
          {"seed", &seed, "same seed, same text", 0, 9e15}};
}

SampledToken Sampler::sample(std::span<const float> logits) {
  std::vector<Candidate> candidates;
  candidates.reserve(logits.size());
  for (size_t i = 0; i < logits.size(); ++i)
    if (!std::isnan(logits[i])) candidates.push_back({static_cast<int32_t>(i), logits[i], 0});
  const auto best = std::min_element(candidates.begin(), candidates.end(), goes_first);
  if (best == candidates.end() || !std::isfinite(best->logit))
    throw Error(ErrorCode::kInvalidArgument, "sample: the logits give no distribution (the largest is not finite)",
                "the model's weights are damaged or diverged");
  const float best_logit = best->logit;
  const double normaliser = log_sum_exp(logits, best_logit);
  const auto raw = [&](const Candidate& c) { return static_cast<double>(c.logit) - normaliser; };
  const uint64_t draw = num_draws_++;
  if (settings_.temperature == 0) return {best->id, raw(*best), 0.0};

  if (settings_.top_k > 0 && settings_.top_k < static_cast<int64_t>(candidates.size())) {
    std::nth_element(candidates.begin(), candidates.begin() + settings_.top_k, candidates.end(), goes_first);
    candidates.resize(static_cast<size_t>(settings_.top_k));
  }
  for (Candidate& c : candidates)
    c.weight = std::exp((static_cast<double>(c.logit) - best_logit) / settings_.temperature);
  std::sort(candidates.begin(), candidates.end(), goes_first);
  while (candidates.back().weight == 0) candidates.pop_back();  // rounding must never choose one of these
  if (settings_.top_p < 1) keep_top_p(candidates, settings_.top_p);

  double total = 0;
  for (const Candidate& c : candidates) total += c.weight;
  Rng rng(
      {.seed = static_cast<uint64_t>(settings_.seed), .stream = kSamplingStream, .step = static_cast<uint32_t>(draw)});
  double left = rng.next_uniform() * total;
  const Candidate* chosen = &candidates.back();
  for (const Candidate& c : candidates) {
    left -= c.weight;
    if (left < 0) {
      chosen = &c;
      break;
    }
  }
  return {chosen->id, raw(*chosen), std::log(chosen->weight / total)};
}

}  // namespace vitrine::infer
