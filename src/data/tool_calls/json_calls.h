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

/// Makes a call of a name that stands outside the JSON, and of a JSON object with nothing else behind it. Nothing where
/// the name is empty or not plain.
std::optional<ToolCallPart> named_call(std::string_view name, std::string_view arguments);

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

/// Tells whether a text begins with a JSON object that has not ended.
bool is_open_json_call(std::string_view text);

/// Returns a text without the white space around it.
std::string_view trimmed(std::string_view text);

/// Takes what is up to a mark off the front of `text`, the mark too. Nothing, and no change, where there is no such
/// mark.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view mark);

}  // namespace vitrine::data
