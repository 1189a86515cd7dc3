#include <cmath>

#include "infer/samplers/catalog.h"

namespace vitrine::infer {
namespace {

/// Nguyen et al. 2024, arXiv:2407.01082: tokens of at least p times the probability of the best.
class MinP : public SamplerStep {
 public:
  explicit MinP(double p) : log_p_(std::log(p)) {}
  void apply(Candidates& candidates, SamplerState&) const override {
    const double lowest = candidates.max_logit() + log_p_;
    candidates.keep_if([&](const Candidate& candidate) { return candidate.logit >= lowest; });
  }

 private:
  double log_p_;
};

}  // namespace

SamplerDescription samplers::min_p() {
  return {.name = "min_p",
          .help = "draws among the tokens that are not much less probable than the best",
          .cuts = true,
          .fields = [](SamplingSettings& s) -> ConfigFields {
            return {{"min_p", &s.min_p,
                     "draw among tokens of at least this share of the best one's probability; 0: all", 0, 1}};
          },
          .make = [](const SamplingSettings& s) -> std::unique_ptr<const SamplerStep> {
            if (s.min_p == 0) return nullptr;
            return std::make_unique<MinP>(s.min_p);
          }};
}

}  // namespace vitrine::infer
