#include "serve/tool_schema.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "serve/json_writer.h"

namespace vitrine::serve {
namespace {

bool is_one_of(std::string_view key, std::initializer_list<std::string_view> keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

/// Has the references within a schema lead to where it is moved: pointers to below `place`, anchors to the tool's own.
class Mover {
 public:
  Mover(std::string place, std::string tool, std::string_view id)
      : place_(std::move(place)), tool_(std::move(tool)), id_(id.substr(0, id.find('#'))) {}

  void move(JsonValue& schema) const {
    for (schema::JsonMember& member : schema.members) {
      const std::string& key = member.first;
      if (is_one_of(key, {"enum", "const", "default", "example", "examples"})) continue;  // data, not schemas
      if (is_one_of(key, {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"}))
        for (schema::JsonMember& named : member.second.members) move(named.second);
      else if (key == "$ref" && member.second.is(JsonKind::kString))
        member.second.string = moved(member.second.string);
      else if (key == "$anchor" && member.second.is(JsonKind::kString))
        member.second.string += "-" + tool_;
      else
        move(member.second);
    }
    for (JsonValue& item : schema.items) move(item);
  }

 private:
  std::string moved(std::string_view reference) const {
    if (!id_.empty() && reference.starts_with(id_)) reference.remove_prefix(id_.size());
    if (reference.empty() || reference == "#") return "#" + place_;
    if (reference.starts_with("#/")) return fmt::format("#{}{}", place_, reference.substr(1));
    return reference.starts_with('#') ? fmt::format("{}-{}", reference, tool_) : std::string(reference);
  }

  std::string place_, tool_, id_;
};

std::string moved(const ToolSpec& tool, std::string place) {
  JsonValue schema = schema::parse_json(tool.parameters, "tools");
  const JsonValue* const id = schema.find("$id");
  Mover(std::move(place), tool.name, id && id->is(JsonKind::kString) ? id->string : "").move(schema);
  return schema::json_to_text(schema);
}

void require_object(const Fields& tool, std::string_view key, const JsonValue& schema) {
  const JsonValue* const type = schema.find("type");
  if (!type) return;
  const auto is_object = [](const JsonValue& each) { return each.is(JsonKind::kString) && each.string == "object"; };
  if (is_object(*type) || std::any_of(type->items.begin(), type->items.end(), is_object)) return;
  tool.fail(key, fmt::format("has to be the schema of an object (got the type {})",
                             excerpt(schema::json_to_text(*type), 80)));
}

}  // namespace

std::string read_parameters(const Fields& tool, std::string_view key, const std::string& name) {
  const auto parameters = tool.object(key);
  if (!parameters) return "";
  require_object(tool, key, parameters->value());
  ToolSpec spec{.name = name, .description = {}, .parameters = schema::json_to_text(parameters->value())};
  try {
    compiled_tool_schema(spec.parameters, /*is_compact=*/true);
    compiled_tool_schema(call_schema({spec}, {}), /*is_compact=*/true);
  } catch (const Error& error) {
    tool.fail(key,
              fmt::format("of the tool '{}' cannot be kept to: {}{}", name, error.message(),
                          error.hint().empty() ? "" : fmt::format(" ({})", error.hint())),
              "invalid_schema");
  }
  return spec.parameters;
}

std::string arguments_schema(const ToolSpec& tool, const std::string& place) {
  // Whatever a schema leaves open, arguments are an object.
  return fmt::format(R"({{"allOf":[{{"type":"object"}},{}]}})",
                     tool.parameters.empty() ? R"({"additionalProperties": false})" : moved(tool, place + "/allOf/1"));
}

std::string call_schema(const std::vector<ToolSpec>& tools, const CallSchemaForm& form) {
  JsonWriter json;
  if (form.is_list) {
    json.begin_object().field("type", "array").field("minItems", 1);
    if (form.max_calls > 0) json.field("maxItems", form.max_calls);
    json.key("items");
  }
  json.begin_object().key("anyOf").begin_array();
  for (size_t i = 0; i < tools.size(); ++i) {
    json.begin_object().field("type", "object").key("properties").begin_object();
    json.key("name").begin_object().field("const", tools[i].name).end_object().key(form.arguments_key);
    json.raw(arguments_schema(tools[i], fmt::format("{}{}/anyOf/{}/properties/{}", form.place,
                                                    form.is_list ? "/items" : "", i, form.arguments_key)));
    json.end_object().key("required").begin_array().value("name").value(form.arguments_key).end_array();
    json.field("additionalProperties", false).end_object();
  }
  json.end_array().end_object();
  if (form.is_list) json.end_object();
  return json.take();
}

schema::JsonSchemaOptions tool_schema_options(bool is_compact) {
  return {.compact = is_compact,
          .minimal_escapes = true,
          .plain_integers = true,
          .closed_objects = true,
          .ignore_unknown_formats = true,
          .ignore_unknown_keywords = true};
}

schema::Grammar compiled_tool_schema(const std::string& text, bool is_compact) {
  return schema::compile_json_schema(text, tool_schema_options(is_compact));
}

}  // namespace vitrine::serve
