#include "serve/call_grammar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "data/tool_calls/json_calls.h"
#include "schema/text_piece.h"
#include "serve/json_writer.h"

namespace vitrine::serve {
namespace {

using data::CallNotation;
using data::ToolCallForm;
using schema::TextPiece;
using Kind = TextPiece::Kind;

constexpr std::string_view kCallsPlace = "/$defs/calls";

/// What a schema may say of arguments that are written one by one: which there are, and what each is.
constexpr std::array<std::string_view, 14> kListing = {"type",        "properties",  "required", "additionalProperties",
                                                       "title",       "description", "default",  "$defs",
                                                       "definitions", "$schema",     "$id",      "$comment",
                                                       "examples",    "strict"};

TextPiece all_of(std::vector<TextPiece> parts) { return {.kind = Kind::kAll, .parts = std::move(parts)}; }
TextPiece one_of(std::vector<TextPiece> parts) { return {.kind = Kind::kOne, .parts = std::move(parts)}; }
TextPiece literal(std::string_view text) { return {.kind = Kind::kLiteral, .text = std::string(text)}; }

/// A line break or nothing: models like to go on with white space where any number of it may come.
TextPiece line_break() { return one_of({literal("\n"), all_of({})}); }

/// A text of a notation, in which a blank stands for a line break or nothing.
TextPiece notation_piece(std::string_view text) {
  TextPiece all = all_of({});
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) all.parts.push_back(literal(text.substr(0, end)));
    if (end < text.size()) all.parts.push_back(line_break());
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return all;
}

/// A key as a part of a reference.
std::string reference_part(std::string_view key) {
  std::string part;
  for (const char c : key) {
    if (c == '~')
      part += "~0";
    else if (c == '/')
      part += "~1";
    else if (c == '%')
      part += "%25";
    else
      part += c;
  }
  return part;
}

std::string tool_place(size_t number) { return fmt::format("/$defs/tool-{}", number); }

/// The arguments of a tool one by one, in the order of their schema.
TextPiece arguments_piece(const CallNotation& notation, const ToolSpec& tool, size_t number) {
  TextPiece all = all_of({});
  if (tool.parameters.empty()) return all;
  const JsonValue schema = schema::parse_json(tool.parameters, "tools");
  for (const schema::JsonMember& member : schema.members)
    if (std::ranges::find(kListing, member.first) == kListing.end())
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("tools: '{}' has '{}', which arguments that are written one by one are not kept to",
                              tool.name, excerpt(member.first)));
  const JsonValue* const properties = schema.find("properties");
  const JsonValue* const required = schema.find("required");
  if (required)
    for (const JsonValue& name : required->items)
      if (!properties || !properties->find(name.string))
        throw Error(ErrorCode::kUnsupported, fmt::format("tools: '{}' asks for '{}', and does not say what it is",
                                                         tool.name, excerpt(name.string)));
  if (!properties) return all;
  for (const schema::JsonMember& property : properties->members) {
    const std::string& key = property.first;
    if (key.empty() || key.find_first_of("<>\" \t\r\n") != std::string::npos)
      throw Error(ErrorCode::kUnsupported, fmt::format("tools: '{}' is no name for a tag", excerpt(key)));
    TextPiece argument =
        all_of({literal(notation.before_key),
                literal(key),
                notation_piece(notation.behind_key),
                {.kind = Kind::kBare,
                 .text = fmt::format("#{}/allOf/1/properties/{}", tool_place(number), reference_part(key)),
                 .stop = std::string(data::trimmed(notation.behind_value))},
                notation_piece(notation.behind_value)});
    const bool is_required = required && std::ranges::any_of(required->items, [&](const JsonValue& name) {
                               return name.is(JsonKind::kString) && name.string == key;
                             });
    all.parts.push_back(is_required ? std::move(argument) : one_of({std::move(argument), all_of({})}));
  }
  return all;
}

TextPiece notated_call(const CallNotation& notation, const ToolSpec& tool, size_t number) {
  const bool is_object = notation.before_key.empty();
  return all_of({notation_piece(notation.begin), literal(tool.name), notation_piece(notation.behind_name),
                 is_object ? TextPiece{.kind = Kind::kJson, .text = "#" + tool_place(number)}
                           : arguments_piece(notation, tool, number),
                 notation_piece(notation.end)});
}

/// The schemas that the pieces refer to.
std::string schemas(const ToolCallForm& form, const std::vector<ToolSpec>& tools, bool is_single) {
  JsonWriter json;
  json.begin_object().key("$defs").begin_object();
  if (form.json != ToolCallForm::Json::kNone)
    json.raw_field("calls", call_schema(tools, {.is_list = form.json == ToolCallForm::Json::kList,
                                                .max_calls = is_single ? 1 : 0,
                                                .arguments_key = form.arguments_key,
                                                .place = std::string(kCallsPlace)}));
  if (!form.notations.empty())
    for (size_t i = 0; i < tools.size(); ++i)
      json.raw_field(fmt::format("tool-{}", i), arguments_schema(tools[i], tool_place(i)));
  return json.end_object().end_object().take();
}

}  // namespace

bool has_call_grammar(const ToolCallForm& form) {
  return form.json != ToolCallForm::Json::kNone || !form.notations.empty();
}

schema::Grammar call_grammar(const ToolCallForm& form, const std::vector<ToolSpec>& tools, bool is_single,
                             bool is_compact) {
  if (!has_call_grammar(form))
    throw Error(ErrorCode::kUnsupported, fmt::format("tools: calls in the form '{}' cannot be kept to", form.name));
  const TextPiece space = is_compact ? all_of({}) : TextPiece{.kind = Kind::kSpace};
  std::vector<TextPiece> ways;
  const bool has_json = form.json != ToolCallForm::Json::kNone;
  if (has_json) ways.push_back({.kind = Kind::kJson, .text = "#" + std::string(kCallsPlace)});
  if (!has_json || !is_single)
    for (const CallNotation& notation : form.notations)
      for (size_t i = 0; i < tools.size(); ++i) ways.push_back(notated_call(notation, tools[i], i));
  const TextPiece call = one_of(std::move(ways));
  TextPiece all = all_of({space, call});
  if (form.takes_several && !is_single)
    all.parts.push_back(one_of({all_of({}), {.kind = Kind::kSome, .parts = {all_of({line_break(), call})}}}));
  all.parts.push_back(space);
  return schema::compile_text(all, schemas(form, tools, is_single), tool_schema_options(is_compact));
}

}  // namespace vitrine::serve
