#include "tools/catalog.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/calculator.h"

namespace vitrine::tools {
namespace {

constexpr Tool kTools[] = {
    {kCalculatorName, kCalculatorDescription, kCalculatorParameters, call_calculator},
};

}  // namespace

std::span<const Tool> tool_catalog() { return kTools; }

const Tool* find_tool(std::string_view name) {
  const auto found = std::ranges::find(kTools, name, &Tool::name);
  return found == std::end(kTools) ? nullptr : found;
}

ToolResult call_tool(std::string_view name, std::string_view arguments) {
  if (const Tool* tool = find_tool(name)) return tool->call(arguments);
  std::string known;
  for (const Tool& tool : kTools) known += fmt::format("{}{}", known.empty() ? "" : ", ", tool.name);
  return {.ok = false, .text = fmt::format("error: there is no such tool (expected one of: {})", known)};
}

}  // namespace vitrine::tools
