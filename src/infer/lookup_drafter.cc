#include <algorithm>

#include "infer/drafter.h"

namespace vitrine::infer {
namespace {

constexpr int64_t kFewestAlike = 2;  // a shorter match says nothing
constexpr int64_t kMostAlike = 8;    // a longer one hardly more

class LookupDrafter : public Drafter {
 public:
  std::vector<int32_t> propose(std::span<const int32_t> tokens, int64_t most, const Sampler&) override {
    const auto n = static_cast<int64_t>(tokens.size());
    int64_t best = kFewestAlike - 1, best_end = -1;
    for (int64_t end = n - 1; end >= kFewestAlike && best < kMostAlike; --end) {
      int64_t alike = 0;
      while (alike < end && alike < kMostAlike &&
             tokens[static_cast<size_t>(end - 1 - alike)] == tokens[static_cast<size_t>(n - 1 - alike)])
        ++alike;
      if (alike > best) best = alike, best_end = end;
    }
    if (best_end < 0) return {};
    const auto from = tokens.subspan(static_cast<size_t>(best_end));
    std::vector<int32_t> guess;
    // A text that repeats itself is guessed on beyond its end.
    for (int64_t i = 0; i < most; ++i)
      guess.push_back(i < static_cast<int64_t>(from.size()) ? from[static_cast<size_t>(i)]
                                                            : guess[static_cast<size_t>(i) - from.size()]);
    return guess;
  }
};

}  // namespace

std::unique_ptr<Drafter> make_lookup_drafter() { return std::make_unique<LookupDrafter>(); }

}  // namespace vitrine::infer
