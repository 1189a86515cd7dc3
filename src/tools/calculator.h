// The calculator as a tool: exact arithmetic and units, by exact/expression.h.
#pragma once

#include <string_view>

#include "tools/tool.h"

namespace vitrine::tools {

inline constexpr std::string_view kCalculatorName = "calculator";
inline constexpr std::string_view kCalculatorDescription =
    "Computes an arithmetic expression exactly, with units where there are any. Call it for every sum, comparison or "
    "conversion. Examples: 12 + 7; 7 / 2; 20% of 50; 3/4 > 2/3; 5 km in m; 2 hours + 30 minutes in minutes; sqrt(144).";
inline constexpr std::string_view kCalculatorParameters =
    R"({"type":"object","properties":{"expression":{"type":"string","description":"the expression to compute"}},)"
    R"("required":["expression"],"additionalProperties":false})";

/// Computes {"expression": "12 + 7"} and gives "19". Errors: none; whatever is wrong is a result with ok = false.
ToolResult call_calculator(std::string_view arguments);

}  // namespace vitrine::tools
