// Deterministic automata over code points: the languages of strings (patterns, formats, enums, keys).
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "schema/byte_class.h"
#include "schema/regex_syntax.h"

namespace vitrine::schema {

/// Whose automaton is made, for messages, and what all automata of one schema together may still cost.
struct DfaMaking {
  template <std::convertible_to<std::string_view> Name>
  DfaMaking(const Name& name, size_t* shared_work_left = nullptr)  // NOLINT: a name alone will do
      : operation(name), work_left(shared_work_left) {}
  std::string_view operation;
  size_t* work_left;
};

/// A language of texts. Every state can reach acceptance, so a missing edge is the only way to fail.
/// A state that accepts has a label (0 where there is but one kind of acceptance), others have kNoLabel.
class Dfa {
 public:
  static constexpr uint32_t kDead = 0xFFFFFFFF;
  static constexpr int32_t kNoLabel = -1;
  static constexpr size_t kMaxStates = 12'000;

  struct Edge {
    uint32_t first, last;  ///< code points, inclusive
    uint32_t to;
  };
  struct State {
    uint32_t edges_begin = 0, edges_end = 0;
    int32_t label = kNoLabel;
  };

  /// The language without a text.
  Dfa() = default;
  /// Every text.
  static Dfa any();
  /// The texts of one set, `min` to `max` characters.
  static Dfa lengths(uint32_t min, uint32_t max);
  /// The texts that a regular expression matches as a whole; with `is_search`, those in which it matches somewhere.
  /// Errors: kUnsupported where it needs too many states; its operation begins the message.
  static Dfa from_regex(const Regex& regex, bool is_search, const DfaMaking& making);
  /// Exactly these texts; text i is accepted with label labels[i] (0 where labels is empty). With `other_label` all
  /// other texts are accepted too, with that label.
  static Dfa from_texts(std::span<const std::vector<uint32_t>> texts, std::span<const int32_t> labels = {},
                        int32_t other_label = kNoLabel);

  /// Decides the label of a text from the labels that each automaton gives it (kNoLabel where it refuses).
  using Combine = std::function<int32_t(std::span<const int32_t>)>;
  /// Runs automata side by side. Errors: kUnsupported where that needs too many states.
  static Dfa product(std::span<const Dfa* const> parts, const Combine& combine, const DfaMaking& making);
  static Dfa intersection(const Dfa& a, const Dfa& b, const DfaMaking& making);
  static Dfa united(const Dfa& a, const Dfa& b, const DfaMaking& making);
  static Dfa difference(const Dfa& a, const Dfa& b, const DfaMaking& making);

  bool empty() const { return states_.empty(); }
  uint32_t start() const { return empty() ? kDead : 0; }
  size_t size() const { return states_.size(); }
  int32_t label(uint32_t state) const { return states_[state].label; }
  bool accepts(uint32_t state) const { return states_[state].label != kNoLabel; }
  std::span<const Edge> edges(uint32_t state) const {
    return {edges_.data() + states_[state].edges_begin, edges_.data() + states_[state].edges_end};
  }
  /// Returns the state after one character, or kDead.
  uint32_t step(uint32_t state, uint32_t code_point) const {
    const auto all = edges(state);
    size_t at = 0;
    for (size_t end = all.size(); end - at > 4;) {
      const size_t middle = (at + end) / 2;
      (all[middle - 1].last < code_point ? at : end) = middle;
    }
    for (; at < all.size(); ++at) {
      if (code_point <= all[at].last) return code_point >= all[at].first ? all[at].to : kDead;
    }
    return kDead;
  }
  /// Tells whether some character of first..last leads on.
  bool leads_on(uint32_t state, uint32_t first, uint32_t last) const;
  /// Returns the label of a text, kNoLabel where it is refused.
  int32_t match(std::span<const uint32_t> text) const;
  /// Tells whether every text is accepted from this state.
  bool is_universal(uint32_t state) const { return universal_[state]; }
  /// The ASCII characters on any edge, and whether others are.
  const AsciiSet& used_ascii() const { return used_ascii_; }
  bool uses_non_ascii() const { return uses_non_ascii_; }
  /// Tells whether this is a single state that accepts and leads to itself: a bound on length is then a counter.
  bool is_loop() const;
  /// Returns the length of the shortest text; of the longest, or nothing where there is none.
  uint32_t shortest() const;
  std::optional<uint32_t> longest() const;

 private:
  friend class DfaBuilder;

  std::vector<State> states_;
  std::vector<Edge> edges_;
  std::vector<bool> universal_;
  AsciiSet used_ascii_;
  bool uses_non_ascii_ = false;

  void note_used();
};

}  // namespace vitrine::schema
