#include "data/conversation.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/error.h"

namespace vitrine::data {
namespace {

namespace dom = simdjson::dom;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::kCorruptData, "read conversation: " + what,
              "each line has to be one JSON object with \"text\" or \"messages\"");
}

std::string string_of(dom::element value, std::string_view name) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) refuse(fmt::format("'{}' is not a string", name));
  return std::string(text);
}

std::string string_field(dom::object object, std::string_view name) {
  dom::element value;
  if (object[name].get(value) != simdjson::SUCCESS) return "";
  return string_of(value, name);
}

Role role_from_name(const std::string& name) {
  for (const Role role : {Role::kSystem, Role::kUser, Role::kAssistant, Role::kTool}) {
    if (name == role_name(role)) return role;
  }
  refuse(fmt::format("unknown role (got '{}', expected system, user, assistant or tool)", excerpt(name)));
}

// Content is a string, null, or a list of {"type": "text", "text": ...}.
std::string content_text(dom::element content) {
  if (content.is_null()) return "";
  dom::array list;
  if (content.get(list) != simdjson::SUCCESS) return string_of(content, "content");
  std::string text;
  for (const dom::element entry : list) {
    dom::object part;
    if (entry.get(part) != simdjson::SUCCESS) refuse("a content part is not an object");
    if (const std::string type = string_field(part, "type"); type != "text") {
      refuse(fmt::format("unsupported content part (got '{}', expected text)", excerpt(type)));
    }
    text += string_field(part, "text");
  }
  return text;
}

/// A text of JSON, or the object itself.
std::string arguments_of(dom::object function) {
  dom::object arguments;
  if (function["arguments"].get(arguments) == simdjson::SUCCESS) return simdjson::minify(arguments);
  return string_field(function, "arguments");
}

ToolCallPart read_tool_call(dom::element entry) {
  dom::object call, function;
  if (entry.get(call) != simdjson::SUCCESS || call["function"].get(function) != simdjson::SUCCESS) {
    refuse("a tool call has no 'function' object");
  }
  ToolCallPart part{string_field(function, "name"), arguments_of(function), string_field(call, "id")};
  if (part.name.empty()) refuse("a tool call has no function name");
  return part;
}

Message read_message(dom::element entry) {
  dom::object object;
  if (entry.get(object) != simdjson::SUCCESS) refuse("a message is not an object");
  Message message;
  message.role = role_from_name(string_field(object, "role"));
  if (std::string thought = string_field(object, "reasoning_content"); !thought.empty()) {
    if (message.role != Role::kAssistant) refuse("only the assistant has 'reasoning_content'");
    message.parts.push_back(ReasoningPart{std::move(thought)});
  }
  dom::element content, calls;
  std::string text;
  if (object["content"].get(content) == simdjson::SUCCESS) text = content_text(content);
  if (message.role == Role::kTool) {
    message.parts.push_back(ToolResultPart{std::move(text), string_field(object, "tool_call_id")});
  } else if (!text.empty()) {
    message.parts.push_back(TextPart{std::move(text)});
  }
  if (object["tool_calls"].get(calls) == simdjson::SUCCESS && !calls.is_null()) {
    dom::array list;
    if (calls.get(list) != simdjson::SUCCESS) refuse("'tool_calls' is not a list");
    if (message.role != Role::kAssistant) refuse("only the assistant calls tools");
    for (const dom::element call : list) message.parts.push_back(read_tool_call(call));
  }
  return message;
}

void append_message(std::string& out, const Message& message) {
  std::string text, thought, calls, call_id;
  for (const Part& part : message.parts) {
    if (const auto* said = std::get_if<TextPart>(&part)) {
      text += said->text;
    } else if (const auto* idea = std::get_if<ReasoningPart>(&part)) {
      thought += idea->text;
    } else if (const auto* result = std::get_if<ToolResultPart>(&part)) {
      text += result->text;
      call_id = result->call_id;
    } else if (const auto* call = std::get_if<ToolCallPart>(&part)) {
      calls += calls.empty() ? "{" : ", {";
      if (!call->id.empty()) append_json_string(calls += "\"id\": ", call->id), calls += ", ";
      append_json_string(calls += "\"type\": \"function\", \"function\": {\"name\": ", call->name);
      append_json_string(calls += ", \"arguments\": ", call->arguments);
      calls += "}}";
    }
  }
  append_json_string(out += "{\"role\": ", role_name(message.role));
  if (!thought.empty()) append_json_string(out += ", \"reasoning_content\": ", thought);
  append_json_string(out += ", \"content\": ", text);
  if (!calls.empty()) out += ", \"tool_calls\": [" + calls + "]";
  if (!call_id.empty()) append_json_string(out += ", \"tool_call_id\": ", call_id);
  out += '}';
}

}  // namespace

std::string_view role_name(Role role) {
  switch (role) {
    case Role::kSystem:
      return "system";
    case Role::kUser:
      return "user";
    case Role::kAssistant:
      return "assistant";
    case Role::kTool:
      return "tool";
  }
  return "unknown";
}

std::string Message::text() const {
  std::string out;
  for (const Part& part : parts) {
    if (const auto* said = std::get_if<TextPart>(&part)) out += said->text;
    if (const auto* result = std::get_if<ToolResultPart>(&part)) out += result->text;
  }
  return out;
}

Message text_message(Role role, std::string text) {
  Message message{role, {}};
  if (role == Role::kTool) {
    message.parts.push_back(ToolResultPart{std::move(text)});
  } else {
    message.parts.push_back(TextPart{std::move(text)});
  }
  return message;
}

Message tool_call_message(std::string name, std::string arguments) {
  return {Role::kAssistant, {ToolCallPart{std::move(name), std::move(arguments)}}};
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

std::string to_json_line(const Document& document) {
  std::string out;
  out.reserve(document.text.size() + 256);
  append_json_string(out += "{\"kind\": ", document.kind);
  if (!document.is_conversation()) {
    append_json_string(out += ", \"text\": ", document.text);
    return out += '}';
  }
  out += ", \"messages\": [";
  for (size_t i = 0; i < document.messages.size(); ++i) {
    if (i > 0) out += ", ";
    append_message(out, document.messages[i]);
  }
  return out += "]}";
}

Document from_json_line(std::string_view line) {
  static thread_local dom::parser parser;
  dom::element root;
  dom::object object;
  if (const auto code = parser.parse(line.data(), line.size()).get(root); code != simdjson::SUCCESS) {
    refuse(std::string("not valid JSON: ") + simdjson::error_message(code));
  }
  if (root.get(object) != simdjson::SUCCESS) refuse("not a JSON object");
  Document document;
  document.kind = string_field(object, "kind");
  dom::element text, messages;
  const bool has_text = object["text"].get(text) == simdjson::SUCCESS;
  const bool has_messages = object["messages"].get(messages) == simdjson::SUCCESS;
  if (has_text == has_messages) refuse(has_text ? "both 'text' and 'messages'" : "neither 'text' nor 'messages'");
  if (has_text) {
    document.text = string_of(text, "text");
    return document;
  }
  dom::array list;
  if (messages.get(list) != simdjson::SUCCESS) refuse("'messages' is not a list");
  for (const dom::element entry : list) document.messages.push_back(read_message(entry));
  if (document.messages.empty()) refuse("'messages' is empty");
  return document;
}

}  // namespace vitrine::data
