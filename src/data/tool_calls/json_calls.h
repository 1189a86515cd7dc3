// Calls that are written as JSON: what the forms share.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "data/conversation.h"

namespace vitrine::data {

inline constexpr std::string_view kJsonWhiteSpace = " \t\r\n";

/// What a call may have beside its name and its arguments.
struct JsonCallExtras {
  bool id = false;    ///< "id": a text
  bool type = false;  ///< "type": "function"
};

/// Reads `{"name": …, "arguments": {…}}` (or "parameters") with nothing else in it; the arguments keep their bytes.
std::optional<ToolCallPart> parse_tool_call(std::string_view json, const JsonCallExtras& extras = {});

/// Reads a JSON list of such calls with nothing else in it. Empty where one of them is none.
std::vector<ToolCallPart> parse_tool_call_list(std::string_view json, const JsonCallExtras& extras = {});

/// Reads such calls one after another, with white space, commas or semicolons between them. Empty where something else
/// stands there.
std::vector<ToolCallPart> parse_tool_calls(std::string_view text, const JsonCallExtras& extras = {});

/// Returns the length of the JSON object or list that a text begins with, up to its closing bracket; 0 where it has
/// none. What is between the brackets is not checked.
size_t json_value_bytes(std::string_view text);

/// Tells whether a text may go on to be a call that is written as an object: it begins as one does.
bool may_begin_json_call(std::string_view text);

}  // namespace vitrine::data
