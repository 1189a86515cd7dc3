// GBNF -> rules. What is regular in a grammar becomes automata over characters; only what recurses becomes calls.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "schema/automaton.h"
#include "schema/gbnf_syntax.h"
#include "schema/grammar.h"
#include "schema/program.h"

namespace vitrine::schema {
namespace {

using Kind = GbnfNode::Kind;
using Op = Node::Op;

constexpr std::string_view kOperation = "gbnf";
constexpr size_t kMaxProgramNodes = 100'000;
constexpr size_t kMaxRegexNodes = 5'000;  // of one expression once rules are written out
constexpr size_t kMaxFailures = 8;        // expressions that needed too many states

class GbnfCompiler {
 public:
  explicit GbnfCompiler(const GbnfGrammar& grammar) : grammar_(grammar), sizes_(grammar.rules.size(), kUnknown) {}

  Program compile() {
    for (const GbnfRule& rule : grammar_.rules) program_.rules.push_back({rule.name});
    end_ = program_.add({Op::kEnd});
    // Only what can be reached from the root: other rules are not written out, but their names were checked.
    queued_.assign(grammar_.rules.size(), false);
    call(grammar_.root, end_);
    while (!queue_.empty()) {
      const uint32_t rule = queue_.back();
      queue_.pop_back();
      program_.rules[rule].start = build(grammar_.rules[rule].body, end_);
    }
    for (uint32_t rule = 0; rule < grammar_.rules.size(); ++rule) {
      if (!queued_[rule]) program_.rules[rule].start = end_;
    }
    program_.root = grammar_.root;
    program_.max_depth = 1024;
    program_.finish(kOperation, "look for rules that always lead back to themselves");
    return std::move(program_);
  }

 private:
  static constexpr size_t kUnknown = ~size_t{0}, kOpen = kUnknown - 1, kTooLarge = kUnknown - 2;

  /// Returns how many nodes an expression has once its rules are written out; kTooLarge where it recurses.
  size_t written_size(const GbnfNode& node, int depth = 0) {
    if (depth > 500) return kTooLarge;
    size_t size = 1;
    const auto add = [&](size_t more) {
      size = more >= kTooLarge || size + more > kMaxRegexNodes ? kTooLarge : size + more;
    };
    if (node.kind == Kind::kRule) {
      size_t& known = sizes_[node.rule];
      if (known == kOpen) return kTooLarge;
      if (known == kUnknown) {
        known = kOpen;
        const size_t found = written_size(grammar_.rules[node.rule].body, depth + 1);
        sizes_[node.rule] = found;
      }
      return sizes_[node.rule];
    }
    for (const GbnfNode& part : node.parts) {
      if (size == kTooLarge) return size;
      add(written_size(part, depth + 1));
    }
    if (node.kind == Kind::kRepeat && size < kTooLarge) {
      const size_t copies = std::max<size_t>(1, node.max == Regex::kUnbounded ? node.min + 1 : node.max);
      if (copies > kMaxRegexNodes || size * copies > kMaxRegexNodes) size = kTooLarge;
    }
    return size;
  }

  Regex written_out(const GbnfNode& node) const {
    if (node.kind == Kind::kRule) return written_out(grammar_.rules[node.rule].body);
    if (node.kind == Kind::kSet) return Regex::of(node.set);
    std::vector<Regex> parts;
    for (const GbnfNode& part : node.parts) parts.push_back(written_out(part));
    if (node.kind == Kind::kRepeat) return Regex::repeat(std::move(parts[0]), node.min, node.max);
    return node.kind == Kind::kConcat ? Regex::concat(std::move(parts)) : Regex::alternation(std::move(parts));
  }

  bool is_regular(const GbnfNode& node) { return written_size(node) < kTooLarge; }

  NodeId add(Node node) {
    if (program_.nodes.size() >= kMaxProgramNodes) {
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("{}: the grammar is too large once its counts are written out", kOperation),
                  "use smaller counts");
    }
    return program_.add(node);
  }

  /// Returns a node for a regular expression, kNone where it needs too many states to be an automaton.
  NodeId build_regular(const Regex& regex, NodeId next) {
    if (failures_ >= kMaxFailures) return kNone;
    try {
      program_.languages.push_back(Dfa::from_regex(regex, false, kOperation));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnsupported) throw;
      ++failures_;
      return kNone;
    }
    return add({Op::kText, static_cast<uint32_t>(program_.languages.size() - 1), 0, next});
  }

  NodeId build(const GbnfNode& node, NodeId next) {
    if (is_regular(node)) {
      // A repetition builds its body again and again: one language does for all.
      const auto known = languages_.find(&node);
      if (known != languages_.end()) return add({Op::kText, known->second, 0, next});
      const NodeId regular = build_regular(written_out(node), next);
      if (regular != kNone) languages_.emplace(&node, program_.nodes[regular].x);
      if (regular != kNone) return regular;
    }
    switch (node.kind) {
      case Kind::kRule:
        return call(node.rule, next);
      case Kind::kConcat:
        return build_concat(node, next);
      case Kind::kAlternation:
        return build_alternation(node, next);
      case Kind::kRepeat:
        return build_repeat(node, next);
      case Kind::kSet:
        break;
    }
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: the grammar needs too many states", kOperation),
                "make it simpler: smaller counts, fewer alternatives that begin alike");
  }

  NodeId call(uint32_t rule, NodeId next) {
    if (!queued_[rule]) queued_[rule] = true, queue_.push_back(rule);
    return add({Op::kCall, rule, 0, next});
  }

  /// Joins neighbours that are regular.
  NodeId build_concat(const GbnfNode& node, NodeId next) {
    for (size_t end = node.parts.size(); end > 0;) {
      size_t begin = end - 1;
      GbnfNode joined;
      size_t size = written_size(node.parts[begin]);
      while (size < kTooLarge && begin > 0) {
        const size_t more = written_size(node.parts[begin - 1]);
        if (more >= kTooLarge || size + more > kMaxRegexNodes) break;
        size += more, --begin;
      }
      const bool is_all = begin == 0 && end == node.parts.size();
      NodeId head = kNone;
      if (size < kTooLarge && end - begin > 1 && !is_all) {
        std::vector<Regex> parts;
        for (size_t i = begin; i < end; ++i) parts.push_back(written_out(node.parts[i]));
        head = build_regular(Regex::concat(std::move(parts)), next);
      }
      if (head == kNone) begin = end - 1, head = build(node.parts[begin], next);
      next = head;
      end = begin;
    }
    return next;
  }

  /// Regular alternatives become few automata, so that a text is at few places at once.
  NodeId build_alternation(const GbnfNode& node, NodeId next) {
    std::vector<NodeId> heads;
    std::vector<const GbnfNode*> group;
    size_t size = 0;
    const auto end_group = [&] {
      add_group(group, next, heads);
      group.clear();
      size = 0;
    };
    for (const GbnfNode& part : node.parts) {
      const size_t written = written_size(part);
      if (written >= kTooLarge) {
        heads.push_back(build(part, next));
        continue;
      }
      if (size + written >= kMaxRegexNodes) end_group();
      group.push_back(&part);
      size += written;
    }
    // Alone the last group is the whole alternation, which build() has tried.
    if (heads.empty()) {
      for (const GbnfNode* const part : group) heads.push_back(build(*part, next));
    } else {
      end_group();
    }
    return program_.add_split(heads);
  }

  /// Adds a head for all parts of a group, or one for each where they need too many states together.
  void add_group(const std::vector<const GbnfNode*>& group, NodeId next, std::vector<NodeId>& heads) {
    std::vector<Regex> parts;
    for (const GbnfNode* const part : group) parts.push_back(written_out(*part));
    const NodeId joined = parts.empty() ? kNone : build_regular(Regex::alternation(std::move(parts)), next);
    if (joined != kNone) return heads.push_back(joined);
    for (const GbnfNode* const part : group) heads.push_back(build(*part, next));
  }

  NodeId build_repeat(const GbnfNode& node, NodeId next) {
    const GbnfNode& body = node.parts[0];
    if (node.max == Regex::kUnbounded) {
      // A rule of its own, which calls itself at its end.
      const auto rule = static_cast<RuleId>(program_.rules.size());
      program_.rules.push_back({"a repetition"});
      const NodeId again = add({Op::kCall, rule, 0, end_});
      const NodeId head = build(body, again);
      program_.rules[rule].start = program_.add_split({head, end_});
      next = add({Op::kCall, rule, 0, next});
    } else {
      const NodeId after = next;
      for (uint32_t i = node.min; i < node.max; ++i) {
        next = program_.add_split({build(body, next), after});
        check_size();
      }
    }
    for (uint32_t i = 0; i < node.min; ++i) {
      next = build(body, next);
      check_size();
    }
    return next;
  }

  void check_size() { add({Op::kEnd}), program_.nodes.pop_back(); }

  const GbnfGrammar& grammar_;
  std::vector<size_t> sizes_;
  std::unordered_map<const GbnfNode*, uint32_t> languages_;
  Program program_;
  std::vector<bool> queued_;
  std::vector<uint32_t> queue_;
  NodeId end_ = kNone;
  size_t failures_ = 0;
};

}  // namespace

Grammar compile_gbnf(std::string_view text) {
  const GbnfGrammar grammar = parse_gbnf(text);
  auto program = std::make_shared<const Program>(GbnfCompiler(grammar).compile());
  const Automaton begins(*program);  // refuses what may begin in too many ways
  return Grammar(std::move(program));
}

}  // namespace vitrine::schema
