// Regular expression -> automaton: Thompson's construction, then sets of its nodes.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "schema/dfa_builder.h"

namespace vitrine::schema {
namespace {

constexpr size_t kMaxNfaNodes = 60'000;

struct NfaNode {
  enum class Kind : uint8_t { kSet, kSplit, kBegin, kEnd, kAccept };
  Kind kind;
  uint32_t set = 0;  ///< of kSet: which set
  std::vector<uint32_t> next;
};

/// The nondeterministic automaton of one expression, built from its end.
class Nfa {
 public:
  Nfa(const Regex& regex, bool is_search, std::string_view operation) : operation_(operation) {
    accept_ = add({NfaNode::Kind::kAccept});
    uint32_t tail = accept_;
    if (is_search) tail = any_tail_ = loop_any(accept_);
    start_ = build(regex, tail);
    if (is_search) start_ = loop_any(start_);
  }

  uint32_t start() const { return start_; }
  /// The node from which every text is accepted; kDead where there is none.
  uint32_t any_tail() const { return any_tail_; }
  const NfaNode& node(uint32_t id) const { return nodes_[id]; }
  size_t size() const { return nodes_.size(); }
  const std::vector<CodePointSet>& sets() const { return sets_; }

 private:
  uint32_t add(NfaNode node) {
    if (nodes_.size() >= kMaxNfaNodes) {
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("{}: the expression is too large once its counts are written out", operation_),
                  "use smaller counts");
    }
    nodes_.push_back(std::move(node));
    return static_cast<uint32_t>(nodes_.size() - 1);
  }

  uint32_t set_id(const CodePointSet& set) {
    for (size_t i = 0; i < sets_.size(); ++i) {
      if (sets_[i] == set) return static_cast<uint32_t>(i);
    }
    sets_.push_back(set);
    return static_cast<uint32_t>(sets_.size() - 1);
  }

  uint32_t loop_any(uint32_t next) {
    const uint32_t split = add({NfaNode::Kind::kSplit, 0, {next}});
    const uint32_t any = add({NfaNode::Kind::kSet, set_id(CodePointSet::all()), {split}});
    nodes_[split].next.push_back(any);
    return split;
  }

  uint32_t build(const Regex& regex, uint32_t next) {
    switch (regex.kind) {
      case Regex::Kind::kSet:
        return add({NfaNode::Kind::kSet, set_id(regex.set), {next}});
      case Regex::Kind::kBegin:
        return add({NfaNode::Kind::kBegin, 0, {next}});
      case Regex::Kind::kEnd:
        return add({NfaNode::Kind::kEnd, 0, {next}});
      case Regex::Kind::kConcat:
        for (size_t i = regex.parts.size(); i-- > 0;) next = build(regex.parts[i], next);
        return next;
      case Regex::Kind::kAlternation: {
        std::vector<uint32_t> heads;
        for (const Regex& part : regex.parts) heads.push_back(build(part, next));
        return add({NfaNode::Kind::kSplit, 0, std::move(heads)});
      }
      case Regex::Kind::kRepeat:
        return repeat(regex, next);
    }
    return next;
  }

  uint32_t repeat(const Regex& regex, uint32_t next) {
    if (regex.max == Regex::kUnbounded) {
      const uint32_t loop = add({NfaNode::Kind::kSplit, 0, {next}});
      const uint32_t body = build(regex.parts[0], loop);
      nodes_[loop].next.push_back(body);
      next = loop;
    } else {
      const uint32_t end = next;
      for (uint32_t i = regex.min; i < regex.max; ++i) {
        const uint32_t body = build(regex.parts[0], next);
        next = add({NfaNode::Kind::kSplit, 0, {end, body}});
      }
    }
    // A body without characters adds no node: the count would be a long loop that does nothing.
    for (uint32_t i = 0; i < regex.min; ++i) {
      const uint32_t head = build(regex.parts[0], next);
      if (head == next) break;
      next = head;
    }
    return next;
  }

  std::string_view operation_;
  std::vector<NfaNode> nodes_;
  std::vector<CodePointSet> sets_;
  uint32_t accept_ = 0, start_ = 0, any_tail_ = Dfa::kDead;
};

/// The pieces into which all sets cut the code points, and which pieces belong together.
struct Alphabet {
  std::vector<uint32_t> cuts;                      ///< piece k is cuts[k] .. cuts[k + 1] - 1
  std::vector<uint32_t> piece_class;               ///< class of each piece
  std::vector<std::vector<uint32_t>> set_classes;  ///< per set, the classes that it holds
  uint32_t class_count = 0;

  explicit Alphabet(const std::vector<CodePointSet>& sets) {
    cuts = {0, kMaxCodePoint + 1};
    for (const CodePointSet& set : sets) {
      for (const CodePointRange& range : set.ranges()) cuts.push_back(range.first), cuts.push_back(range.last + 1);
    }
    std::ranges::sort(cuts);
    const auto repeated = std::ranges::unique(cuts);
    cuts.erase(repeated.begin(), repeated.end());
    std::vector<std::vector<uint32_t>> members(cuts.size() - 1);
    for (uint32_t s = 0; s < sets.size(); ++s) {
      for (const CodePointRange& range : sets[s].ranges()) {
        size_t k = static_cast<size_t>(std::ranges::lower_bound(cuts, range.first) - cuts.begin());
        for (; cuts[k] <= range.last; ++k) members[k].push_back(s);
      }
    }
    std::map<std::vector<uint32_t>, uint32_t> classes;
    set_classes.resize(sets.size());
    for (const std::vector<uint32_t>& list : members) {
      const auto [place, is_new] = classes.try_emplace(list, class_count);
      if (is_new) {
        for (uint32_t s : list) set_classes[s].push_back(class_count);
        ++class_count;
      }
      piece_class.push_back(place->second);
    }
  }
};

/// Sets of nodes as states. A state keeps only nodes that wait for a character, and whether it accepts at the end.
class SubsetConstruction {
 public:
  SubsetConstruction(const Nfa& nfa, const DfaMaking& making)
      : nfa_(nfa), alphabet_(nfa.sets()), builder_(making), seen_(nfa.size() * 2, 0) {}

  Dfa run() {
    builder_.intern(closure({nfa_.start()}, true));
    std::vector<std::vector<uint32_t>> targets(alphabet_.class_count);
    std::vector<uint32_t> class_state(alphabet_.class_count);
    for (uint32_t state = 0; state < builder_.size(); ++state) {
      for (auto& list : targets) list.clear();
      const std::vector<uint32_t> key = builder_.key(state);
      builder_.set_label(state, !key.empty() && key[0] == kAccepting ? 0 : Dfa::kNoLabel);
      for (uint32_t id : key) {
        if (id == kAccepting) continue;
        const NfaNode& node = nfa_.node(id);
        const std::vector<uint32_t>& classes = alphabet_.set_classes[node.set];
        builder_.spend(classes.size() + 1);
        for (uint32_t c : classes) targets[c].push_back(node.next[0]);
      }
      for (uint32_t c = 0; c < alphabet_.class_count; ++c) {
        class_state[c] = targets[c].empty() ? Dfa::kDead : builder_.intern(closure(targets[c], false));
      }
      add_edges(state, class_state);
    }
    return builder_.finish();
  }

 private:
  /// The first entry of the key of a state that accepts; ids of nodes are smaller, but it must sort first: see
  /// closure().
  static constexpr uint32_t kAccepting = 0xFFFFFFFE;

  void add_edges(uint32_t state, const std::vector<uint32_t>& class_state) {
    builder_.begin_edges(state);
    for (size_t k = 0; k < alphabet_.piece_class.size(); ++k) {
      const uint32_t to = class_state[alphabet_.piece_class[k]];
      if (to != Dfa::kDead) builder_.add_edge(alphabet_.cuts[k], alphabet_.cuts[k + 1] - 1, to);
    }
    builder_.end_edges(state);
  }

  /// Follows what consumes nothing. Past a '$' no character may come, so what lies there only counts for acceptance.
  std::vector<uint32_t> closure(const std::vector<uint32_t>& from, bool is_at_begin) {
    ++round_;
    bool accepts = false, is_universal = false;
    std::vector<uint32_t> key;
    stack_.clear();
    for (uint32_t id : from) push(id, false);
    while (!stack_.empty()) {
      const auto [id, is_past_end] = stack_.back();
      stack_.pop_back();
      builder_.spend(1);
      const NfaNode& node = nfa_.node(id);
      if (id == nfa_.any_tail() && !is_past_end) is_universal = true;
      switch (node.kind) {
        case NfaNode::Kind::kSet:
          if (!is_past_end) key.push_back(id);
          break;
        case NfaNode::Kind::kAccept:
          accepts = true;
          break;
        case NfaNode::Kind::kBegin:
          if (is_at_begin) push(node.next[0], is_past_end);
          break;
        case NfaNode::Kind::kEnd:
          push(node.next[0], true);
          break;
        case NfaNode::Kind::kSplit:
          for (uint32_t next : node.next) push(next, is_past_end);
          break;
      }
    }
    // Where every text is accepted, nothing else matters: one state for all such sets.
    if (is_universal) key.assign(1, nfa_.node(nfa_.any_tail()).next.back());
    std::ranges::sort(key);
    if (accepts) key.insert(key.begin(), kAccepting);
    return key;
  }

  void push(uint32_t id, bool is_past_end) {
    uint32_t& mark = seen_[id * 2 + (is_past_end ? 1 : 0)];
    if (mark == round_) return;
    mark = round_;
    stack_.emplace_back(id, is_past_end);
  }

  const Nfa& nfa_;
  Alphabet alphabet_;
  DfaBuilder builder_;
  std::vector<uint32_t> seen_;
  std::vector<std::pair<uint32_t, bool>> stack_;
  uint32_t round_ = 0;
};

}  // namespace

Dfa Dfa::from_regex(const Regex& regex, bool is_search, const DfaMaking& making) {
  const Nfa nfa(regex, is_search, making.operation);
  return SubsetConstruction(nfa, making).run();
}

}  // namespace vitrine::schema
