#include <cmath>

#include "infer/samplers/catalog.h"

namespace vitrine::infer {
namespace {

/// Meister et al. 2022, arXiv:2202.00666: the tokens whose surprise lies nearest to the entropy, until their share
/// reaches p. May leave out the most probable token.
class Typical : public SamplerStep {
 public:
  explicit Typical(double p) : p_(p) {}

  void apply(Candidates& candidates, SamplerState&) const override {
    const double log_total = std::log(candidates.total_weight());
    double entropy = 0;
    for (const Candidate& candidate : candidates.all()) {
      const double log_share = candidate.logit - candidates.max_logit() - log_total;
      if (log_share > -700) entropy -= std::exp(log_share) * log_share;
    }
    std::vector<Distance> order;
    order.reserve(candidates.size());
    for (const Candidate& candidate : candidates.all()) {
      const double log_share = candidate.logit - candidates.max_logit() - log_total;
      order.push_back({std::abs(-log_share - entropy), std::exp(log_share), candidate.id});
    }
    std::sort(order.begin(), order.end());
    std::vector<int32_t> kept;
    double sum = 0;
    for (const Distance& each : order) {
      kept.push_back(each.id);
      if ((sum += each.share) >= p_) break;
    }
    std::sort(kept.begin(), kept.end());
    candidates.keep_if([&](const Candidate& c) { return std::binary_search(kept.begin(), kept.end(), c.id); });
  }

 private:
  struct Distance {
    double from_entropy, share;
    int32_t id;
    bool operator<(const Distance& other) const {
      return from_entropy != other.from_entropy ? from_entropy < other.from_entropy : id < other.id;
    }
  };

  double p_;
};

}  // namespace

SamplerDescription samplers::typical() {
  return {.name = "typical",
          .help = "draws among the tokens that are about as surprising as is expected here",
          .cuts = true,
          .fields = [](SamplingSettings& s) -> ConfigFields {
            return {{"typical_p", &s.typical_p,
                     "draw among the tokens of the most typical surprise that reach this share; 1: all", 1e-6, 1}};
          },
          .make = [](const SamplingSettings& s) -> std::unique_ptr<const SamplerStep> {
            if (s.typical_p >= 1) return nullptr;
            return std::make_unique<Typical>(s.typical_p);
          }};
}

}  // namespace vitrine::infer
