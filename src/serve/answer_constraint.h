// What the words of an answer have to be, as a request asks for it: JSON, a regular expression, or a grammar.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/grammar.h"
#include "serve/json_reader.h"

namespace vitrine::serve {

enum class ConstraintKind { kJsonSchema, kRegex, kGrammar };

struct AnswerConstraint {
  ConstraintKind kind = ConstraintKind::kJsonSchema;
  std::string param;           ///< the member of the request that asks for it
  std::string text;            ///< the schema, the expression, or the grammar in GBNF notation
  bool is_compact = true;      ///< of JSON: the plainest spelling; else any that JSON allows
  bool any_key_order = false;  ///< of JSON: members in any order; else listed properties as the schema lists them
  bool is_format = false;      ///< OpenAI's own member, which stands beside a call that is asked for
};

/// JSON of that schema, which is an object itself, as OpenAI's members ask for it; any object without a schema.
AnswerConstraint json_format(std::string param, const JsonValue* schema = nullptr);

/// "response_format", as chats have it. Errors: ApiError 400.
std::optional<AnswerConstraint> read_response_format(const Fields& body);

/// The one constraint of a body, which may be its format, and how its JSON is spelled. Errors: ApiError 400 for two at
/// once, and for those that other servers offer and this one does not.
std::optional<AnswerConstraint> read_constraint(const Fields& body, std::optional<AnswerConstraint> format);

/// Refuses all of them, for an API that has none. Errors: ApiError 400.
void refuse_constraints(const Fields& body);

/// The members that read_constraint() reads, beside those that say how JSON is spelled, and those that it refuses.
std::vector<std::string_view> offered_constraints(ConstraintKind kind);
const std::vector<std::string_view>& refused_constraints();

/// Errors: ApiError 400 with the constraint's member as `param`; the message says at which place it is wrong.
schema::Grammar compiled_constraint(const AnswerConstraint& constraint);

}  // namespace vitrine::serve
