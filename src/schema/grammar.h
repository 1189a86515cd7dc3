// What a model is to write, compiled: from a JSON Schema, a regular expression, or a GBNF grammar.
#pragma once

#include <memory>
#include <string_view>

namespace vitrine::schema {

struct Program;

struct JsonSchemaOptions {
  bool compact = false;            ///< no white space between the parts of a document; else any that JSON allows
  bool any_key_order = false;      ///< members in any order; else listed properties as the schema lists them, others last
  bool minimal_escapes = false;    ///< in strings only the escapes that JSON asks for; else every legal one
  bool closed_objects = false;     ///< an object without additionalProperties has no other members than those listed
  bool ignore_unknown_formats = false;   ///< an unknown `format` is an annotation; else it is refused
  bool ignore_unknown_keywords = false;  ///< an unknown keyword is an annotation; else it is refused
  int max_depth = 256;             ///< how deep documents may nest
};

/// A compiled grammar: one automaton over bytes. It does not change, and requests share it.
/// Threads: safe.
class Grammar {
 public:
  explicit Grammar(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
  const Program& program() const { return *program_; }

 private:
  std::shared_ptr<const Program> program_;
};

/// Compiles a schema of JSON Schema 2020-12 to the JSON texts that it allows. Fails closed: whatever in it is not kept to
/// is refused by name (keywords.h says which keywords are). Numbers are bounded by what a double holds.
/// Errors: kInvalidArgument for a broken schema or one that nothing satisfies, kUnsupported for what is refused.
Grammar compile_json_schema(std::string_view text, const JsonSchemaOptions& options = {});

/// Compiles a grammar of any JSON value.
Grammar compile_json(const JsonSchemaOptions& options = {});

/// Compiles a regular expression (ECMA-262's notation, see regex_syntax.h) that the whole text must match.
/// Errors: as parse_regex(), and kUnsupported where it needs too many states.
Grammar compile_regex(std::string_view pattern);

/// Compiles a grammar in llama.cpp's GBNF notation; its rule `root` is what is written.
/// Errors: kInvalidArgument for a broken grammar, undefined rules, left recursion, a root without an end; kUnsupported
/// where it is too large.
Grammar compile_gbnf(std::string_view text);

}  // namespace vitrine::schema
