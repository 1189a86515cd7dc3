#include "schema/program.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "schema/reachable_labels.h"

namespace vitrine::schema {
uint32_t ArraySpec::distinct_counts() const {
  return std::max(static_cast<uint32_t>(prefix.size()), max_items == kNone ? min_items : max_items);
}

NodeId Program::add(Node node) {
  nodes.push_back(node);
  return static_cast<NodeId>(nodes.size() - 1);
}

NodeId Program::add_split(const std::vector<NodeId>& targets) {
  if (targets.size() == 1) return targets[0];
  const auto first = static_cast<uint32_t>(choices.size());
  choices.insert(choices.end(), targets.begin(), targets.end());
  return add({Node::Op::kSplit, first, static_cast<uint32_t>(targets.size())});
}

NodeId Program::add_bytes(std::string_view bytes, NodeId next) {
  for (size_t i = bytes.size(); i-- > 0;) {
    const auto byte = static_cast<uint8_t>(bytes[i]);
    next = add({Node::Op::kByte, byte, byte, next});
  }
  return next;
}

uint32_t Program::depth_of_object(const ObjectSpec& object) const {
  // The least depth with which the required members, and enough others, can be written.
  uint32_t depth = 0, required = 0;
  std::vector<uint32_t> others;
  for (uint32_t label = 0; label < object.labels(); ++label) {
    const uint32_t value = rules[object.label_values[label]].depth;
    const uint32_t with_call = value == kNone ? kNone : value + 1;
    if (label < object.listed && object.is_required(label)) {
      ++required;
      depth = std::max(depth, with_call);
    } else if (with_call != kNone) {
      others.push_back(with_call);
    }
  }
  if (required > object.max_members) return kNone;
  if (object.min_members > required) {
    const uint32_t missing = object.min_members - required;
    if (missing > others.size()) return kNone;
    std::ranges::nth_element(others, others.begin() + (missing - 1));
    depth = std::max(depth, others[missing - 1]);
  }
  return depth;
}

uint32_t Program::depth_of_array(const ArraySpec& array) const {
  uint32_t depth = 0;
  const uint32_t places = std::min(array.min_items, static_cast<uint32_t>(array.prefix.size()) + 1);
  if (array.min_items > array.max_items) return kNone;
  for (uint32_t i = 0; i < places; ++i) {
    const RuleId rule = array.rule_of(i);
    const uint32_t item = rule == kNone ? kNone : rules[rule].depth;
    depth = std::max(depth, item == kNone ? kNone : item + 1);
  }
  return depth;
}

uint32_t Program::depth_of_node(const Node& node) const {
  const auto after = [&](uint32_t here) { return here == kNone ? kNone : std::max(here, depths[node.next]); };
  const auto called = [&](uint32_t depth) { return depth == kNone ? kNone : depth + 1; };
  switch (node.op) {
    case Node::Op::kEnd:
      return 0;
    case Node::Op::kSplit: {
      uint32_t depth = kNone;
      for (uint32_t i = 0; i < node.y; ++i) depth = std::min(depth, depths[choices[node.x + i]]);
      return depth;
    }
    case Node::Op::kCall:
      return after(called(rules[node.x].depth));
    case Node::Op::kFirstMember:
      return after(depth_of_object(objects[node.x]));
    case Node::Op::kFirstItem:
      return after(depth_of_array(arrays[node.x]));
    case Node::Op::kText:
      return after(languages[node.x].empty() ? kNone : 0);
    case Node::Op::kString:
      return after(languages[strings[node.x].language].empty() ? kNone : 0);
    case Node::Op::kNumber:
      return after(numbers[node.x].empty() ? kNone : 0);
    case Node::Op::kKey:
      return 0;
    default:
      return after(0);  // what members and items need is asked for when one is begun
  }
}

void Program::compute_depths() {
  // Depths only fall, from "cannot be finished" on. A pass there and one back settle at least one more level of calls,
  // and mostly all of them; what is deeper than may be is as good as without an end.
  depths.assign(nodes.size(), kNone);
  std::vector<std::vector<RuleId>> starts(nodes.size());
  for (RuleId rule = 0; rule < rules.size(); ++rule) starts[rules[rule].start].push_back(rule);
  bool changed = true;
  const auto update = [&](NodeId id) {
    const uint32_t depth = depth_of_node(nodes[id]);
    if (depth >= depths[id]) return;
    depths[id] = depth;
    for (RuleId rule : starts[id]) rules[rule].depth = depth;
    changed = true;
  };
  for (uint32_t pass = 0; changed && pass <= 2 * (max_depth + 1); ++pass) {
    changed = false;
    for (NodeId i = 0; i < nodes.size(); ++i) update(pass % 2 == 0 ? i : static_cast<NodeId>(nodes.size() - 1 - i));
  }
}

void Program::refuse_left_recursion(std::string_view operation) const {
  // rule -> the rules that it can call before it has read a byte; `nullable` rules can end without reading any.
  const size_t count = rules.size();
  std::vector<bool> nullable(count, false);
  std::vector<std::vector<RuleId>> calls(count);
  std::vector<uint32_t> seen(nodes.size(), 0), stack;
  uint32_t round = 0;
  const auto scan = [&](RuleId rule) {
    stack.assign(1, rules[rule].start);
    bool ends = false;
    ++round;
    calls[rule].clear();
    while (!stack.empty()) {
      const NodeId id = stack.back();
      stack.pop_back();
      if (seen[id] == round) continue;
      seen[id] = round;
      const Node& node = nodes[id];
      if (node.op == Node::Op::kEnd) ends = true;
      if (node.op == Node::Op::kSplit) {
        for (uint32_t i = 0; i < node.y; ++i) stack.push_back(choices[node.x + i]);
      }
      if (node.op == Node::Op::kCall) {
        calls[rule].push_back(node.x);
        if (nullable[node.x]) stack.push_back(node.next);
      }
      if (node.op == Node::Op::kText && !languages[node.x].empty() && languages[node.x].accepts(0))
        stack.push_back(node.next);
    }
    return ends;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (RuleId rule = static_cast<RuleId>(count); rule-- > 0;) {
      const bool ends = scan(rule);
      if (ends && !nullable[rule]) nullable[rule] = changed = true;
    }
  }
  // A circle of such calls never reads anything. Depth first, without recursion: 1 is open, 2 is done.
  std::vector<uint8_t> mark(count, 0);
  for (RuleId root_rule = 0; root_rule < count; ++root_rule) {
    if (mark[root_rule] != 0) continue;
    std::vector<std::pair<RuleId, size_t>> path{{root_rule, 0}};
    mark[root_rule] = 1;
    while (!path.empty()) {
      auto& [rule, at] = path.back();
      if (at == calls[rule].size()) {
        mark[rule] = 2;
        path.pop_back();
        continue;
      }
      const RuleId called = calls[rule][at++];
      if (mark[called] == 1) {
        throw Error(ErrorCode::kInvalidArgument,
                    fmt::format("{}: the rule '{}' calls itself before it reads anything (left recursion)", operation,
                                rules[called].name),
                    "turn it round: the recursive call at the end, or a repetition");
      }
      if (mark[called] == 0) mark[called] = 1, path.emplace_back(called, 0);
    }
  }
}

void Program::finish(std::string_view operation, std::string_view hint) {
  for (ObjectSpec& object : objects) object.reachable = reachable_labels(languages[object.keys], object.words());
  compute_depths();
  if (rules[root].depth == kNone || rules[root].depth > max_depth) {
    throw Error(ErrorCode::kInvalidArgument,
                rules[root].depth == kNone
                    ? fmt::format("{}: nothing can satisfy it ('{}' has no end)", operation, rules[root].name)
                    : fmt::format("{}: what satisfies it is nested deeper than {}", operation, max_depth),
                std::string(hint));
  }
  refuse_left_recursion(operation);
}

}  // namespace vitrine::schema
