#include "serve/answer_constraint.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "serve/api_error.h"
#include "serve/chat_request.h"

namespace vitrine::serve {
namespace {

struct Member {
  std::string_view name;
  ConstraintKind kind;
};

/// As llama-server names them, and as vLLM does.
constexpr Member kMembers[] = {
    {"grammar", ConstraintKind::kGrammar},        {"regex", ConstraintKind::kRegex},
    {"json_schema", ConstraintKind::kJsonSchema}, {"guided_grammar", ConstraintKind::kGrammar},
    {"guided_regex", ConstraintKind::kRegex},     {"guided_json", ConstraintKind::kJsonSchema}};

constexpr std::string_view kSpellings[] = {"compact_json", "any_key_order"};

std::string schema_text(const Fields& body, std::string_view name, const JsonValue& value) {
  if (value.is(JsonKind::kString)) return value.string;
  if (!value.is(JsonKind::kObject) && !value.is(JsonKind::kTrue) && !value.is(JsonKind::kFalse))
    body.fail(name, fmt::format("has to be a JSON schema, or one as a string (got {})", kind_name(value)),
              "invalid_type");
  return schema::json_to_text(value);
}

std::optional<AnswerConstraint> read_member(const Fields& body, const Member& member) {
  const JsonValue* const value = body.find(member.name);
  if (!value) return std::nullopt;
  AnswerConstraint constraint{.kind = member.kind, .param = body.path_of(member.name)};
  constraint.text =
      member.kind == ConstraintKind::kJsonSchema ? schema_text(body, member.name, *value) : *body.text(member.name);
  return constraint;
}

void refuse_others(const Fields& body) {
  for (const std::string_view name : refused_constraints())
    if (body.has(name))
      body.fail(name, "is not offered: what an answer has to be is said by 'grammar', 'regex' or 'json_schema'",
                "unsupported_parameter");
}

void read_spelling(const Fields& body, std::optional<AnswerConstraint>& constraint) {
  const auto is_compact = body.boolean("compact_json"), any_key_order = body.boolean("any_key_order");
  const bool is_json = constraint && constraint->kind == ConstraintKind::kJsonSchema;
  for (const std::string_view name : kSpellings)
    if (body.has(name) && !is_json) body.fail(name, "goes with a JSON schema of the answer, and there is none");
  if (!is_json) return;
  constraint->is_compact = is_compact.value_or(true);
  constraint->any_key_order = any_key_order.value_or(false);
}

schema::Grammar compiled(const AnswerConstraint& constraint) {
  if (constraint.kind == ConstraintKind::kRegex) return schema::compile_regex(constraint.text);
  if (constraint.kind == ConstraintKind::kGrammar) return schema::compile_gbnf(constraint.text);
  return schema::compile_json_schema(constraint.text, {.compact = constraint.is_compact,
                                                       .any_key_order = constraint.any_key_order,
                                                       .minimal_escapes = constraint.is_compact,
                                                       .plain_integers = constraint.is_compact});
}

std::string_view error_code(ConstraintKind kind) {
  return kind == ConstraintKind::kRegex     ? "invalid_regex"
         : kind == ConstraintKind::kGrammar ? "invalid_grammar"
                                            : "invalid_schema";
}

}  // namespace

AnswerConstraint json_format(std::string param, const JsonValue* schema) {
  return {.param = std::move(param),
          .text = schema ? schema::json_to_text(*schema) : R"({"type": "object"})",
          .is_format = true};
}

std::optional<AnswerConstraint> read_response_format(const Fields& body) {
  const auto format = body.object("response_format");
  if (!format) return std::nullopt;
  const std::string type = format->required_text("type");
  if (type == "text") return std::nullopt;
  if (type == "json_object") return json_format(format->path());
  if (type != "json_schema")
    format->fail("type",
                 fmt::format("is unknown (got '{}', expected text, json_object or json_schema)", excerpt(type)));
  const auto wrapper = format->object("json_schema");
  if (!wrapper) format->required("json_schema", "an object");
  require_name(*wrapper, "name", wrapper->required_text("name"));
  const auto schema = wrapper->object("schema");
  return json_format(format->path(), schema ? &schema->value() : nullptr);
}

std::optional<AnswerConstraint> read_constraint(const Fields& body, std::optional<AnswerConstraint> format) {
  refuse_others(body);
  std::optional<AnswerConstraint> only = std::move(format);
  for (const Member& member : kMembers) {
    std::optional<AnswerConstraint> constraint = read_member(body, member);
    if (!constraint) continue;
    if (only) body.fail(member.name, fmt::format("and '{}' exclude one another: give one of them", only->param));
    only = std::move(constraint);
  }
  read_spelling(body, only);
  return only;
}

void refuse_constraints(const Fields& body) {
  const auto refuse = [&](std::string_view name) {
    if (body.has(name)) body.fail(name, "is not offered in this API", "unsupported_parameter");
  };
  for (const Member& member : kMembers) refuse(member.name);
  for (const std::string_view name : kSpellings) refuse(name);
  for (const std::string_view name : refused_constraints()) refuse(name);
}

std::vector<std::string_view> offered_constraints(ConstraintKind kind) {
  std::vector<std::string_view> names;
  for (const Member& member : kMembers)
    if (member.kind == kind) names.push_back(member.name);
  return names;
}

const std::vector<std::string_view>& refused_constraints() {
  static const std::vector<std::string_view> kRefused{
      "structured_outputs", "structural_tag",   "guided_choice", "guided_whitespace_pattern",
      "guided_decoding",    "grammar_triggers", "grammar_lazy",  "ebnf"};
  return kRefused;
}

schema::Grammar compiled_constraint(const AnswerConstraint& constraint) {
  try {
    return compiled(constraint);
  } catch (const Error& error) {
    throw bad_request(Error(error.code(), fmt::format("'{}': {}", constraint.param, error.message()), error.hint()),
                      constraint.param, error_code(constraint.kind));
  }
}

}  // namespace vitrine::serve
