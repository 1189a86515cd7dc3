// A tool that the talking model can call: it describes itself, takes JSON text and gives text back.
#pragma once

#include <string>
#include <string_view>

namespace vitrine::tools {

/// What a call gave. A failed call is a result too: its text tells the model what was wrong.
struct ToolResult {
  bool ok = false;
  std::string text;
};

/// One tool. All its texts live as long as the program.
struct Tool {
  std::string_view name;         ///< snake_case
  std::string_view description;  ///< for the model: what it does, and when to call it
  std::string_view parameters;   ///< JSON schema of the arguments, an object
  /// Runs the tool on a JSON object. Errors: none; whatever is wrong is a result with ok = false.
  /// Threads: safe.
  ToolResult (*call)(std::string_view arguments);
};

}  // namespace vitrine::tools
