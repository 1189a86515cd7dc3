#include <cmath>

#include "infer/samplers/catalog.h"

namespace vitrine::infer {
namespace {

/// Divides the logits. With a range the temperature follows the entropy: the lowest where the model is sure, the
/// highest where all tokens are alike.
class Temperature : public SamplerStep {
 public:
  Temperature(double temperature, double range, double exponent)
      : temperature_(temperature), range_(range), exponent_(exponent) {}

  void apply(Candidates& candidates, SamplerState& state) const override {
    const double temperature = range_ > 0 ? dynamic_temperature(candidates) : temperature_;
    state.temperature = temperature;
    if (temperature == 0) return candidates.keep_best(1);
    // Around the largest, which stays where it is if it would overflow.
    const double largest = candidates.max_logit();
    const double moved = std::isfinite(largest / temperature) ? largest / temperature : largest;
    candidates.change_all(
        [&](const Candidate& candidate) { return (candidate.logit - largest) / temperature + moved; });
  }

 private:
  double dynamic_temperature(const Candidates& candidates) const {
    const double lowest = std::max(0.0, temperature_ - range_), highest = temperature_ + range_;
    if (candidates.size() == 1) return lowest;
    const double log_total = std::log(candidates.total_weight());
    double entropy = 0;
    for (const Candidate& candidate : candidates.all()) {
      const double log_share = candidate.logit - candidates.max_logit() - log_total;
      if (log_share > -700) entropy -= std::exp(log_share) * log_share;
    }
    const double share = std::clamp(entropy / std::log(static_cast<double>(candidates.size())), 0.0, 1.0);
    return lowest + (highest - lowest) * std::pow(share, exponent_);
  }

  double temperature_, range_, exponent_;
};

}  // namespace

SamplerDescription samplers::temperature() {
  return {.name = "temperature",
          .help = "spreads or gathers the probabilities",
          .fields = [](SamplingSettings& s) -> ConfigFields {
            return {{"temperature", &s.temperature, "spread of the draws; 0 takes the most probable token", 0, 100},
                    {"dynatemp_range", &s.dynatemp_range,
                     "how far the temperature goes down and up with the entropy; 0: it is fixed", 0, 100},
                    {"dynatemp_exponent", &s.dynatemp_exponent, "bends how the temperature follows the entropy", 0.01,
                     100}};
          },
          .make = [](const SamplingSettings& s) -> std::unique_ptr<const SamplerStep> {
            return std::make_unique<Temperature>(s.temperature, s.dynatemp_range, s.dynatemp_exponent);
          }};
}

}  // namespace vitrine::infer
