// The page's conversations.
#include <fmt/format.h>

#include "base/error.h"
#include "serve/answers.h"
#include "serve/json_reader.h"
#include "serve/json_writer.h"
#include "serve/routes/app_support.h"
#include "serve/routes/catalog.h"
#include "serve/sampling_request.h"
#include "serve/services.h"

namespace vitrine::serve {
namespace {

constexpr size_t kMaxTitle = 500, kMaxSystemPrompt = 200'000;

/// Takes the members that are there into a conversation.
void read_conversation(const Fields& body, Services& services, store::Conversation& c) {
  if (const auto title = body.text("title")) c.title = limited(body, "title", *title, kMaxTitle);
  if (const auto prompt = body.text("system_prompt"))
    c.system_prompt = limited(body, "system_prompt", *prompt, kMaxSystemPrompt);
  if (body.value().find("folder_id")) c.folder_id = body.text("folder_id").value_or("");
  if (body.value().find("model")) c.model = body.text("model").value_or("");
  if (body.value().find("active_leaf")) c.active_leaf = body.text("active_leaf").value_or("");
  if (const auto pinned = body.boolean("pinned")) c.is_pinned = *pinned;
  if (const auto settings = body.object("settings")) {
    read_answer_settings(*settings, services.sampling, INT32_MAX);
    c.settings = schema::json_to_text(settings->value());
  }
  if (!c.folder_id.empty()) {
    bool is_there = false;
    for (const store::Folder& folder : services.store.folders()) is_there = is_there || folder.id == c.folder_id;
    if (!is_there) body.fail("folder_id", "is no folder that there is");
  }
  if (!c.active_leaf.empty() && services.store.message(c.active_leaf).conversation_id != c.id)
    body.fail("active_leaf", "is a message of another conversation");
}

void list_conversations(Call& call) {
  const int64_t limit = query_integer(call, "limit", 100, 1, 1000);
  const std::string_view folder = call.request.parameter("folder");
  const auto of_folder = folder.empty() ? std::nullopt : std::optional(folder == "none" ? "" : std::string(folder));
  std::vector<store::Conversation> found =
      call.services.store.conversations(of_folder, query_integer(call, "before", INT64_MAX, 0, INT64_MAX), limit + 1);
  const bool has_more = static_cast<int64_t>(found.size()) > limit;
  if (has_more) found.pop_back();
  JsonWriter json;
  json.begin_object().key("conversations").begin_array();
  for (const store::Conversation& each : found) json.raw(conversation_json(each));
  json.end_array().field("has_more", has_more).end_object();
  call.responder->send({.body = json.take()});
}

void create_conversation(Call& call) {
  const JsonValue json = parse_body(call.request.body);
  store::Conversation c{.id = random_id("c_"), .created = store::now_ms()};
  c.updated = c.created;
  read_conversation(Fields(json), call.services, c);
  call.services.store.add_conversation(c);
  call.responder->send({.status = 201, .body = conversation_json(c)});
}

void get_conversation(Call& call) {
  const store::Conversation c = call.services.store.conversation(call.value("id"));
  JsonWriter json;
  json.begin_object().raw_field("conversation", conversation_json(c)).key("messages").begin_array();
  for (const store::StoredMessage& message : call.services.store.messages(c.id)) json.raw(message_json(message));
  call.responder->send({.body = json.end_array().end_object().take()});
}

void patch_conversation(Call& call) {
  const JsonValue json = parse_body(call.request.body);
  store::Conversation c = call.services.store.conversation(call.value("id"));
  read_conversation(Fields(json), call.services, c);
  call.services.store.update_conversation(c);
  call.responder->send({.body = conversation_json(c)});
}

void remove_conversation(Call& call) {
  call.services.answers.stop_conversation(call.value("id"));
  call.services.store.delete_conversation(call.value("id"));
  call.responder->send({.status = 204});
}

void remove_all_conversations(Call& call) {
  const JsonValue json = parse_body(call.request.body);
  const Fields body(json);
  if (body.required_text("confirm") != "everything") body.fail("confirm", "has to be 'everything'");
  call.services.answers.stop_all();
  call.services.store.delete_everything();
  call.responder->send({.status = 204});
}

/// The branch that is shown, as a text.
std::string markdown(Services& services, const store::Conversation& c) {
  std::string text = fmt::format("# {}\n", c.title.empty() ? "Conversation" : c.title);
  if (!c.system_prompt.empty()) text += fmt::format("\n> {}\n", c.system_prompt);
  if (c.active_leaf.empty()) return text;
  for (const store::StoredMessage& message : services.store.path_to(c.active_leaf))
    text += fmt::format("\n## {}\n\n{}\n", message.role == "user" ? "You" : message.model,
                        store::text_of_parts(message.parts, true));
  return text;
}

void export_conversation(Call& call) {
  const store::Conversation c = call.services.store.conversation(call.value("id"));
  const std::string_view format = call.request.parameter("format");
  if (format == "markdown")
    return call.responder->send(attachment(markdown(call.services, c), "text/markdown; charset=utf-8", c.id + ".md"));
  if (!format.empty() && format != "json")
    throw bad_request("'format' is unknown (expected json or markdown)", "format");
  call.responder->send(attachment(call.services.store.export_conversation(c.id), "application/json", c.id + ".json"));
}

}  // namespace

std::vector<Route> routes::app_conversations() {
  return {{.method = "GET",
           .path = "/api/conversations",
           .summary = "Lists conversations",
           .handle = list_conversations,
           .response_schema = "ConversationList"},
          {.method = "POST",
           .path = "/api/conversations",
           .summary = "Makes a conversation",
           .handle = create_conversation,
           .request_schema = "ConversationRequest",
           .response_schema = "Conversation",
           .success_status = 201},
          {.method = "DELETE",
           .path = "/api/conversations",
           .summary = "Deletes everything",
           .handle = remove_all_conversations,
           .request_schema = "DeleteRequest",
           .success_status = 204},
          {.method = "GET",
           .path = "/api/conversations/{id}",
           .summary = "A conversation with its messages",
           .handle = get_conversation,
           .response_schema = "ConversationTree"},
          {.method = "PATCH",
           .path = "/api/conversations/{id}",
           .summary = "Changes a conversation",
           .handle = patch_conversation,
           .request_schema = "ConversationRequest",
           .response_schema = "Conversation"},
          {.method = "DELETE",
           .path = "/api/conversations/{id}",
           .summary = "Deletes a conversation",
           .handle = remove_conversation,
           .success_status = 204},
          {.method = "GET",
           .path = "/api/conversations/{id}/export",
           .summary = "A conversation as a file",
           .handle = export_conversation,
           .response_schema = "Export",
           .other_content_type = "text/markdown"}};
}

}  // namespace vitrine::serve
