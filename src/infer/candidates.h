// The tokens that may still be drawn, with their logits; sorted only as far as a step needs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"

namespace vitrine::infer {

struct Candidate {
  int32_t id = 0;
  double logit = 0;
};

/// What is thrown for logits without a finite largest one: kInvalidArgument.
Error no_distribution();

/// Never empty. The order of candidates never shows in what is drawn: those asked for come most probable first, and of
/// equal logits the lower id.
class Candidates {
 public:
  /// Tokens with a logit of NaN or minus infinity are left out. Errors: kInvalidArgument when the largest logit is not
  /// finite, or there is none.
  explicit Candidates(std::span<const float> logits);

  size_t size() const { return list_.size(); }
  int64_t vocabulary_size() const { return vocabulary_size_; }
  double max_logit() const { return max_logit_; }
  /// exp(logit - max_logit()).
  double weight(const Candidate& candidate) const;
  /// Sum of all weights.
  double total_weight() const;
  /// Natural logarithm of a candidate's share.
  double log_probability(const Candidate& candidate) const;

  /// The candidates in no order.
  std::span<const Candidate> all() const { return list_; }
  /// The best `count` (at most all), in order.
  std::span<const Candidate> best(size_t count);
  const Candidate* find(int32_t id) const;

  void keep_best(size_t count);
  /// Keeps those for which keep(candidate) holds; where there is none, the best.
  template <typename Keep>
  void keep_if(const Keep& keep) {
    const Candidate first = best(1).front();
    std::erase_if(list_, [&](const Candidate& candidate) { return !keep(candidate); });
    if (list_.empty()) list_.push_back(first);
    sorted_ = 0;
    changed();
  }
  /// Replaces every logit by change(candidate); minus infinity takes the token out. Errors: kInvalidArgument when none
  /// is left, or the largest is not finite.
  template <typename Change>
  void change_all(const Change& change) {
    for (Candidate& candidate : list_) candidate.logit = change(candidate);
    sorted_ = 0;
    drop_impossible();
  }
  /// The same for the candidates among these ids, which are sorted: change(candidate, index of its id).
  template <typename Change>
  void change_some(std::span<const int32_t> ids, const Change& change) {
    if (in_id_order_) {
      for (size_t i = 0; i < ids.size(); ++i)
        if (Candidate* const candidate = found_in_order(ids[i])) candidate->logit = change(*candidate, i);
    } else {
      for (Candidate& candidate : list_) {
        const auto at = std::lower_bound(ids.begin(), ids.end(), candidate.id);
        if (at != ids.end() && *at == candidate.id)
          candidate.logit = change(candidate, static_cast<size_t>(at - ids.begin()));
      }
    }
    sorted_ = 0;
    drop_impossible();
  }

 private:
  Candidate* found_in_order(int32_t id);
  void drop_impossible();
  void changed();

  std::vector<Candidate> list_;
  int64_t vocabulary_size_ = 0;
  size_t sorted_ = 0;  // this many at the front are the best, in order
  bool in_id_order_ = true;
  double max_logit_ = 0;
  mutable double total_weight_ = -1;  // negative: not known
};

}  // namespace vitrine::infer
