#include "infer/candidates.h"

#include <cmath>

#include "infer/log_probability.h"

namespace vitrine::infer {
namespace {

bool goes_first(const Candidate& a, const Candidate& b) { return a.logit != b.logit ? a.logit > b.logit : a.id < b.id; }

}  // namespace

Error no_distribution() {
  return Error(ErrorCode::kInvalidArgument, "sample: the logits give no distribution (the largest is not finite)",
               "the model's weights are damaged or diverged, or biases and constraints rule every token out");
}

Candidates::Candidates(std::span<const float> logits) : vocabulary_size_(static_cast<int64_t>(logits.size())) {
  list_.reserve(logits.size());
  for (size_t i = 0; i < logits.size(); ++i)
    if (!std::isnan(logits[i])) list_.push_back({static_cast<int32_t>(i), logits[i]});
  drop_impossible();
}

double Candidates::weight(const Candidate& candidate) const { return std::exp(candidate.logit - max_logit_); }

double Candidates::total_weight() const {
  if (total_weight_ < 0) {
    ExpSum sum;
    for (const Candidate& candidate : list_) sum.add(candidate.logit - max_logit_);
    total_weight_ = sum.total();
  }
  return total_weight_;
}

double Candidates::log_probability(const Candidate& candidate) const {
  return candidate.logit - max_logit_ - std::log(total_weight());
}

std::span<const Candidate> Candidates::best(size_t count) {
  count = std::min(count, list_.size());
  if (count > sorted_) {
    total_weight();  // summed while the order is that of the ids, where it still is
    const auto begin = list_.begin() + static_cast<std::ptrdiff_t>(sorted_);
    const auto end = list_.begin() + static_cast<std::ptrdiff_t>(count);
    if (end != list_.end()) std::nth_element(begin, end - 1, list_.end(), goes_first);
    std::sort(begin, end, goes_first);
    sorted_ = count;
    in_id_order_ = false;
  }
  return std::span(list_).first(count);
}

const Candidate* Candidates::find(int32_t id) const {
  const auto at = std::find_if(list_.begin(), list_.end(), [&](const Candidate& c) { return c.id == id; });
  return at == list_.end() ? nullptr : &*at;
}

void Candidates::keep_best(size_t count) {
  if (count >= list_.size()) return;
  if (count <= 1) {  // needs no sums
    list_ = {*std::min_element(list_.begin(), list_.end(), goes_first)};
  } else {
    best(count);
    list_.resize(count);
  }
  sorted_ = list_.size();
  changed();
}

Candidate* Candidates::found_in_order(int32_t id) {
  const auto at = std::lower_bound(list_.begin(), list_.end(), id,
                                   [](const Candidate& candidate, int32_t wanted) { return candidate.id < wanted; });
  return at != list_.end() && at->id == id ? &*at : nullptr;
}

void Candidates::drop_impossible() {
  std::erase_if(list_, [](const Candidate& c) { return std::isnan(c.logit) || c.logit == -HUGE_VAL; });
  changed();
  if (list_.empty() || !std::isfinite(max_logit_)) throw no_distribution();
}

void Candidates::changed() {
  total_weight_ = -1;
  max_logit_ = -HUGE_VAL;
  for (const Candidate& candidate : list_) max_logit_ = std::max(max_logit_, candidate.logit);
}

}  // namespace vitrine::infer
