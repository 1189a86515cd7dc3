// Arrays whose items are counted: contains with minContains and maxContains.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <vector>

#include "schema/program.h"
#include "schema/schema_merge.h"

namespace vitrine::schema {

/// Makes the nodes of an array in which some schemas must hold for so many items. Every count that may be told apart is
/// a place of its own in the program, so that no state has to be kept beside it.
class ArrayCounts {
 public:
  using RuleOf = std::function<RuleId(size_t place, const Conjunction& more)>;

  /// `counted` are the schemas that have `contains`. Errors: kUnsupported for too many of them, or too large counts.
  ArrayCounts(SchemaDocument& document, Program& program, const ArraySpec& size,
              std::span<const JsonValue* const> counted);

  /// Tells whether no count asks for anything.
  bool empty() const { return counters_.empty(); }
  /// Finds the rules of items by place and by which of the schemas they satisfy. Returns false where nothing fits.
  bool make_classes(const RuleOf& rule_of);
  /// Makes the nodes, and returns the first.
  NodeId make_nodes(const std::function<NodeId(NodeId)>& space, NodeId end);

 private:
  struct Counter {
    const JsonValue* owner;
    uint32_t min, max;
    /// The count at which more makes no difference.
    uint32_t last() const { return max == kNone ? min : max; }
  };
  struct Class {
    uint32_t counters;  ///< those that an item of it is counted for, as bits
    RuleId rule;
  };
  /// How many items there were, and how many were counted, as far as it matters.
  using State = std::vector<uint32_t>;

  NodeId node_of(const State& state);
  bool can_close(const State& state) const;

  SchemaDocument& document_;
  Program& program_;
  ArraySpec size_;
  std::vector<Counter> counters_;
  std::vector<std::vector<Class>> classes_;  ///< by place; the last for all that follow
  std::map<State, NodeId> nodes_;            ///< of what comes after so many items
  std::vector<State> pending_;
};

}  // namespace vitrine::schema
