#include "infer/samplers/catalog.h"

namespace vitrine::infer {
namespace {

class TopK : public SamplerStep {
 public:
  explicit TopK(int64_t k) : k_(static_cast<size_t>(k)) {}
  void apply(Candidates& candidates, SamplerState&) const override { candidates.keep_best(k_); }

 private:
  size_t k_;
};

}  // namespace

SamplerDescription samplers::top_k() {
  return {.name = "top_k",
          .help = "draws among a number of the most probable tokens",
          .cuts = true,
          .fields = [](SamplingSettings& s) -> ConfigFields {
            return {{"top_k", &s.top_k, "draw among this many of the most probable tokens; 0: all", 0, 1e9}};
          },
          .make = [](const SamplingSettings& s) -> std::unique_ptr<const SamplerStep> {
            if (s.top_k == 0) return nullptr;
            return std::make_unique<TopK>(s.top_k);
          }};
}

}  // namespace vitrine::infer
