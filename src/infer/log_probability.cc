#include "infer/log_probability.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "kernels/kernel_sets.h"

namespace vitrine::infer {

void ExpSum::flush() {
  static const KernelSet kFastest = kernels::best_kernel_set();
  kernels::add_exponentials(kFastest, block_.data(), static_cast<int64_t>(count_), sums_.data());
  count_ = 0;
}

double ExpSum::total() {
  flush();
  double total = 0;
  for (const double sum : sums_) total += sum;
  return total;
}

double log_sum_exp(std::span<const float> logits, double offset, double temperature) {
  ExpSum sum;
  for (const float logit : logits)
    if (!std::isnan(logit)) sum.add((static_cast<double>(logit) - offset) / temperature);
  return std::log(sum.total());
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
