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

void ExpSum::add(std::span<const float> logits, double offset, double temperature) {
  bool has_nan = false;
  for (const float logit : logits) has_nan = has_nan || std::isnan(logit);
  if (count_ > 0 || has_nan || logits.size() > kBlock) {
    for (const float logit : logits)
      if (!std::isnan(logit)) add((static_cast<double>(logit) - offset) / temperature);
    return;
  }
  // The same without a look at each.
  double* const block = block_.data();
  for (size_t i = 0; i < logits.size(); ++i) block[i] = static_cast<double>(logits[i]) - offset;
  if (temperature != 1)
    for (size_t i = 0; i < logits.size(); ++i) block[i] /= temperature;
  count_ = logits.size();
  if (count_ == kBlock) flush();
}

double ExpSum::total() {
  flush();
  double total = 0;
  for (const double sum : sums_) total += sum;
  return total;
}

float largest(std::span<const float> logits) {
  constexpr size_t kLanes = 32;  // chains of comparisons side by side
  float best[kLanes];
  std::fill_n(best, kLanes, -HUGE_VALF);
  size_t i = 0;
  for (; i + kLanes <= logits.size(); i += kLanes)
    for (size_t lane = 0; lane < kLanes; ++lane)
      best[lane] = logits[i + lane] > best[lane] ? logits[i + lane] : best[lane];
  for (; i < logits.size(); ++i) best[0] = logits[i] > best[0] ? logits[i] : best[0];
  return *std::max_element(best, best + kLanes);
}

double log_sum_exp(std::span<const float> logits, double offset, double temperature) {
  ExpSum sum;
  for (size_t begin = 0; begin < logits.size(); begin += ExpSum::kBlock)
    sum.add(logits.subspan(begin, std::min(ExpSum::kBlock, logits.size() - begin)), offset, temperature);
  return std::log(sum.total());
}

double log_probability(std::span<const float> logits, int32_t id) {
  const double best = largest(logits);
  if (!std::isfinite(best))
    throw Error(ErrorCode::kInvalidArgument, "score: the logits give no distribution (the largest is not finite)",
                "the model's weights are damaged or diverged");
  return static_cast<double>(logits[static_cast<size_t>(id)]) - best - log_sum_exp(logits, best);
}

}  // namespace vitrine::infer
