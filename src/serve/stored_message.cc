// Messages between the store, the page and the model.
#include <fmt/format.h>

#include "base/error.h"
#include "serve/answers.h"
#include "serve/json_reader.h"
#include "serve/json_writer.h"

namespace vitrine::serve {
namespace {

using data::Message;
using data::Role;

std::string string_of(const JsonValue& part, std::string_view key) {
  const JsonValue* const value = part.find(key);
  return value && value->is(JsonKind::kString) ? value->string : std::string();
}

Message user_message(const std::vector<JsonValue>& parts) {
  std::string text;
  for (const JsonValue& part : parts) {
    if (!text.empty()) text += "\n\n";
    if (string_of(part, "type") == "attachment")
      text += fmt::format("{}:\n```\n{}\n```", string_of(part, "name"), string_of(part, "text"));
    else
      text += string_of(part, "text");
  }
  return data::text_message(Role::kUser, std::move(text));
}

void add_assistant(const std::vector<JsonValue>& parts, std::vector<Message>& out) {
  Message message{Role::kAssistant, {}};
  for (const JsonValue& part : parts) {
    const std::string type = string_of(part, "type");
    if (type == "tool_result") {
      if (!message.parts.empty()) out.push_back(std::move(message));
      message = {Role::kAssistant, {}};
      out.push_back({Role::kTool, {data::ToolResultPart{string_of(part, "text"), string_of(part, "call_id")}}});
    } else if (type == "text") {
      message.parts.push_back(data::TextPart{string_of(part, "text")});
    } else if (type == "reasoning") {
      message.parts.push_back(data::ReasoningPart{string_of(part, "text")});
    } else if (type == "tool_call") {
      message.parts.push_back(
          data::ToolCallPart{string_of(part, "name"), string_of(part, "arguments"), string_of(part, "id")});
    }
  }
  if (message.parts.empty()) message.parts.push_back(data::TextPart{});
  out.push_back(std::move(message));
}

void optional_field(JsonWriter& json, std::string_view name, const std::optional<int64_t>& value) {
  if (value)
    json.field(name, *value);
  else
    json.null_field(name);
}

}  // namespace

std::vector<Message> chat_messages(const std::string& system_prompt, const std::vector<store::StoredMessage>& path) {
  std::vector<Message> messages;
  if (!system_prompt.empty()) messages.push_back(data::text_message(Role::kSystem, system_prompt));
  for (const store::StoredMessage& stored : path) {
    const JsonValue parts = schema::parse_json(stored.parts, "message", kMaxJsonDepth, schema::RepeatedKeys::kLastWins);
    if (stored.role == "user")
      messages.push_back(user_message(parts.items));
    else
      add_assistant(parts.items, messages);
  }
  return messages;
}

std::string message_json(const store::StoredMessage& m) {
  JsonWriter json;
  json.begin_object().field("id", m.id).field("conversation_id", m.conversation_id);
  json.key("parent_id").text_or_null(m.parent_id).field("role", m.role).raw_field("parts", m.parts);
  json.field("state", m.state).key("stop_reason").text_or_null(m.stop_reason).key("error").text_or_null(m.error);
  json.key("model")
      .text_or_null(m.model)
      .key("model_hash")
      .text_or_null(m.model_hash)
      .raw_field("settings", m.settings);
  optional_field(json, "seed", m.seed);
  json.field("dropped_turns", m.dropped_turns).key("usage");
  if (m.usage)
    json.begin_object()
        .field("prompt_tokens", m.usage->prompt_tokens)
        .field("cached_tokens", m.usage->cached_tokens)
        .field("completion_tokens", m.usage->completion_tokens)
        .field("reasoning_tokens", m.usage->reasoning_tokens)
        .end_object();
  else
    json.null();
  optional_field(json, "milliseconds", m.milliseconds);
  optional_field(json, "first_token_milliseconds", m.first_token_milliseconds);
  json.key("edited_from").text_or_null(m.edited_from).field("created", m.created).key("feedback").begin_object();
  optional_field(json, "thumb", m.thumb == 0 ? std::nullopt : std::optional(m.thumb));
  json.raw_field("reasons", m.reasons).field("note", m.note).field("flagged", m.is_flagged).end_object();
  return json.end_object().take();
}

}  // namespace vitrine::serve
