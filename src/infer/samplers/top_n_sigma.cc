#include <cmath>

#include "infer/samplers/catalog.h"

namespace vitrine::infer {
namespace {

/// Tang et al. 2024, arXiv:2411.07641: logits at most n standard deviations below the largest. What it keeps does not
/// depend on the temperature.
class TopNSigma : public SamplerStep {
 public:
  explicit TopNSigma(double n) : n_(n) {}

  void apply(Candidates& candidates, SamplerState&) const override {
    const auto count = static_cast<double>(candidates.size());
    double sum = 0, squares = 0;
    for (const Candidate& candidate : candidates.all()) sum += candidate.logit - candidates.max_logit();
    const double mean = sum / count;
    for (const Candidate& candidate : candidates.all()) {
      const double off = candidate.logit - candidates.max_logit() - mean;
      squares += off * off;
    }
    const double lowest = candidates.max_logit() - n_ * std::sqrt(squares / count);
    candidates.keep_if([&](const Candidate& candidate) { return candidate.logit >= lowest; });
  }

 private:
  double n_;
};

}  // namespace

SamplerDescription samplers::top_n_sigma() {
  return {.name = "top_n_sigma",
          .help = "draws among the tokens whose logit lies near the largest, measured in standard deviations",
          .cuts = true,
          .fields = [](SamplingSettings& s) -> ConfigFields {
            return {{"top_n_sigma", &s.top_n_sigma,
                     "draw among logits at most this many standard deviations below the largest; 0: all", 0, 1e6}};
          },
          .make = [](const SamplingSettings& s) -> std::unique_ptr<const SamplerStep> {
            if (s.top_n_sigma == 0) return nullptr;
            return std::make_unique<TopNSigma>(s.top_n_sigma);
          }};
}

}  // namespace vitrine::infer
