#include "core/rng.h"
#include "infer/samplers/catalog.h"

namespace vitrine::infer {
namespace {

constexpr uint32_t kStream = 0x5a3c;  // apart from that of the draw

/// "Exclude top choices" (p-e-w 2024): now and then, of the tokens that reach a threshold, all but the least probable
/// are taken out.
class Xtc : public SamplerStep {
 public:
  Xtc(double probability, double threshold, int64_t seed)
      : probability_(probability), threshold_(threshold), seed_(static_cast<uint64_t>(seed)) {}

  void apply(Candidates& candidates, SamplerState& state) const override {
    Rng rng({.seed = seed_, .stream = kStream, .step = static_cast<uint32_t>(state.num_draws)});
    if (rng.next_uniform() >= probability_) return;
    const double wanted = threshold_ * candidates.total_weight();
    const Candidate* last = nullptr;
    size_t reach = 0;
    // At most 1 / threshold tokens reach it.
    for (const Candidate& candidate : candidates.best(static_cast<size_t>(1 / threshold_) + 1)) {
      if (candidates.weight(candidate) < wanted) break;
      last = &candidate;
      ++reach;
    }
    if (reach < 2) return;
    const Candidate stays = *last;
    candidates.keep_if(
        [&](const Candidate& c) { return c.logit != stays.logit ? c.logit < stays.logit : c.id >= stays.id; });
  }

 private:
  double probability_, threshold_;
  uint64_t seed_;
};

}  // namespace

SamplerDescription samplers::xtc() {
  return {.name = "xtc",
          .help = "takes the most probable tokens out now and then, so that the text is less foreseeable",
          .cuts = true,
          .fields = [](SamplingSettings& s) -> ConfigFields {
            return {{"xtc_probability", &s.xtc_probability, "how often top choices are excluded; 0: never", 0, 1},
                    {"xtc_threshold", &s.xtc_threshold, "tokens of this probability are top choices", 1e-3, 1}};
          },
          .make = [](const SamplingSettings& s) -> std::unique_ptr<const SamplerStep> {
            if (s.xtc_probability == 0) return nullptr;
            return std::make_unique<Xtc>(s.xtc_probability, s.xtc_threshold, s.seed);
          }};
}

}  // namespace vitrine::infer
