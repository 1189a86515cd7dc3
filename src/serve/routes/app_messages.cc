// Turns of the page's conversations, and the answers to them.
#include <fmt/format.h>

#include <algorithm>

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

/// Texts and attachments as they came, as JSON.
std::string read_parts(const Fields& body) {
  body.required("parts", "an array");
  const std::vector<JsonValue>& parts = *body.array("parts", 100);
  JsonWriter json;
  json.begin_array();
  bool has_text = false;
  for (size_t i = 0; i < parts.size(); ++i) {
    const Fields part(parts[i], fmt::format("parts[{}]", i));
    const std::string type = *part.choice("type", {"text", "attachment"});
    json.begin_object().field("type", type);
    if (type == "attachment") json.field("name", limited(part, "name", part.required_text("name"), 255));
    const std::string text = part.required_text("text");
    has_text = has_text || !text.empty();
    json.field("text", text).end_object();
  }
  if (!has_text) body.fail("parts", "says nothing (expected some text)");
  return json.end_array().take();
}

void create_message(Call& call) {
  const JsonValue json = parse_body(call.request.body);
  const Fields body(json);
  store::Store& store = call.services.store;
  store::Conversation conversation = store.conversation(call.value("id"));
  store::StoredMessage message{.id = random_id("m_"), .conversation_id = conversation.id, .created = store::now_ms()};
  body.required_text("role");
  message.role = *body.choice("role", {"user", "assistant"});
  message.parent_id = body.text("parent_id").value_or("");
  message.edited_from = body.text("edited_from").value_or("");
  message.parts = read_parts(body);
  if (!message.parent_id.empty()) {
    const store::StoredMessage parent = store.message(message.parent_id);
    if (parent.conversation_id != conversation.id) body.fail("parent_id", "is a message of another conversation");
    if (parent.role == message.role)
      body.fail("parent_id", fmt::format("is a message of the same role ({})", parent.role));
  } else if (message.role == "assistant") {
    body.fail("parent_id", "is missing: an answer has a question");
  }
  std::optional<store::FeedbackEvent> edit;
  if (!message.edited_from.empty()) {
    const store::StoredMessage original = store.message(message.edited_from);
    if (original.conversation_id != conversation.id) body.fail("edited_from", "is a message of another conversation");
    if (original.role != message.role)
      body.fail("edited_from", fmt::format("is a message of another role ({})", original.role));
    message.model = original.model;
    if (message.role == "assistant")
      edit = store::FeedbackEvent{.kind = "edit", .created = message.created, .message_ids = {original.id, message.id}};
  }
  store.add_message(message);
  if (edit) store.add_event(*edit);
  if (conversation.title.empty() && message.role == "user") {
    conversation = store.conversation(conversation.id);
    conversation.title = store::title_of_parts(message.parts);
    store.update_conversation(conversation);
  }
  call.responder->send({.status = 201, .body = message_json(message)});
}

void delete_message(Call& call) {
  const store::StoredMessage message = call.services.store.message(call.value("id"));
  call.services.answers.stop_conversation(message.conversation_id);
  call.services.store.delete_message(message.id);
  call.responder->send({.status = 204});
}

/// What is asked of each of the answers: a list, or the same for all.
const JsonValue* nth(const Fields& body, std::string_view list, std::string_view single, size_t index) {
  if (const auto* const items = body.array(list, 4)) {
    if (index >= items->size()) body.fail(list, "has fewer items than answers are asked for");
    return &(*items)[index];
  }
  return body.find(single);
}

/// Whether the model knows how to call tools, and to be told of them takes at most a quarter of its context.
bool has_room_for_tools(const ServedModel& model) {
  if (!model.has_format() || model.format().marks().calls == nullptr) return false;
  ChatSpec spec;
  spec.messages.push_back(data::text_message(data::Role::kUser, "?"));
  const auto without = static_cast<int64_t>(chat_prompt(spec, model).ids.size());
  spec.tools = own_tools();
  return static_cast<int64_t>(chat_prompt(spec, model).ids.size()) - without <= model.context_length() / 4;
}

AnswerRequest read_answer(Call& call, const Fields& body, const store::Conversation& conversation,
                          const std::vector<store::StoredMessage>& path, size_t index) {
  AnswerRequest request;
  const JsonValue* const model = nth(body, "models", "model", index);
  if (model && !model->is(JsonKind::kString)) body.fail("model", "has to be a string", "invalid_type");
  request.model = call.services.hub.get(model ? model->string : conversation.model);
  const JsonValue* const given = nth(body, "settings_list", "settings", index);
  const JsonValue stored = schema::parse_json(conversation.settings, "settings", kMaxJsonDepth);
  const JsonValue& settings_json = given ? *given : stored;
  const Fields fields(settings_json, "settings");
  AnswerSettings settings =
      read_answer_settings(fields, call.services.sampling_of(*request.model), request.model->tokenizer().vocab_size());
  if (fields.has("seed")) settings.sampling = sampling_of_choice(settings.sampling, static_cast<int64_t>(index));
  request.spec.messages = chat_messages(conversation.system_prompt, path);
  request.spec.sampling = settings.sampling;
  request.spec.max_tokens = settings.max_tokens;
  request.spec.max_reasoning_tokens = settings.max_reasoning_tokens;
  request.spec.enable_thinking = settings.enable_thinking;
  request.spec.stop = settings.stop;
  if (!settings.runs_tools) settings.runs_tools = has_room_for_tools(*request.model);
  request.runs_tools = *settings.runs_tools;
  if (request.runs_tools) request.spec.tools = own_tools();
  request.place = call.services.hub.places(request.model, 1).front();
  request.message = {.id = random_id("m_"),
                     .conversation_id = conversation.id,
                     .parent_id = path.back().id,
                     .role = "assistant",
                     .state = "running",
                     .model = request.model->id(),
                     .model_hash = request.model->fingerprint(),
                     .settings = answer_settings_json(fields, settings),
                     .seed = settings.sampling.seed,
                     .created = store::now_ms()};
  return request;
}

void create_answers(Call& call) {
  const JsonValue json = parse_body(call.request.body);
  const Fields body(json);
  store::Store& store = call.services.store;
  const store::Conversation conversation = store.conversation(call.value("id"));
  const std::vector<store::StoredMessage> path = store.path_to(body.required_text("parent_id"));
  if (path.back().conversation_id != conversation.id || path.back().role != "user")
    body.fail("parent_id", "has to be a user's message of this conversation");
  const int64_t count = body.integer("count", 1, 4).value_or(1);
  const auto regenerated = body.text("regenerate_of");
  if (regenerated) {
    const store::StoredMessage again = store.message(*regenerated);
    if (again.conversation_id != conversation.id) body.fail("regenerate_of", "is a message of another conversation");
    if (again.role != "assistant") body.fail("regenerate_of", "has to be an answer");
  }
  std::vector<AnswerRequest> requests;
  for (int64_t i = 0; i < count; ++i)
    requests.push_back(read_answer(call, body, conversation, path, static_cast<size_t>(i)));
  std::vector<std::shared_ptr<AnswerLine>> lines;  // what the key may not have at once comes one after the other
  for (auto& slot : call.services.limits.slots(call.key, count)) lines.push_back(make_answer_line(std::move(slot)));
  for (size_t i = 0; i < requests.size(); ++i) requests[i].line = lines[i % lines.size()];
  JsonWriter out;
  out.begin_object().key("messages").begin_array();
  for (AnswerRequest& request : requests) out.raw(message_json(call.services.answers.begin(std::move(request))));
  if (regenerated) store.add_event({.kind = "regenerate", .created = store::now_ms(), .message_ids = {*regenerated}});
  call.responder->send({.status = 201, .body = out.end_array().end_object().take()});
}

void follow_answer(Call& call) {
  int64_t after = query_integer(call, "after", 0, 0, INT64_MAX);
  const std::string last(call.request.header("last-event-id"));
  if (after == 0 && !last.empty() && last.size() < 18 && last.find_first_not_of("0123456789") == std::string::npos)
    after = std::stoll(last);
  call.services.answers.follow(call.value("id"), after, call.responder);
}

void stop_answer(Call& call) {
  call.services.answers.stop(call.value("id"));
  call.responder->send({.body = message_json(call.services.store.message(call.value("id")))});
}

}  // namespace

std::vector<Route> routes::app_messages() {
  return {{.method = "POST",
           .path = "/api/conversations/{id}/messages",
           .summary = "Adds a turn, or an edited answer",
           .handle = create_message,
           .request_schema = "MessageRequest",
           .response_schema = "Message",
           .success_status = 201},
          {.method = "DELETE",
           .path = "/api/messages/{id}",
           .summary = "Deletes a message and what is below it",
           .handle = delete_message,
           .success_status = 204},
          {.method = "POST",
           .path = "/api/conversations/{id}/answers",
           .summary = "Begins one answer or several",
           .handle = create_answers,
           .request_schema = "AnswersRequest",
           .response_schema = "MessageList",
           .success_status = 201},
          {.method = "GET",
           .path = "/api/answers/{id}/events",
           .summary = "Streams an answer, from any point",
           .handle = follow_answer,
           .content_type = "text/event-stream"},
          {.method = "POST",
           .path = "/api/answers/{id}/stop",
           .summary = "Ends an answer",
           .handle = stop_answer,
           .response_schema = "Message"}};
}

}  // namespace vitrine::serve
