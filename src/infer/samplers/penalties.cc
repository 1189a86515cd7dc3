#include <map>

#include "infer/samplers/catalog.h"

namespace vitrine::infer {
namespace {

/// Repetition penalty: Keskar et al. 2019, arXiv:1909.05858 (a logit above 0 is divided, one below multiplied).
/// Frequency and presence penalties as OpenAI's API documents them. All count the last tokens, prompt included.
class Penalties : public SamplerStep {
 public:
  Penalties(double repeat, double presence, double frequency, int64_t last_n)
      : repeat_(repeat), presence_(presence), frequency_(frequency), last_n_(last_n) {}

  void apply(Candidates& candidates, SamplerState& state) const override {
    std::map<int32_t, int64_t> counts;
    for (const int32_t id : state.recent(last_n_)) ++counts[id];
    std::vector<int32_t> ids;
    std::vector<double> number;
    for (const auto& [id, count] : counts) {
      ids.push_back(id);
      number.push_back(static_cast<double>(count));
    }
    candidates.change_some(ids, [&](const Candidate& candidate, size_t i) {
      const double logit = candidate.logit > 0 ? candidate.logit / repeat_ : candidate.logit * repeat_;
      return logit - number[i] * frequency_ - presence_;
    });
  }

 private:
  double repeat_, presence_, frequency_;
  int64_t last_n_;
};

}  // namespace

SamplerDescription samplers::penalties() {
  return {
      .name = "penalties",
      .help = "makes tokens that were there before less probable",
      .fields = [](SamplingSettings& s) -> ConfigFields {
        return {
            {"repeat_penalty", &s.repeat_penalty,
             "divides the logits of recent tokens that are above 0, multiplies the others; 1: off", 0.01, 100},
            {"presence_penalty", &s.presence_penalty, "taken off the logit of each recent token; 0: off", -100, 100},
            {"frequency_penalty", &s.frequency_penalty,
             "taken off the logit for each time that a recent token was there; 0: off", -100, 100},
            {"repeat_last_n", &s.repeat_last_n, "tokens that count as recent, of the prompt too; -1: all", -1, 1e9}};
      },
      .make = [](const SamplingSettings& s) -> std::unique_ptr<const SamplerStep> {
        const bool is_off = s.repeat_penalty == 1 && s.presence_penalty == 0 && s.frequency_penalty == 0;
        if (is_off || s.repeat_last_n == 0) return nullptr;
        return std::make_unique<Penalties>(s.repeat_penalty, s.presence_penalty, s.frequency_penalty, s.repeat_last_n);
      }};
}

}  // namespace vitrine::infer
