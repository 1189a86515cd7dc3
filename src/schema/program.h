// What a schema, an expression or a grammar is compiled to: rules of nodes over bytes, with a stack of calls.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schema/char_decoder.h"
#include "schema/dfa.h"
#include "schema/number_machine.h"

namespace vitrine::schema {

using NodeId = uint32_t;
using RuleId = uint32_t;

constexpr uint32_t kNone = 0xFFFFFFFF;
/// How many places a text may be at in an automaton; a program that needs more is too ambiguous.
constexpr uint32_t kMaxPlaces = 512;

/// A step of a rule. Nodes in the upper half read bytes, those in the lower half read nothing.
struct Node {
  enum class Op : uint8_t {
    kSplit,        ///< goes on at each of choices[x .. x + y)
    kCall,         ///< runs rule x, then goes on at `next`
    kEnd,          ///< returns to the caller
    kFirstMember,  ///< after '{' of object x: a member's key (node y), or the end (`next`)
    kNextMember,   ///< after a member of object x: ',' (node y), or the end
    kFirstItem,    ///< after '[' of array x: the first item (node y), or the end
    kNextItem,     ///< after an item of array x: ',' (node y), or the end
    kMember,       ///< label y of object x, where it may still come, then `next`
    kItem,         ///< the item of array x that the count asks for, then `next`
    kByte,         ///< one byte in x..y
    kSpace,        ///< any JSON white space
    kText,         ///< a text of language x, as UTF-8
    kString,       ///< a JSON string of string spec x, with its quotes
    kNumber,       ///< a JSON number of number spec x
    kKey,          ///< a key of object x, with its quotes
  };
  Op op = Op::kEnd;
  uint32_t x = 0, y = 0;
  NodeId next = kNone;

  bool reads() const { return op >= Op::kByte; }
};

/// A JSON string: a language, and bounds on the number of characters where the language is a loop.
struct StringSpec {
  uint32_t language = 0;
  uint32_t min_length = 0;
  uint32_t max_length = kNone;
};

/// What may stand in an object. Labels 0 .. listed - 1 are the listed properties in their order, later ones are what
/// other keys may be: those that match patterns, and the rest.
struct ObjectSpec {
  uint32_t keys = 0;                 ///< the language of keys, whose labels these are
  uint32_t listed = 0;               ///< how many labels are properties by name
  std::vector<NodeId> label_nodes;   ///< where each label goes on after its key: ':' and the value
  std::vector<RuleId> label_values;  ///< the rule of each label's value
  std::vector<uint64_t> required;    ///< by label, as bits
  std::vector<uint64_t> reachable;   ///< per state of `keys`, the labels that can still come: words() each
  /// Per listed label, the labels that must come where it does, and what those ask for; empty where none asks. words()
  /// each, as bits.
  std::vector<uint64_t> companions;
  uint32_t min_members = 0;
  uint32_t max_members = kNone;
  bool any_order = false;

  uint32_t labels() const { return static_cast<uint32_t>(label_nodes.size()); }
  uint32_t words() const { return (labels() + 63) / 64; }
  /// Tells whether it matters which listed properties there were.
  bool keeps_seen() const { return any_order || !companions.empty(); }
  bool is_companion(uint32_t of, uint32_t label) const {
    return !companions.empty() && (companions[of * words() + label / 64] >> label % 64 & 1) != 0;
  }
  bool is_required(uint32_t label) const { return required[label / 64] >> label % 64 & 1; }
};

/// What may stand in an array: the first items by place, then `rest` (kNone where there may be none).
struct ArraySpec {
  std::vector<RuleId> prefix;
  RuleId rest = kNone;
  uint32_t min_items = 0;
  uint32_t max_items = kNone;

  RuleId rule_of(uint32_t index) const { return index < prefix.size() ? prefix[index] : rest; }
  /// Returns the largest count that differs from those above it.
  uint32_t distinct_counts() const;
};

/// An array whose items are counted: nodes that begin at `first`.
struct CountedArray {
  NodeId first = kNone;
  uint32_t parallel = 1;      ///< how many counts there may be at once
  std::vector<RuleId> rules;  ///< of the kinds of items; at one place there is one of each at most
};

struct Rule {
  std::string name;
  NodeId start = kNone;
  uint32_t depth = kNone;  ///< how many more calls it takes at least to finish it; kNone where it cannot be finished
};

struct Program {
  std::vector<Node> nodes;
  std::vector<NodeId> choices;
  std::vector<Rule> rules;
  std::vector<Dfa> languages;
  std::vector<StringSpec> strings;
  std::vector<NumberSpec> numbers;
  std::vector<ObjectSpec> objects;
  std::vector<ArraySpec> arrays;
  std::vector<CountedArray> counted_arrays;
  std::vector<uint32_t> depths;  ///< per node: as Rule::depth, for the rest of its rule from there
  RuleId root = 0;
  Spelling spelling = Spelling::kPlain;
  uint32_t max_depth = 256;

  NodeId add(Node node);
  /// Adds a node that goes on at each of `nodes`, or returns the one that there is.
  NodeId add_split(const std::vector<NodeId>& nodes);
  /// Adds nodes that read these bytes, and returns the first.
  NodeId add_bytes(std::string_view bytes, NodeId next);

  /// Fills in Rule::depth, objects' reachable labels, and takes out what cannot be finished.
  /// Errors: kInvalidArgument where the root cannot be finished, or where a rule calls itself before it reads
  /// anything; `operation` begins the message, and
  /// `hint` says what may keep every text out.
  void finish(std::string_view operation, std::string_view hint);

 private:
  uint32_t depth_of_node(const Node& node) const;
  uint32_t depth_of_object(const ObjectSpec& object) const;
  uint32_t depth_of_array(const ArraySpec& array) const;
  void compute_depths();
  void refuse_left_recursion(std::string_view operation) const;
};

}  // namespace vitrine::schema
