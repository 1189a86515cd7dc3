#include "schema/array_counts.h"

#include <algorithm>

namespace vitrine::schema {
namespace {

using Op = Node::Op;

constexpr size_t kMaxCounters = 3;
constexpr size_t kMaxStates = 2'000;
constexpr uint32_t kMaxOpenCount = 16;  // without maxContains an item may be counted or not: as many places at once

}  // namespace

ArrayCounts::ArrayCounts(SchemaDocument& document, Program& program, const ArraySpec& size,
                         std::span<const JsonValue* const> counted)
    : document_(document), program_(program), size_(size) {
  if (!counted.empty()) document.rewriter().note_use(*counted[0], "contains");
  for (const JsonValue* part : counted) {
    const auto count = [&](const char* keyword, uint32_t otherwise) {
      const JsonValue* value = part->find(keyword);
      const std::optional<int64_t> number = value == nullptr ? otherwise : value->number.to_int64();
      return static_cast<uint32_t>(std::clamp<int64_t>(number.value_or(kNone), 0, kNone));
    };
    const Counter counter{part, count("minContains", 1), count("maxContains", kNone)};
    if (counter.min == 0 && counter.max == kNone) continue;
    if (counter.max == kNone ? counter.min > kMaxOpenCount : counter.max > kMaxStates) {
      document_.unsupported(*part, "contains", "too large counts");
    }
    counters_.push_back(counter);
  }
  if (counters_.size() > kMaxCounters) document_.unsupported(*counted[0], "contains", "more than three for one array");
}

bool ArrayCounts::make_classes(const RuleOf& rule_of) {
  if (std::ranges::any_of(counters_, [](const Counter& c) { return c.min > c.max; })) return false;
  const size_t places = std::min<size_t>(size_.prefix.size() + 1, size_.max_items);
  for (size_t place = 0; place < places; ++place) {
    std::vector<Class>& classes = classes_.emplace_back();
    for (uint32_t set = 0; set < 1u << counters_.size(); ++set) {
      Conjunction more;
      for (size_t i = 0; i < counters_.size(); ++i) {
        const JsonValue& schema = *counters_[i].owner->find("contains");
        if (set >> i & 1) more.push_back(&schema);
        // Without an upper bound it does no harm to leave an item uncounted.
        const bool is_exact = counters_[i].max != kNone;
        if ((set >> i & 1) == 0 && is_exact)
          more.push_back(&document_.rewriter().negation(schema, *counters_[i].owner, "contains"));
      }
      if (const RuleId rule = rule_of(place, more); rule != kNone) classes.push_back({set, rule});
    }
  }
  return true;
}

bool ArrayCounts::can_close(const State& state) const {
  if (state[0] < size_.min_items) return false;
  for (size_t i = 0; i < counters_.size(); ++i) {
    if (state[i + 1] < counters_[i].min) return false;
  }
  return true;
}

/// Returns the node of a state, which is filled in later: states lead back to themselves.
NodeId ArrayCounts::node_of(const State& state) {
  const auto [place, is_new] = nodes_.try_emplace(state, kNone);
  if (is_new) {
    if (nodes_.size() > kMaxStates)
      document_.unsupported(*counters_[0].owner, "contains", "too many counts to tell apart");
    document_.spend(8);
    place->second = program_.add({Op::kSplit});
    pending_.push_back(state);
  }
  return place->second;
}

NodeId ArrayCounts::make_nodes(const std::function<NodeId(NodeId)>& space, NodeId end) {
  const NodeId close = program_.add_bytes("]", end);
  const uint32_t last_count = size_.distinct_counts();
  const auto set_choices = [&](NodeId split, const std::vector<NodeId>& choices) {
    program_.nodes[split].x = static_cast<uint32_t>(program_.choices.size());
    program_.nodes[split].y = static_cast<uint32_t>(choices.size());
    program_.choices.insert(program_.choices.end(), choices.begin(), choices.end());
  };
  const auto items_after = [&](const State& state) {
    std::vector<NodeId> items;
    if (size_.max_items != kNone && state[0] >= size_.max_items) return items;
    for (const Class& one : classes_[std::min<size_t>(state[0], classes_.size() - 1)]) {
      State next = state;
      next[0] = std::min(state[0] + 1, last_count);
      bool fits = true;
      for (size_t i = 0; i < counters_.size(); ++i) {
        if ((one.counters >> i & 1) == 0) continue;
        if (state[i + 1] == counters_[i].last()) {
          fits &= counters_[i].max == kNone;
        } else {
          ++next[i + 1];
        }
      }
      if (fits) items.push_back(program_.add({Op::kCall, one.rule, 0, space(node_of(next))}));
    }
    return items;
  };
  CountedArray counted;
  for (const Counter& counter : counters_) {
    if (counter.max == kNone) counted.parallel *= counter.min + 1;
  }
  for (const std::vector<Class>& classes : classes_) {
    for (const Class& one : classes) counted.rules.push_back(one.rule);
  }
  const State begin(counters_.size() + 1, 0);
  std::vector<NodeId> first = items_after(begin);
  if (can_close(begin)) first.push_back(close);
  while (!pending_.empty()) {
    const State state = std::move(pending_.back());
    pending_.pop_back();
    const NodeId split = nodes_.at(state);
    std::vector<NodeId> choices;
    if (can_close(state)) choices.push_back(close);
    const std::vector<NodeId> items = items_after(state);
    if (!items.empty()) choices.push_back(program_.add_bytes(",", space(program_.add_split(items))));
    set_choices(split, choices);
  }
  counted.first = program_.add_bytes("[", space(program_.add_split(first)));
  program_.counted_arrays.push_back(counted);
  return counted.first;
}

}  // namespace vitrine::schema
