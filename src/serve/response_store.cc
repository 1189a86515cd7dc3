#include "serve/response_store.h"

#include <fmt/format.h>

#include "base/error.h"
#include "serve/api_error.h"
#include "serve/chat_request.h"
#include "serve/json_writer.h"
#include "serve/sampling_request.h"

namespace vitrine::serve {
namespace {

using data::Message;
using data::Role;

constexpr size_t kMaxItems = 10'000;
constexpr int kMaxEarlier = 1000;

std::string read_item_content(const Fields& item) {
  const JsonValue& content = item.required("content", "a string or an array of parts");
  if (content.is(JsonKind::kString)) return content.string;
  std::string text;
  const std::vector<JsonValue>& parts = *item.array("content");
  if (parts.empty() && item.text("type").value_or("message") == "message")
    item.fail("content", "is empty (expected at least one part)");
  for (size_t i = 0; i < parts.size(); ++i) {
    const Fields part(parts[i], fmt::format("{}[{}]", item.path_of("content"), i));
    const std::string type = part.required_text("type");
    if (type == "refusal")
      text += part.required_text("refusal");
    else if (type == "input_text" || type == "output_text" || type == "text" || type == "reasoning_text")
      text += part.required_text("text");
    else
      part.fail("type", fmt::format("is not understood by this model (got '{}', expected input_text)", excerpt(type)),
                "unsupported_content");
  }
  return text;
}

/// Calls belong to the assistant's message before them.
void add_part(std::vector<Message>& messages, data::Part part) {
  if (messages.empty() || messages.back().role != Role::kAssistant) messages.push_back({Role::kAssistant, {}});
  messages.back().parts.push_back(std::move(part));
}

bool has_call(const std::vector<Message>& messages, const std::string& id) {
  for (const Message& message : messages)
    for (const data::Part& part : message.parts)
      if (const auto* const call = std::get_if<data::ToolCallPart>(&part); call && call->id == id) return true;
  return false;
}

void read_item(const Fields& item, std::vector<Message>& messages) {
  const std::string type = item.text("type").value_or("message");
  if (type == "message") {
    item.required_text("role");
    const std::string role = *item.choice("role", {"user", "assistant", "system", "developer"});
    if (role == "assistant")
      add_part(messages, data::TextPart{read_item_content(item)});
    else
      messages.push_back(data::text_message(role == "user" ? Role::kUser : Role::kSystem, read_item_content(item)));
  } else if (type == "function_call") {
    if (item.text("status").value_or("") == "incomplete") return;  // its arguments are not whole
    const std::string name = item.required_text("name");
    require_name(item, "name", name);
    add_part(messages, data::ToolCallPart{name, item.required_text("arguments"), item.text("call_id").value_or("")});
  } else if (type == "function_call_output") {
    const JsonValue& output = item.required("output", "a string");
    const std::string text = output.is(JsonKind::kString) ? output.string : schema::json_to_text(output);
    const std::string id = item.required_text("call_id");
    if (!has_call(messages, id))
      item.fail("call_id", fmt::format("names a call that was not made (got '{}')", excerpt(id)));
    messages.push_back({Role::kTool, {data::ToolResultPart{text, id}}});
  } else if (type == "reasoning") {
    if (item.has("content")) add_part(messages, data::ReasoningPart{read_item_content(item)});
  } else {
    item.fail("type", fmt::format("is not understood (got '{}')", excerpt(type)), "unsupported_content");
  }
}

JsonValue stored(store::Store& store, const std::string& id, std::string_view param) {
  const std::optional<std::string> json = store.response(id);
  if (!json) throw ApiError(404, fmt::format("there is no response '{}'", excerpt(id)), param, "not_found");
  return schema::parse_json(*json, "response", 2 * kMaxJsonDepth, schema::RepeatedKeys::kLastWins);
}

void read_items(const JsonValue& items, const std::string& path, std::vector<Message>& messages) {
  for (size_t i = 0; i < items.items.size(); ++i)
    read_item(Fields(items.items[i], fmt::format("{}[{}]", path, i)), messages);
}

}  // namespace

std::string read_input_items(const Fields& body, std::vector<Message>& messages) {
  const JsonValue& input = body.required("input", "a string or an array of items");
  if (input.is(JsonKind::kString)) {
    messages.push_back(data::text_message(Role::kUser, input.string));
    JsonWriter json;
    json.begin_array().begin_object().field("type", "message").field("id", random_id("msg_")).field("role", "user");
    json.key("content")
        .begin_array()
        .begin_object()
        .field("type", "input_text")
        .field("text", input.string)
        .end_object();
    return json.end_array().end_object().end_array().take();
  }
  if (body.array("input", kMaxItems)->empty()) body.fail("input", "is empty (expected at least one item)");
  read_items(input, "input", messages);
  JsonWriter json;
  json.begin_array();
  for (const JsonValue& item : input.items) {  // each with an id, as it is given out again
    JsonWriter with_id;
    with_id.begin_object();
    if (!item.find("id")) with_id.field("id", random_id("msg_"));
    if (!item.find("type")) with_id.field("type", "message");
    for (const schema::JsonMember& member : item.members)
      with_id.raw_field(member.first, schema::json_to_text(member.second));
    json.raw(with_id.end_object().text());
  }
  return json.end_array().take();
}

std::vector<Message> earlier_messages(store::Store& store, const std::string& id) {
  std::vector<JsonValue> chain;
  for (std::string at = id; !at.empty();) {
    if (chain.size() >= kMaxEarlier) throw bad_request("the chain of responses is too long", "previous_response_id");
    chain.push_back(stored(store, at, "previous_response_id"));
    const JsonValue* const before = chain.back().find("response")->find("previous_response_id");
    at = before && before->is(JsonKind::kString) ? before->string : "";
  }
  std::vector<Message> messages;
  for (auto each = chain.rbegin(); each != chain.rend(); ++each) {
    read_items(*each->find("input"), "input", messages);
    read_items(*each->find("response")->find("output"), "output", messages);
  }
  return messages;
}

void put_response(store::Store& store, const std::string& id, const std::string& previous_id, std::string_view response,
                  std::string_view input_items) {
  JsonWriter json;
  json.begin_object().raw_field("response", response).raw_field("input", input_items).end_object();
  store.put_response(id, previous_id, json.text());
}

std::string stored_response(store::Store& store, const std::string& id) {
  return schema::json_to_text(*stored(store, id, "response_id").find("response"));
}

std::string stored_input_items(store::Store& store, const std::string& id) {
  return schema::json_to_text(*stored(store, id, "response_id").find("input"));
}

}  // namespace vitrine::serve
