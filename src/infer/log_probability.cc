#include "infer/log_probability.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace vitrine::infer {

double log_sum_exp(std::span<const float> logits, double offset, double temperature) {
  double sum = 0;
  for (const float logit : logits)
    if (!std::isnan(logit)) sum += std::exp((static_cast<double>(logit) - offset) / temperature);
  return std::log(sum);
}

double log_probability(std::span<const float> logits, int32_t id) {
  double best = -HUGE_VAL;
  for (const float logit : logits) best = std::max(best, static_cast<double>(logit));
  if (!std::isfinite(best))
    throw Error(ErrorCode::kInvalidArgument, "score: the logits give no distribution (the largest is not finite)",
                "the model's weights are damaged or diverged");
  return static_cast<double>(logits[static_cast<size_t>(id)]) - best - log_sum_exp(logits, best);
}

}  // namespace vitrine::infer
