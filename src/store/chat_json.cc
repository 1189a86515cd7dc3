#include "store/chat_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace vitrine::store {
namespace {

using Json = nlohmann::ordered_json;

Json user_message(const Json& parts) {
  std::string text;
  for (const Json& part : parts) {
    const std::string type = part.value("type", "");
    if (!text.empty()) text += "\n\n";
    if (type == "attachment")
      text += fmt::format("{}:\n```\n{}\n```", part.value("name", ""), part.value("text", ""));
    else
      text += part.value("text", "");
  }
  return {{"role", "user"}, {"content", text}};
}

/// Words, calls and results in turn become an assistant's messages and those of tools. An answer that ended without a
/// word is an empty message: turns keep alternating, and what was thought of it counts.
void add_assistant(const Json& parts, bool is_done, Json& out) {
  if (parts.empty() && is_done) out.push_back({{"role", "assistant"}, {"content", ""}});
  Json message;
  const auto flush = [&] {
    if (!message.is_null()) out.push_back(std::exchange(message, Json()));
  };
  const auto begin = [&] {
    if (message.is_null()) message = {{"role", "assistant"}, {"content", ""}};
  };
  for (const Json& part : parts) {
    const std::string type = part.value("type", "");
    if (type == "tool_result") {
      flush();
      out.push_back({{"role", "tool"},
                     {"name", part.value("name", "")},
                     {"tool_call_id", part.value("call_id", "")},
                     {"content", part.value("text", "")}});
      continue;
    }
    begin();
    if (type == "text") message["content"] = message["content"].get<std::string>() + part.value("text", "");
    if (type == "reasoning")
      message["reasoning_content"] = message.value("reasoning_content", "") + part.value("text", "");
    if (type == "tool_call")
      message["tool_calls"].push_back(
          {{"id", part.value("id", "")},
           {"type", "function"},
           {"function", {{"name", part.value("name", "")}, {"arguments", part.value("arguments", "{}")}}}});
  }
  flush();
}

}  // namespace

std::string chat_messages_json(const std::string& system_prompt, const std::vector<StoredMessage>& path) {
  Json out = Json::array();
  if (!system_prompt.empty()) out.push_back({{"role", "system"}, {"content", system_prompt}});
  for (const StoredMessage& message : path) {
    const Json parts = Json::parse(message.parts, nullptr, false);
    if (!parts.is_array()) continue;
    if (message.role == "user")
      out.push_back(user_message(parts));
    else
      add_assistant(parts, message.state == "done", out);
  }
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace vitrine::store
