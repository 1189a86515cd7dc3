// Documents and conversations as they lie in JSONL: plain text, or messages made of typed parts.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vitrine::data {

/// Who speaks in a message.
enum class Role { kSystem, kUser, kAssistant, kTool };

/// Returns the lower-case name of a role, as it stands in JSON.
std::string_view role_name(Role role);

/// Words that are shown.
struct TextPart {
  std::string text;
  bool operator==(const TextPart&) const = default;
};

/// What the assistant thinks before it answers; `reasoning_content` in JSON.
struct ReasoningPart {
  std::string text;
  bool operator==(const ReasoningPart&) const = default;
};

/// A call of a tool by the assistant. `arguments` is JSON text, kept as the bytes that came.
struct ToolCallPart {
  std::string name;
  std::string arguments;
  std::string id = {};
  bool operator==(const ToolCallPart&) const = default;
};

/// What a tool returned. `call_id` names the call that it answers, where calls have names.
struct ToolResultPart {
  std::string text;
  std::string call_id = {};
  bool operator==(const ToolResultPart&) const = default;
};

using Part = std::variant<TextPart, ReasoningPart, ToolCallPart, ToolResultPart>;

/// One turn of a conversation: typed parts in the order in which they were said.
struct Message {
  Role role = Role::kUser;
  std::vector<Part> parts;

  /// Returns the text parts (of a tool message: the results), one after another.
  std::string text() const;
  bool operator==(const Message&) const = default;
};

/// Makes a message with one text part (role tool: one result).
Message text_message(Role role, std::string text);

/// Makes an assistant message that calls one tool.
Message tool_call_message(std::string name, std::string arguments);

/// One training document: `text`, or `messages` when it is a conversation. Never both.
struct Document {
  std::string kind;
  std::string text;
  std::vector<Message> messages;

  bool is_conversation() const { return !messages.empty(); }
  bool operator==(const Document&) const = default;
};

/// Writes a document as one line of JSON without the newline, messages in the shape of OpenAI's chat API.
/// The text has to be valid UTF-8.
std::string to_json_line(const Document& document);

/// Reads a document from one line of JSON. Unknown fields are ignored.
/// Errors: kCorruptData for what is not such a document (bad JSON, both or neither of text and messages, unknown role,
/// part that does not belong to its role).
Document from_json_line(std::string_view line);

/// Appends `text` as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace vitrine::data
