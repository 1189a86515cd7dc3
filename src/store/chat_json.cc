#include "store/chat_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

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

/// Ids of calls, none empty and none twice in a conversation: some models give none.
class CallIds {
 public:
  std::string of_call(const std::string& id) {
    const std::string given = id.empty() || used_.contains(id) ? fresh() : id;
    used_.insert(given);
    unanswered_.emplace_back(id, given);
    return given;
  }
  /// Of the first call with that id that has no result yet.
  std::string of_result(const std::string& id) {
    const auto found =
        std::find_if(unanswered_.begin(), unanswered_.end(), [&](const auto& each) { return each.first == id; });
    if (found == unanswered_.end()) return id.empty() ? fresh() : id;
    std::string given = found->second;
    unanswered_.erase(found);
    return given;
  }

 private:
  std::string fresh() {
    std::string id;
    do id = fmt::format("call_{}", ++count_);
    while (used_.contains(id));
    return id;
  }

  std::set<std::string> used_;
  std::vector<std::pair<std::string, std::string>> unanswered_;  // as stored, as given
  int count_ = 0;
};

/// As templates want them; what is no object stays a text.
Json arguments_of(const Json& part) {
  const std::string text = part.value("arguments", "{}");
  Json arguments = Json::parse(text, nullptr, false);
  return arguments.is_object() ? arguments : Json(text);
}

/// Words, calls and results in turn become an assistant's messages and those of tools. An answer that ended without a
/// word is an empty message: turns keep alternating, and what was thought of it counts.
void add_assistant(const Json& parts, bool is_done, CallIds& ids, Json& out) {
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
                     {"tool_call_id", ids.of_result(part.value("call_id", ""))},
                     {"content", part.value("text", "")}});
      continue;
    }
    begin();
    if (type == "text") message["content"] = message["content"].get<std::string>() + part.value("text", "");
    if (type == "reasoning")
      message["reasoning_content"] = message.value("reasoning_content", "") + part.value("text", "");
    if (type == "tool_call")
      message["tool_calls"].push_back(
          {{"id", ids.of_call(part.value("id", ""))},
           {"type", "function"},
           {"function", {{"name", part.value("name", "")}, {"arguments", arguments_of(part)}}}});
  }
  flush();
}

}  // namespace

std::string chat_messages_json(const std::string& system_prompt, const std::vector<StoredMessage>& path) {
  Json out = Json::array();
  CallIds ids;
  if (!system_prompt.empty()) out.push_back({{"role", "system"}, {"content", system_prompt}});
  for (const StoredMessage& message : path) {
    const Json parts = Json::parse(message.parts, nullptr, false);
    if (!parts.is_array()) continue;
    if (message.role == "user")
      out.push_back(user_message(parts));
    else
      add_assistant(parts, message.state == "done", ids, out);
  }
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace vitrine::store
