#include "data/template_variables.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "template/json.h"

namespace vitrine::data {
namespace {

using templates::Value;

constexpr size_t kMaxVariables = 32;
constexpr size_t kMaxNameBytes = 64;
constexpr size_t kMaxValueBytes = 1 << 20;  // of all together

/// What the conversation gives, and what transformers takes for itself.
constexpr std::array<std::string_view, 7> kTaken = {
    "messages", "tools", "add_generation_prompt", "bos_token", "eos_token", "chat_template", "tokenize"};

[[noreturn]] void refuse_variable(const std::string& name, const std::string& what, const std::string& hint = {}) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("template variable '{}': {}", excerpt(name), what), hint);
}

bool is_identifier(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && name.size() <= kMaxNameBytes && is_letter(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

Value value_of(const TemplateVariable& variable) {
  try {
    return templates::value_from_json(variable.json);
  } catch (const Error& error) {
    refuse_variable(variable.name, error.message(), "a text stands in quotes: '\"like this\"'");
  }
}

}  // namespace

void check_template_variables(std::span<const TemplateVariable> variables) { template_values(variables); }

std::vector<std::pair<Value, Value>> template_values(std::span<const TemplateVariable> variables) {
  if (variables.size() > kMaxVariables)
    throw Error(ErrorCode::kInvalidArgument, fmt::format("template variables: too many (got {}, expected at most {})",
                                                         variables.size(), kMaxVariables));
  std::vector<std::pair<Value, Value>> values;
  size_t bytes = 0;
  for (const TemplateVariable& variable : variables) {
    const std::string& name = variable.name;
    if (!is_identifier(name))
      refuse_variable(
          name, fmt::format("no name (expected a letter, then letters, digits and _, at most {})", kMaxNameBytes));
    if (std::ranges::find(kTaken, name) != kTaken.end())
      refuse_variable(name, "the conversation gives it, or it is not for a template");
    if (std::ranges::count(variables, name, &TemplateVariable::name) > 1) refuse_variable(name, "it stands twice");
    bytes += variable.json.size();
    if (bytes > kMaxValueBytes)
      refuse_variable(name, fmt::format("the values are too long (expected at most {} bytes in all)", kMaxValueBytes));
    values.emplace_back(Value::string(name, templates::Origin::kTemplate), value_of(variable));
  }
  return values;
}

}  // namespace vitrine::data
