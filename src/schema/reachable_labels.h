// Which labels can still come from each state of an automaton.
#pragma once

#include <cstdint>
#include <vector>

#include "schema/dfa.h"

namespace vitrine::schema {

/// Returns bits by label for each state: those of it and of all states that it leads to. In time linear in edges.
/// Shapes: [states, words], where words of 64 bits hold all labels.
std::vector<uint64_t> reachable_labels(const Dfa& dfa, size_t words);

}  // namespace vitrine::schema
