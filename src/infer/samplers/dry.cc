#include <cfloat>
#include <cmath>
#include <map>

#include "infer/samplers/catalog.h"

namespace vitrine::infer {
namespace {

/// For each i, how many tokens the text up to its end and the text up to position i have in common, counted backwards:
/// the Z function of the reversed text.
std::vector<size_t> common_suffixes(std::span<const int32_t> tokens) {
  const size_t n = tokens.size();
  const auto reversed = [&](size_t i) { return tokens[n - 1 - i]; };
  std::vector<size_t> z(n, 0);
  for (size_t i = 1, left = 0, right = 0; i < n; ++i) {
    if (i < right) z[i] = std::min(right - i, z[i - left]);
    while (i + z[i] < n && reversed(z[i]) == reversed(i + z[i])) ++z[i];
    if (i + z[i] > right) left = i, right = i + z[i];
  }
  return z;
}

/// "Don't repeat yourself" (p-e-w 2024): a token that would go on with a passage as it went on before loses
/// multiplier * base^(length - allowed_length). Breakers end a passage and are never held back themselves.
class Dry : public SamplerStep {
 public:
  Dry(const SamplingSettings& s)
      : multiplier_(s.dry_multiplier),
        base_(s.dry_base),
        allowed_length_(static_cast<size_t>(s.dry_allowed_length)),
        last_n_(s.dry_penalty_last_n),
        breakers_(s.dry_breaker_ids) {
    std::sort(breakers_.begin(), breakers_.end());
  }

  void apply(Candidates& candidates, SamplerState& state) const override {
    const std::span<const int32_t> tokens = state.recent(last_n_);
    size_t longest = 0;  // tokens since the last breaker
    while (longest < tokens.size() && !is_breaker(tokens[tokens.size() - 1 - longest])) ++longest;
    if (longest < allowed_length_) return;
    const std::vector<size_t> common = common_suffixes(tokens);
    std::map<int32_t, size_t> lengths;  // of the longest passage that each token would go on with
    for (size_t i = 1; i < tokens.size(); ++i) {
      const int32_t next = tokens[tokens.size() - i];  // what followed the passage that ends i tokens before the end
      const size_t length = std::min(common[i], longest);
      if (length >= allowed_length_ && !is_breaker(next)) lengths[next] = std::max(lengths[next], length);
    }
    std::vector<int32_t> ids;
    std::vector<double> penalties;
    for (const auto& [id, length] : lengths) {
      ids.push_back(id);
      penalties.push_back(penalty(length));
    }
    candidates.change_some(ids, [&](const Candidate& c, size_t i) { return c.logit - penalties[i]; });
  }

 private:
  bool is_breaker(int32_t id) const { return std::binary_search(breakers_.begin(), breakers_.end(), id); }

  double penalty(size_t length) const {
    const double most = base_ > 1.000001 ? std::log(FLT_MAX) / std::log(base_) : 1e9;
    return multiplier_ * std::pow(base_, std::min(static_cast<double>(length - allowed_length_), most));
  }

  double multiplier_, base_;
  size_t allowed_length_;
  int64_t last_n_;
  std::vector<int32_t> breakers_;
};

}  // namespace

SamplerDescription samplers::dry() {
  return {.name = "dry",
          .help = "holds back tokens that would repeat a passage, the more the longer it is",
          .fields = [](SamplingSettings& s) -> ConfigFields {
            return {
                {"dry_multiplier", &s.dry_multiplier, "strength of the penalty on repeated passages; 0: off", 0, 1e6},
                {"dry_base", &s.dry_base, "growth of that penalty with each further token", 1, 100},
                {"dry_allowed_length", &s.dry_allowed_length, "passages shorter than this may be repeated", 1, 1e9},
                {"dry_penalty_last_n", &s.dry_penalty_last_n, "tokens that are searched; -1: all", -1, 1e9},
                {"dry_sequence_breakers", &s.dry_sequence_breakers,
                 R"(texts that end a passage, separated by commas (\n, \, and \\ are understood))"}};
          },
          .make = [](const SamplingSettings& s) -> std::unique_ptr<const SamplerStep> {
            if (s.dry_multiplier == 0 || s.dry_penalty_last_n == 0) return nullptr;
            return std::make_unique<Dry>(s);
          }};
}

}  // namespace vitrine::infer
