// Grammars in llama.cpp's GBNF notation, as trees.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/code_point_set.h"

namespace vitrine::schema {

/// A node of a rule.
struct GbnfNode {
  enum class Kind : uint8_t { kSet, kConcat, kAlternation, kRepeat, kRule };
  Kind kind = Kind::kConcat;
  CodePointSet set;
  std::vector<GbnfNode> parts;
  uint32_t min = 0, max = 0;  ///< of kRepeat, as in Regex
  uint32_t rule = 0;          ///< of kRule
};

struct GbnfRule {
  std::string name;
  GbnfNode body;
  bool is_defined = false;
};

struct GbnfGrammar {
  std::vector<GbnfRule> rules;
  uint32_t root = 0;
};

/// Reads a grammar. Errors: kInvalidArgument for broken ones, rules that are not defined or defined twice, a missing
/// `root`; kUnsupported for references to tokens (<...>).
GbnfGrammar parse_gbnf(std::string_view text);

}  // namespace vitrine::schema
