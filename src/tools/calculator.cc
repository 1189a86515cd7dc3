#include "tools/calculator.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "exact/expression.h"

namespace vitrine::tools {
namespace {

/// More than any expression needs, even where every byte is escaped.
constexpr size_t kMaxArgumentBytes = 64 * 1024;

/// An expression the model wrote wrongly is an expected outcome, so it becomes text for the model.
ToolResult failure(std::string_view message, std::string_view hint) {
  return {.ok = false, .text = fmt::format("error: {}. {}.", message, hint)};
}

constexpr std::string_view kHint = R"(call it with one string, as in {"expression": "12 + 7"})";

}  // namespace

ToolResult call_calculator(std::string_view arguments) {
  if (arguments.size() > kMaxArgumentBytes) return failure("calculator: the arguments are too long", kHint);
  const auto json = nlohmann::json::parse(arguments.begin(), arguments.end(), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return failure("calculator: the arguments are not valid JSON", kHint);
  if (!json.is_object()) {
    return failure(fmt::format("calculator: the arguments must be an object (got {})", json.type_name()), kHint);
  }
  const auto expression = json.find("expression");
  if (expression == json.end()) return failure("calculator: the argument 'expression' is missing", kHint);
  if (!expression->is_string()) {
    const std::string_view type = expression->type_name();
    return failure(fmt::format("calculator: 'expression' must be a string (got {})", type), kHint);
  }
  if (json.size() != 1) return failure("calculator: there are arguments beside 'expression'", kHint);
  try {
    return {.ok = true, .text = exact::evaluate(expression->get_ref<const std::string&>()).to_text()};
  } catch (const Error& error) {
    return failure(error.message(), error.hint());
  } catch (const std::bad_alloc&) {
    return failure("calculator: out of memory", "use smaller numbers");
  }
}

}  // namespace vitrine::tools
