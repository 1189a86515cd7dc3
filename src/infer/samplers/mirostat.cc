#include <cmath>

#include "infer/samplers/catalog.h"

namespace vitrine::infer {
namespace {

/// Basu et al. 2020, arXiv:2007.14966, the second algorithm: takes out what surprises by more than a limit, and moves
/// the limit so that the surprise of what is drawn comes near tau on average.
class Mirostat : public SamplerStep {
 public:
  Mirostat(double tau, double eta) : tau_(tau), eta_(eta) {}

  void apply(Candidates& candidates, SamplerState& state) const override {
    if (state.surprise_limit == 0) state.surprise_limit = 2 * tau_;
    const double lowest =
        candidates.max_logit() + std::log(candidates.total_weight()) - state.surprise_limit * std::log(2.0);
    candidates.keep_if([&](const Candidate& candidate) { return candidate.logit >= lowest; });
  }

  void after_draw(double log_probability_before_cut, SamplerState& state) const override {
    const double surprise = -log_probability_before_cut / std::log(2.0);
    state.surprise_limit -= eta_ * (surprise - tau_);
    if (state.surprise_limit == 0) state.surprise_limit = -1e-300;  // 0 stands for "not begun"
  }

 private:
  double tau_, eta_;
};

}  // namespace

SamplerDescription samplers::mirostat() {
  return {.name = "mirostat",
          .help = "holds the surprise of the text near a target; the steps that cut are passed over then",
          .fields = [](SamplingSettings& s) -> ConfigFields {
            return {{"mirostat_tau", &s.mirostat_tau,
                     "surprise to hold, in bits a token; other cuts are passed over then; 0: off", 0, 100},
                    {"mirostat_eta", &s.mirostat_eta, "how fast mirostat follows", 1e-6, 1}};
          },
          .make = [](const SamplingSettings& s) -> std::unique_ptr<const SamplerStep> {
            if (s.mirostat_tau == 0) return nullptr;
            return std::make_unique<Mirostat>(s.mirostat_tau, s.mirostat_eta);
          }};
}

}  // namespace vitrine::infer
