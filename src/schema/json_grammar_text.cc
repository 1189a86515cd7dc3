// Pieces of texts that are no JSON, and values in them.
#include "schema/json_grammar.h"

namespace vitrine::schema {

using Op = Node::Op;

Program JsonGrammar::compile(const TextPiece& piece) { return finished(piece_node(piece, end())); }

/// Returns a node that reads a piece and goes on at `next`.
NodeId JsonGrammar::piece_node(const TextPiece& piece, NodeId next) {
  switch (piece.kind) {
    case TextPiece::Kind::kLiteral:
      return program_.add_bytes(piece.text, next);
    case TextPiece::Kind::kSpace:
      return program_.add({Op::kSpace, 0, 0, next});
    case TextPiece::Kind::kJson: {
      const RuleId value = rule_of({&document_.resolve(document_.root(), piece.text)});
      return value == kNone ? program_.add_split({}) : program_.add({Op::kCall, value, 0, next});
    }
    case TextPiece::Kind::kBare:
      return program_.add({Op::kCall, bare_rule(document_.resolve(document_.root(), piece.text), piece.stop), 0, next});
    case TextPiece::Kind::kAll:
      for (size_t i = piece.parts.size(); i-- > 0;) next = piece_node(piece.parts[i], next);
      return next;
    case TextPiece::Kind::kOne: {
      std::vector<NodeId> nodes;
      for (const TextPiece& part : piece.parts) nodes.push_back(piece_node(part, next));
      return program_.add_split(nodes);
    }
    case TextPiece::Kind::kSome: {
      const RuleId rule = add_rule("a repetition");
      const NodeId again = program_.add({Op::kCall, rule, 0, end()});
      const NodeId start = piece_node(piece.parts.at(0), program_.add_split({again, end()}));
      program_.rules[rule].start = start;
      return program_.add({Op::kCall, rule, 0, next});
    }
  }
  return next;
}

RuleId JsonGrammar::add_rule(std::string name) {
  program_.rules.push_back({std::move(name)});
  return static_cast<RuleId>(program_.rules.size() - 1);
}

/// Returns the rule of a value whose strings stand as they are, up to a mark that is not in them.
RuleId JsonGrammar::bare_rule(const JsonValue& schema, const std::string& stop) {
  Alternatives found;
  if (const auto conjunction = normalized({&schema}))
    for_each_alternative(document_, *conjunction, [&](const FlatSchema& flat) { compile_flat(flat, found); });
  std::vector<NodeId> nodes;
  if (!found.strings.empty()) {
    const Regex mark = Regex::text(decode_utf8(stop, document_.operation()));
    const Dfa without =
        Dfa::difference(Dfa::any(), Dfa::from_regex(mark, true, document_.making()), document_.making());
    for (StringPart& part : found.strings) {
      Dfa language = part.is_texts ? language_of_texts(part.texts) : std::move(part.language);
      const bool is_any = language.size() == 1 && language.is_universal(0) && part.min == 0 && part.max == kNone;
      if (is_any) found.nodes.clear();  // whatever else it may be stands in some text
      language = Dfa::intersection(language, without, document_.making());
      if (part.min != 0 || part.max != kNone) {
        if (part.min > kMaxBareLength || (part.max != kNone && part.max > kMaxBareLength))
          document_.unsupported(schema, "maxLength", "above 2000 for a string without quotes");
        language = Dfa::intersection(language, Dfa::lengths(part.min, part.max), document_.making());
      }
      if (!language.empty()) nodes.push_back(program_.add({Op::kText, add_language(std::move(language)), 0, end()}));
    }
  }
  nodes.insert(nodes.end(), found.nodes.begin(), found.nodes.end());
  const RuleId rule = add_rule("a value");
  program_.rules[rule].start = program_.add_split(nodes);
  return rule;
}

}  // namespace vitrine::schema
