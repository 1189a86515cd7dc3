#include "schema/reachable_labels.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/error.h"

namespace vitrine::schema {
namespace {

/// The same by following every edge from every state.
std::vector<uint64_t> by_search(const Dfa& dfa, size_t words) {
  std::vector<uint64_t> labels(dfa.size() * words, 0);
  for (uint32_t start = 0; start < dfa.size(); ++start) {
    std::vector<bool> seen(dfa.size(), false);
    std::vector<uint32_t> queue{start};
    seen[start] = true;
    for (size_t i = 0; i < queue.size(); ++i) {
      const uint32_t state = queue[i];
      if (dfa.accepts(state)) {
        const auto label = static_cast<size_t>(dfa.label(state));
        labels[start * words + label / 64] |= uint64_t{1} << label % 64;
      }
      for (const Dfa::Edge& edge : dfa.edges(state)) {
        if (!seen[edge.to]) seen[edge.to] = true, queue.push_back(edge.to);
      }
    }
  }
  return labels;
}

Dfa pattern(const std::string& text) { return Dfa::from_regex(parse_regex(text, "test"), true, "test"); }

TEST(ReachableLabels, AreThoseOfASearchFromEveryState) {
  std::mt19937 random(7);
  const std::vector<std::string> patterns = {"^a",           "b$",        "^(ab|ba)*$", "c.*a",
                                             "^[a-c]{2,4}$", "(aa|bb)+c", "^x?(ab)*y"};
  for (int round = 0; round < 60; ++round) {
    std::vector<std::vector<uint32_t>> texts(random() % 90 + 1);
    std::vector<int32_t> labels;
    for (std::vector<uint32_t>& text : texts) {
      for (size_t n = random() % 6; n > 0; --n) text.push_back('a' + random() % 3);
      labels.push_back(static_cast<int32_t>(labels.size()));
    }
    const Dfa listed = Dfa::from_texts(texts, labels, round % 2 == 0 ? Dfa::kNoLabel : 120);
    const Dfa first = pattern(patterns[random() % patterns.size()]),
              second = pattern(patterns[random() % patterns.size()]);
    const Dfa* const parts[] = {&listed, &first, &second};
    const Dfa keys = Dfa::product(
        parts,
        [](std::span<const int32_t> found) {
          return found[0] != Dfa::kNoLabel                ? found[0]
                 : found[1] + 1 + 2 * (found[2] + 1) == 0 ? Dfa::kNoLabel
                                                          : 124 + found[1] + 2 * found[2];
        },
        "test");
    EXPECT_EQ(reachable_labels(keys, 3), by_search(keys, 3)) << round;
    EXPECT_EQ(reachable_labels(listed, 2), by_search(listed, 2)) << round;
  }
}

}  // namespace
}  // namespace vitrine::schema
