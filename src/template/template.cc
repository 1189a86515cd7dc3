#include "template/template.h"

#include <algorithm>

#include "template/interpreter.h"
#include "template/parser.h"

namespace vitrine::templates {
namespace {

constexpr std::string_view kRoles[] = {"system",   "developer", "user",         "assistant",   "tool",
                                       "function", "model",     "tool_results", "environment", "ipython"};

Value with_trusted_role(const Value& message) {
  if (!message.is(Kind::kDict)) return message;
  std::vector<std::pair<Value, Value>> entries = message.dict().entries;
  for (auto& [key, value] : entries) {
    const bool is_role = key.is(Kind::kString) && key.bytes() == "role" && value.is(Kind::kString);
    if (is_role && std::ranges::find(kRoles, value.bytes()) != std::end(kRoles))
      value = Value::string(value.bytes(), Origin::kTemplate);
  }
  return Value::dict(std::move(entries));
}

}  // namespace

Template Template::parse(std::string_view source) {
  return Template(std::make_shared<const ParsedTemplate>(parse_template(source)));
}

Rendered Template::render(const Value& variables, const RenderOptions& options) const {
  return Interpreter(*parsed_, variables, options).run();
}

bool Template::mentions(std::string_view name) const {
  return std::ranges::find(parsed_->names, name) != parsed_->names.end();
}

Value with_trusted_roles(const Value& messages) {
  if (!messages.is(Kind::kList)) return messages;
  std::vector<Value> result;
  for (const Value& message : messages.list().items) result.push_back(with_trusted_role(message));
  return Value::list(std::move(result));
}

}  // namespace vitrine::templates
