// Putting a Dfa together state by state; what cannot reach acceptance is dropped at the end.
#pragma once

#include <string>
#include <unordered_map>

#include "schema/dfa.h"

namespace vitrine::schema {

/// Hashes a list of numbers, for tables of sets of states.
struct ListHash {
  size_t operator()(const std::vector<uint32_t>& list) const {
    uint64_t hash = 0x9E3779B97F4A7C15u + list.size();
    for (uint32_t value : list) hash = (hash ^ value) * 0xFF51AFD7ED558CCDu, hash ^= hash >> 29;
    return hash;
  }
};

class DfaBuilder {
 public:
  explicit DfaBuilder(std::string_view operation) : operation_(operation) {}

  /// Returns the state of a key, new or known. Errors: kUnsupported where there are too many.
  uint32_t intern(std::vector<uint32_t> key);
  /// Returns the key of a state; the reference lives until the next intern().
  const std::vector<uint32_t>& key(uint32_t state) const { return *keys_[state]; }
  size_t size() const { return keys_.size(); }
  void set_label(uint32_t state, int32_t label) { dfa_.states_[state].label = label; }
  /// Adds an edge of the state that was begun last; edges come in order of code points, equal neighbours are joined.
  void begin_edges(uint32_t state);
  void add_edge(uint32_t first, uint32_t last, uint32_t to);
  void end_edges(uint32_t state);
  /// Counts work. Errors: kUnsupported where there is too much.
  void spend(size_t work);
  /// Drops the states that cannot reach acceptance and returns the automaton. State 0 is the start.
  Dfa finish();

 private:
  [[noreturn]] void too_large() const;

  std::string_view operation_;
  std::unordered_map<std::vector<uint32_t>, uint32_t, ListHash> states_;
  std::vector<const std::vector<uint32_t>*> keys_;
  size_t work_ = 0;
  Dfa dfa_;
};

}  // namespace vitrine::schema
