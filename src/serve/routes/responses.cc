// OpenAI's Responses API, with its state: answers are stored, continued, given out again and deleted.
#include <fmt/format.h>

#include "base/error.h"
#include "serve/answer_json.h"
#include "serve/chat_request.h"
#include "serve/event_stream.h"
#include "serve/response_request.h"
#include "serve/response_store.h"
#include "serve/routes/catalog.h"
#include "serve/sampling_request.h"
#include "serve/services.h"

namespace vitrine::serve {
namespace {

/// One answer. Its events come on the thread of the engines.
class ResponseAnswer : public std::enable_shared_from_this<ResponseAnswer> {
 public:
  ResponseAnswer(Call& call, std::string model, ResponseEcho echo, std::string input_items, bool is_streamed,
                 bool is_stored)
      : services_(call.services),
        responder_(call.responder),
        id_(random_id("resp_")),
        model_(std::move(model)),
        echo_(std::move(echo)),
        input_items_(std::move(input_items)),
        created_(seconds_now()),
        is_streamed_(is_streamed),
        is_stored_(is_stored) {}

  GenerationEvents events() {
    const auto self = shared_from_this();
    GenerationEvents events;
    events.on_finish = [self](const GenerationResult& result) { self->finish(result); };
    events.on_text = [self](std::string_view text, const std::vector<TokenReport>& tokens) {
      self->add_text(text, tokens);
    };
    events.on_reasoning = [self](std::string_view text) { self->add_reasoning(text); };
    events.on_call_begin = [self](const data::ToolCallPart& call) { self->begin_call(call); };
    events.on_call_arguments = [self](std::string_view text) { self->add_arguments(text); };
    events.on_call_end = [self](const data::ToolCallPart& call, bool is_whole) { self->end_call(call, is_whole); };
    return events;
  }

  void begin() {
    if (!is_streamed_) return;
    begin_event_stream(*responder_);
    write_state("response.created", "in_progress", nullptr);
    write_state("response.in_progress", "in_progress", nullptr);
  }

 private:
  /// An item of the output that is written now.
  enum class Open { kNone, kMessage, kReasoning };

  JsonWriter event(std::string_view type) {
    JsonWriter json;
    json.begin_object().field("type", type).field("sequence_number", sequence_++);
    return json;
  }
  void write(std::string_view type, JsonWriter& json) {
    if (is_streamed_) write_event(*responder_, json.end_object().text(), type);
  }
  void write_state(std::string_view type, std::string_view status, const GenerationResult* result) {
    JsonWriter json = event(type);
    json.raw_field("response", response_json(status, result));
    write(type, json);
  }

  std::string message_item(std::string_view status, bool has_part) const {
    JsonWriter json;
    json.begin_object()
        .field("type", "message")
        .field("id", item_id_)
        .field("status", status)
        .field("role", "assistant");
    json.key("content").begin_array();
    if (has_part) json.raw(text_part(text_, tokens_));
    return json.end_array().end_object().take();
  }
  static std::string text_part(std::string_view text, const std::vector<TokenReport>& tokens) {
    JsonWriter json;
    json.begin_object().field("type", "output_text").field("text", text).key("annotations").begin_array().end_array();
    write_tokens(json, tokens);
    return json.end_object().take();
  }
  static void write_tokens(JsonWriter& json, const std::vector<TokenReport>& tokens) {
    json.key("logprobs").begin_array();
    for (const TokenReport& token : tokens) write_token(json, token);
    json.end_array();
  }
  std::string reasoning_item(bool is_done) const {
    JsonWriter json;
    json.begin_object().field("type", "reasoning").field("id", item_id_).key("summary").begin_array().end_array();
    json.key("content").begin_array();
    if (is_done) json.begin_object().field("type", "reasoning_text").field("text", text_).end_object();
    return json.end_array().end_object().take();
  }

  void write_item(std::string_view type, std::string_view item) {
    JsonWriter json = event(type);
    json.field("output_index", output_.size()).raw_field("item", item);
    write(type, json);
  }

  void open(Open kind) {
    if (open_ == kind) return;
    close();
    open_ = kind;
    text_.clear();
    tokens_.clear();
    item_id_ = random_id(kind == Open::kMessage ? "msg_" : "rs_");
    write_item("response.output_item.added",
               kind == Open::kMessage ? message_item("in_progress", false) : reasoning_item(false));
    if (kind == Open::kMessage) write_part("response.content_part.added");
  }
  void write_part(std::string_view type) {
    JsonWriter json = event(type);
    json.field("item_id", item_id_).field("output_index", output_.size()).field("content_index", 0);
    json.raw_field("part", text_part(text_, tokens_));
    write(type, json);
  }
  /// `tokens`: null for what has none.
  void write_text(std::string_view type, std::string_view key, std::string_view text,
                  const std::vector<TokenReport>* tokens) {
    JsonWriter json = event(type);
    json.field("item_id", item_id_).field("output_index", output_.size()).field("content_index", 0).field(key, text);
    if (tokens) write_tokens(json, *tokens);
    write(type, json);
  }

  void close(bool is_whole = true) {
    if (open_ == Open::kNone) return;
    std::string item;
    if (open_ == Open::kMessage) {
      write_text("response.output_text.done", "text", text_, &tokens_);
      write_part("response.content_part.done");
      item = message_item(is_whole ? "completed" : "incomplete", true);
    } else {
      write_text("response.reasoning_text.done", "text", text_, nullptr);
      item = reasoning_item(true);
    }
    write_item("response.output_item.done", item);
    output_.push_back(std::move(item));
    open_ = Open::kNone;
  }

  void add_text(std::string_view text, const std::vector<TokenReport>& tokens) {
    open(Open::kMessage);
    text_ += text;
    tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
    write_text("response.output_text.delta", "delta", text, &tokens);
  }
  void add_reasoning(std::string_view text) {
    open(Open::kReasoning);
    text_ += text;
    write_text("response.reasoning_text.delta", "delta", text, nullptr);
  }

  std::string call_item(const data::ToolCallPart& call, std::string_view status, std::string_view arguments) const {
    JsonWriter json;
    json.begin_object().field("type", "function_call").field("id", item_id_).field("call_id", call_id_);
    json.field("name", call.name).field("arguments", arguments).field("status", status);
    return json.end_object().take();
  }
  void begin_call(const data::ToolCallPart& call) {
    close();
    item_id_ = random_id("fc_");
    call_id_ = call.id.empty() ? random_id("call_") : call.id;
    write_item("response.output_item.added", call_item(call, "in_progress", ""));
  }
  void add_arguments(std::string_view text) {
    JsonWriter json = event("response.function_call_arguments.delta");
    json.field("item_id", item_id_).field("output_index", output_.size()).field("delta", text);
    write("response.function_call_arguments.delta", json);
  }
  void end_call(const data::ToolCallPart& call, bool is_whole) {
    JsonWriter json = event("response.function_call_arguments.done");
    json.field("item_id", item_id_).field("output_index", output_.size()).field("name", call.name);
    json.field("arguments", call.arguments);
    write("response.function_call_arguments.done", json);
    std::string done = call_item(call, is_whole ? "completed" : "incomplete", call.arguments);
    write_item("response.output_item.done", done);
    output_.push_back(std::move(done));
  }

  std::string response_json(std::string_view status, const GenerationResult* result) const {
    JsonWriter json;
    json.begin_object()
        .field("id", id_)
        .field("object", "response")
        .field("created_at", created_)
        .field("status", status);
    json.field("background", false).key("error");
    if (result && result->failure)
      json.begin_object()
          .field("code", "server_error")
          .field("message", to_api_error(result->failure).message())
          .end_object();
    else
      json.null();
    json.key("incomplete_details");
    if (status == "incomplete")
      json.begin_object().field("reason", "max_output_tokens").end_object();
    else
      json.null();
    json.key("instructions").text_or_null(echo_.instructions).key("max_output_tokens");
    if (echo_.max_output_tokens)
      json.value(*echo_.max_output_tokens);
    else
      json.null();
    json.field("model", model_).key("output").begin_array();
    for (const std::string& item : output_) json.raw(item);
    json.end_array().field("parallel_tool_calls", echo_.parallel_tool_calls);
    json.key("previous_response_id")
        .text_or_null(echo_.previous_id)
        .key("reasoning")
        .begin_object()
        .key("effort")
        .text_or_null(echo_.effort)
        .null_field("summary")
        .end_object();
    json.field("store", is_stored_).field("temperature", echo_.temperature).raw_field("text", echo_.text);
    json.raw_field("tool_choice", echo_.tool_choice).raw_field("tools", echo_.tools).field("top_p", echo_.top_p);
    json.field("top_logprobs", echo_.top_logprobs).field("truncation", echo_.truncation).key("usage");
    if (result) {
      json.begin_object().field("input_tokens", result->prompt_tokens).key("input_tokens_details").begin_object();
      json.field("cached_tokens", result->cached_tokens).end_object().field("output_tokens", result->completion_tokens);
      json.key("output_tokens_details").begin_object().field("reasoning_tokens", result->reasoning_tokens).end_object();
      json.field("total_tokens", result->prompt_tokens + result->completion_tokens).end_object();
    } else {
      json.null();
    }
    return json.null_field("user").raw_field("metadata", echo_.metadata).end_object().take();
  }

  void finish(const GenerationResult& result) {
    services_.metrics.count_generation(result);
    const bool is_cut = result.reason == FinishReason::kLength;
    close(!is_cut);
    const std::string_view status = result.failure                              ? "failed"
                                    : is_cut                                    ? "incomplete"
                                    : result.reason == FinishReason::kCancelled ? "cancelled"
                                                                                : "completed";
    const std::string json = response_json(status, &result);
    if (result.reason == FinishReason::kCancelled && !result.failure) return;  // nobody is there
    if (result.failure && !is_streamed_) return responder_->send(error_response(to_api_error(result.failure)));
    // The disk is waited for elsewhere: an answer is out when it is stored.
    const auto self = shared_from_this();
    const std::string type = fmt::format("response.{}", status);
    services_.tasks.post([self, json, type] { self->store_and_end(json, type); });
  }

  void store_and_end(const std::string& json, const std::string& type) {
    try {
      if (is_stored_) put_response(services_.store, id_, echo_.previous_id, json, input_items_);
    } catch (const std::exception&) {
      const ApiError error = to_api_error(std::current_exception());
      if (!is_streamed_) return responder_->send(error_response(error));
      write_event(*responder_, error_body(error), "error");
      return responder_->end();
    }
    if (!is_streamed_) return responder_->send({.body = json});
    JsonWriter last = event(type);
    last.raw_field("response", json);
    write(type, last);
    responder_->end();
  }

  Services& services_;
  std::shared_ptr<Responder> responder_;
  std::string id_, model_;
  ResponseEcho echo_;
  std::string input_items_;
  int64_t created_;
  bool is_streamed_, is_stored_;
  int64_t sequence_ = 0;
  Open open_ = Open::kNone;
  std::string item_id_, call_id_, text_;
  std::vector<TokenReport> tokens_;  // of the text at hand
  std::vector<std::string> output_;
};

void create_response(Call& call) {
  const JsonValue json = parse_body(call.request.body);
  const Fields body(json);
  const auto model = call.services.hub.get(body.text("model").value_or(""));
  const bool is_streamed = body.boolean("stream").value_or(false);
  if (body.boolean("background").value_or(false)) body.fail("background", "is not offered", "unsupported_parameter");
  std::string input_items;
  const ChatSpec spec = read_response_spec(body, call.services, *model, input_items);
  GenerationOptions options = generation_options(spec, *model);
  auto place = call.services.hub.places(model, 1).front();
  const auto answer = std::make_shared<ResponseAnswer>(call, model->id(), read_echo(body, spec), std::move(input_items),
                                                       is_streamed, body.boolean("store").value_or(true));
  const auto generation =
      std::make_shared<Generation>(call.services.hub, model, std::move(place), std::move(options), answer->events());
  answer->begin();
  start_all({generation}, call.responder);
}

void get_response(Call& call) {
  const std::string_view stream = call.request.parameter("stream");
  if (!stream.empty() && stream != "false")
    throw bad_request("'stream' is not offered for a stored response, which is whole: leave it out", "stream",
                      "unsupported_parameter");
  call.responder->send({.body = stored_response(call.services.store, call.value("id"))});
}

void remove_response(Call& call) {
  if (!call.services.store.delete_response(call.value("id")))
    throw ApiError(404, fmt::format("there is no response '{}'", excerpt(call.value("id"))), "response_id",
                   "not_found");
  JsonWriter json;
  json.begin_object().field("id", call.value("id")).field("object", "response").field("deleted", true).end_object();
  call.responder->send({.body = json.take()});
}

void list_input_items(Call& call) {
  JsonWriter json;
  json.begin_object()
      .field("object", "list")
      .raw_field("data", stored_input_items(call.services.store, call.value("id")));
  call.responder->send({.body = json.field("has_more", false).end_object().take()});
}

void count_input_tokens(Call& call) {
  const JsonValue json = parse_body(call.request.body);
  const Fields body(json);
  const auto model = call.services.hub.get(body.text("model").value_or(""));
  std::string items;
  const ChatSpec spec = read_response_spec(body, call.services, *model, items);
  JsonWriter out;
  out.begin_object()
      .field("object", "response.input_tokens")
      .field("input_tokens", chat_prompt(spec, *model).ids.size());
  call.responder->send({.body = out.end_object().take()});
}

}  // namespace

std::vector<Route> routes::responses() {
  return {{.method = "POST",
           .path = "/v1/responses",
           .summary = "Answers, and keeps the answer to go on from",
           .handle = create_response,
           .request_schema = "ResponsesRequest",
           .response_schema = "Response",
           .generates = true},
          {.method = "POST",
           .path = "/v1/responses/input_tokens",
           .summary = "Counts the tokens of a request",
           .handle = count_input_tokens,
           .request_schema = "ResponsesRequest",
           .response_schema = "TokenCount"},
          {.method = "GET",
           .path = "/v1/responses/{id}",
           .summary = "A stored response",
           .handle = get_response,
           .response_schema = "Response"},
          {.method = "DELETE",
           .path = "/v1/responses/{id}",
           .summary = "Deletes a stored response",
           .handle = remove_response,
           .response_schema = "Deleted"},
          {.method = "POST",
           .path = "/v1/responses/{id}/cancel",
           .summary = "A stored response, which is over: nothing is written in the background",
           .handle = get_response,
           .response_schema = "Response"},
          {.method = "GET",
           .path = "/v1/responses/{id}/input_items",
           .summary = "What a stored response was asked",
           .handle = list_input_items,
           .response_schema = "ItemList"}};
}

}  // namespace vitrine::serve
