// All tools there are. A new tool is one file and one line in catalog.cc.
#pragma once

#include <span>
#include <string_view>

#include "tools/tool.h"

namespace vitrine::tools {

/// Returns every tool, sorted by name.
std::span<const Tool> tool_catalog();

/// Returns the tool of this name, or nullptr.
const Tool* find_tool(std::string_view name);

/// Calls a tool by name; an unknown name gives a result with ok = false that lists the tools.
ToolResult call_tool(std::string_view name, std::string_view arguments);

}  // namespace vitrine::tools
