#include "schema/program_width.h"

#include <algorithm>
#include <span>
#include <string_view>

namespace vitrine::schema {
namespace {

using Op = Node::Op;

constexpr int kMaxPasses = 200;  // of a width that grows with each it is said to be too large

/// What is known of a node, or of a rule by its first node: everything only grows.
struct Width {
  uint32_t here = 0;    ///< places before anything is read
  uint32_t widest = 0;  ///< places at once from there on, up to the end of the rule
  uint32_t begins = 0;  ///< kinds of bytes that may come first, as bits
  uint32_t tail = 0;    ///< places that are still open where the rule may end: digits may follow a number

  friend bool operator==(const Width&, const Width&) = default;
};

/// The kinds of first bytes by which alternatives part.
uint32_t kind_of(uint32_t byte) {
  constexpr std::string_view kBytes = "{[\"tfn,}]:";
  const size_t at = byte < 128 ? kBytes.find(static_cast<char>(byte)) : std::string_view::npos;
  return 1u << (at == std::string_view::npos ? kBytes.size() : at);
}
constexpr uint32_t kAnyKind = 0xFFFF, kNumberKind = 1u << 12;
constexpr int kKinds = 16;

class Widths {
 public:
  Widths(const Program& program, uint32_t limit)
      : program_(program), limit_(limit), nodes_(program.nodes.size()), counted_(program.nodes.size(), kNone) {
    for (uint32_t i = 0; i < program.counted_arrays.size(); ++i) counted_[program.counted_arrays[i].first] = i;
  }

  uint32_t find() {
    const NodeId root = program_.rules[program_.root].start;
    bool is_changed = true;
    for (int pass = 0; is_changed && pass < kMaxPasses && nodes_[root].widest < limit_; ++pass) {
      is_changed = false;
      for (size_t i = 0; i < nodes_.size(); ++i) {
        const size_t id = pass % 2 == 0 ? i : nodes_.size() - 1 - i;
        if (program_.depths[id] == kNone) continue;
        const Width width = of(static_cast<NodeId>(id));
        if (width == nodes_[id]) continue;
        nodes_[id] = width;
        is_changed = true;
      }
    }
    return is_changed ? limit_ : nodes_[root].widest;
  }

 private:
  const Width& at(NodeId id) const { return nodes_[id]; }
  const Width& of_rule(RuleId rule) const { return nodes_[program_.rules[rule].start]; }
  uint32_t capped(uint32_t value) const { return std::min(value, limit_); }

  /// What is read, and then what follows.
  Width then(const Width& first, const Width& next) const {
    return {first.here, capped(std::max({first.widest, first.tail + next.here, next.widest})), first.begins,
            capped(first.tail + next.tail)};
  }

  Width either(std::initializer_list<Width> choices) const {
    return either(std::span<const Width>(choices.begin(), choices.size()));
  }

  Width either(std::span<const Width> choices) const {
    Width all;
    uint32_t by_kind[kKinds] = {};
    for (const Width& one : choices) {
      all.here = capped(all.here + one.here);
      all.begins |= one.begins;
      all.tail = capped(all.tail + one.tail);
      for (int kind = 0; kind < kKinds; ++kind) {
        if (one.begins >> kind & 1) by_kind[kind] = capped(by_kind[kind] + one.widest);
      }
    }
    all.widest = std::max(all.here, *std::ranges::max_element(by_kind));
    return all;
  }

  Width of(NodeId id) const {
    const Node& node = program_.nodes[id];
    if (counted_[id] != kNone) return of_counted(program_.counted_arrays[counted_[id]]);
    switch (node.op) {
      case Op::kEnd:
        return {};
      case Op::kSplit: {
        std::vector<Width> choices;
        for (uint32_t i = 0; i < node.y; ++i) choices.push_back(at(program_.choices[node.x + i]));
        return either(choices);
      }
      case Op::kCall: {
        return then(of_rule(node.x), at(node.next));
      }
      case Op::kFirstMember:
      case Op::kNextMember:
      case Op::kFirstItem:
      case Op::kNextItem: {
        Width width = either({at(node.y), at(node.next)});
        width.tail = at(node.next).tail;
        return width;
      }
      case Op::kItem: {
        Width items;
        const ArraySpec& array = program_.arrays[node.x];
        for (size_t i = 0; i <= array.prefix.size(); ++i) {
          const RuleId rule = array.rule_of(static_cast<uint32_t>(i));
          if (rule == kNone) continue;
          const Width& one = of_rule(rule);
          items = {std::max(items.here, one.here), std::max(items.widest, one.widest), items.begins | one.begins,
                   std::max(items.tail, one.tail)};
        }
        return then(items, at(node.next));
      }
      case Op::kKey: {
        Width values;
        for (NodeId label : program_.objects[node.x].label_nodes)
          values.widest = std::max(values.widest, at(label).widest);
        return {1, std::max(1u, values.widest), kind_of('"')};
      }
      case Op::kMember:
        return at(node.next);
      case Op::kSpace: {
        const Width& next = at(node.next);
        return {capped(next.here + 1), capped(std::max(next.here + 1, next.widest)), next.begins,
                capped(next.tail + 1)};
      }
      case Op::kByte:
        return then({1, 1, kind_of(node.x)}, at(node.next));
      case Op::kString:
        return then({1, 1, kind_of('"')}, at(node.next));
      case Op::kNumber:
        return then({1, 1, kNumberKind, 1}, at(node.next));
      case Op::kText:
        return then({1, 1, kAnyKind, 1}, at(node.next));
    }
    return {};
  }

  Width of_counted(const CountedArray& array) const {
    uint32_t items = 2;
    for (RuleId rule : array.rules) items = capped(items + of_rule(rule).widest);
    const uint64_t all = uint64_t{items} * array.parallel;
    return {1, static_cast<uint32_t>(std::min<uint64_t>(all, limit_)), kind_of('[')};
  }

  const Program& program_;
  uint32_t limit_;
  std::vector<Width> nodes_;
  std::vector<uint32_t> counted_;
};

}  // namespace

uint32_t width_of(const Program& program, uint32_t limit) { return Widths(program, limit).find(); }

}  // namespace vitrine::schema
