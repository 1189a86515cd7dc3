#include "infer/samplers/catalog.h"

namespace vitrine::infer {
namespace {

/// Holtzman et al. 2019, arXiv:1904.09751: the shortest head whose share reaches p; at least one token.
class TopP : public SamplerStep {
 public:
  explicit TopP(double p) : p_(p) {}

  void apply(Candidates& candidates, SamplerState&) const override {
    const double wanted = p_ * candidates.total_weight();
    double sum = 0;
    // Most heads are short: sort a little, and four times as many while they do not reach.
    for (size_t done = 0, count = 64; done < candidates.size(); count *= 4) {
      for (const Candidate& candidate : candidates.best(count).subspan(done)) {
        sum += candidates.weight(candidate);
        ++done;
        if (sum >= wanted) return candidates.keep_best(done);
      }
    }
  }

 private:
  double p_;
};

}  // namespace

SamplerDescription samplers::top_p() {
  return {.name = "top_p",
          .help = "draws among the most probable tokens that together reach a share",
          .cuts = true,
          .fields = [](SamplingSettings& s) -> ConfigFields {
            return {{"top_p", &s.top_p, "draw among the most probable tokens that reach this share", 1e-6, 1}};
          },
          .make = [](const SamplingSettings& s) -> std::unique_ptr<const SamplerStep> {
            if (s.top_p >= 1) return nullptr;
            return std::make_unique<TopP>(s.top_p);
          }};
}

}  // namespace vitrine::infer
