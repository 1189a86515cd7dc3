#include "data/tool_calls/typed_arguments.h"

#include <nlohmann/json.hpp>

#include "data/conversation.h"

namespace vitrine::data {
namespace {

enum ArgumentType : uint32_t {
  kString = 1,
  kNumber = 2,
  kBoolean = 4,
  kNull = 8,
  kObject = 16,
  kArray = 32,
  kAny = 63
};
constexpr int kMaxChoiceDepth = 8;    // of anyOf within anyOf
constexpr int kMaxTypeSteps = 1'000;  // schemas that are looked at for one parameter

uint32_t named_type(const nlohmann::json& name) {
  if (name == "string") return kString;
  if (name == "integer" || name == "number") return kNumber;
  if (name == "boolean") return kBoolean;
  if (name == "null") return kNull;
  if (name == "object") return kObject;
  return name == "array" ? kArray : kAny;
}

uint32_t type_of(const nlohmann::json& value) {
  if (value.is_string()) return kString;
  if (value.is_number()) return kNumber;
  if (value.is_boolean()) return kBoolean;
  if (value.is_null()) return kNull;
  return value.is_object() ? kObject : kArray;
}

/// What a reference within a schema leads to; null where it leads elsewhere, or nowhere.
const nlohmann::json* referred(const nlohmann::json& reference, const nlohmann::json& root) {
  if (!reference.is_string() || !reference.get_ref<const std::string&>().starts_with('#')) return nullptr;
  try {
    const nlohmann::json::json_pointer pointer(reference.get_ref<const std::string&>().substr(1));
    return root.contains(pointer) ? &root.at(pointer) : nullptr;
  } catch (const nlohmann::json::exception&) {
    return nullptr;
  }
}

/// The types that a schema allows, as far as it says so in plain words. `steps` bounds the work.
uint32_t types_of(const nlohmann::json& schema, const nlohmann::json& root, int& steps, int depth = 0) {
  if (!schema.is_object() || depth > kMaxChoiceDepth || --steps < 0) return kAny;
  uint32_t types = kAny;
  const auto narrow = [&](uint32_t more) { types &= more == 0 ? uint32_t{kAny} : more; };
  if (const auto type = schema.find("type"); type != schema.end()) {
    uint32_t named = type->is_array() ? 0 : named_type(*type);
    if (type->is_array())
      for (const nlohmann::json& name : *type) named |= named_type(name);
    narrow(named);
  }
  if (const auto values = schema.find("enum"); values != schema.end() && values->is_array()) {
    uint32_t listed = 0;
    for (const nlohmann::json& value : *values) listed |= type_of(value);
    narrow(listed);
  }
  if (const auto value = schema.find("const"); value != schema.end()) narrow(type_of(*value));
  for (const char* key : {"anyOf", "oneOf"}) {
    uint32_t chosen = 0;
    if (const auto choices = schema.find(key); choices != schema.end() && choices->is_array())
      for (const nlohmann::json& choice : *choices) chosen |= types_of(choice, root, steps, depth + 1);
    narrow(chosen);
  }
  if (const auto all = schema.find("allOf"); all != schema.end() && all->is_array())
    for (const nlohmann::json& part : *all) narrow(types_of(part, root, steps, depth + 1));
  if (const auto reference = schema.find("$ref"); reference != schema.end())
    if (const nlohmann::json* target = referred(*reference, root)) narrow(types_of(*target, root, steps, depth + 1));
  return types == 0 ? kAny : types;
}

std::string quoted(std::string_view text) {
  std::string json_text;
  append_json_string(json_text, text);
  return json_text;
}

/// The JSON that a text means where these types are allowed.
std::string json_of(std::string_view text, uint32_t types) {
  if (types == kString) return quoted(text);
  if ((types & kBoolean) != 0 && (text == "True" || text == "False")) return text == "True" ? "true" : "false";
  if ((types & kNull) != 0 && text == "None") return "null";
  const nlohmann::json value = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const bool is_other = !value.is_discarded() && !value.is_string();
  return is_other && (types & type_of(value)) != 0 ? std::string(text) : quoted(text);
}

}  // namespace

TypedArguments::TypedArguments(std::string_view tools_json, std::string_view tool) {
  const nlohmann::json tools = nlohmann::json::parse(tools_json, nullptr, /*allow_exceptions=*/false);
  if (!tools.is_array()) return;
  for (const nlohmann::json& entry : tools) {
    const nlohmann::json* function = &entry;
    if (entry.is_object() && entry.contains("function")) function = &entry["function"];
    if (!function->is_object() || function->value("name", nlohmann::json()) != tool) continue;
    const nlohmann::json parameters = function->value("parameters", nlohmann::json());
    if (!parameters.is_object()) return;
    const nlohmann::json properties = parameters.value("properties", nlohmann::json());
    if (!properties.is_object()) return;
    for (const auto& [name, schema] : properties.items()) {
      int steps = kMaxTypeSteps;
      types_[name] = types_of(schema, parameters, steps);
    }
    return;
  }
}

bool TypedArguments::add(std::string_view name, std::string_view text) {
  if (name.empty() || !seen_.emplace(name, true).second) return false;
  const auto types = types_.find(name);
  if (!members_.empty()) members_ += ", ";
  members_ += quoted(name) + ": " + json_of(text, types == types_.end() ? uint32_t{kAny} : types->second);
  return true;
}

}  // namespace vitrine::data
