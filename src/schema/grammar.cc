#include "schema/grammar.h"

#include "schema/json_grammar.h"
#include "schema/program.h"
#include "schema/regex_syntax.h"
#include "schema/text_piece.h"

namespace vitrine::schema {

Grammar compile_json_schema(std::string_view text, const JsonSchemaOptions& options) {
  SchemaDocument document(text, options, "json schema");
  return Grammar(std::make_shared<const Program>(JsonGrammar(document, options).compile()));
}

Grammar compile_text(const TextPiece& piece, std::string_view schema, const JsonSchemaOptions& options) {
  SchemaDocument document(schema, options, "json schema");
  return Grammar(std::make_shared<const Program>(JsonGrammar(document, options).compile(piece)));
}

Grammar compile_json(const JsonSchemaOptions& options) { return compile_json_schema("true", options); }

Grammar compile_regex(std::string_view pattern) {
  Program program;
  program.languages.push_back(Dfa::from_regex(parse_regex(pattern, "regex"), false, "regex"));
  const NodeId end = program.add({Node::Op::kEnd});
  program.rules.push_back({"the pattern", program.add({Node::Op::kText, 0, 0, end})});
  program.finish("regex", "look for ^ and $ that text stands before or behind, and for classes without a character");
  return Grammar(std::make_shared<const Program>(std::move(program)));
}

}  // namespace vitrine::schema
