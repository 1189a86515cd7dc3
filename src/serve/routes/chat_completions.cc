#include <fmt/format.h>

#include <algorithm>

#include "serve/answer_json.h"
#include "serve/chat_request.h"
#include "serve/event_stream.h"
#include "serve/json_writer.h"
#include "serve/routes/catalog.h"
#include "serve/sampling_request.h"
#include "serve/services.h"

namespace vitrine::serve {
namespace {

/// One answer with all its choices. Its events come on the thread of the engines.
class ChatCompletion : public std::enable_shared_from_this<ChatCompletion> {
 public:
  ChatCompletion(Call& call, std::string model, int64_t num_choices, bool is_streamed, bool streams_usage,
                 bool has_tokens)
      : metrics_(call.services.metrics),
        responder_(call.responder),
        id_(random_id("chatcmpl-")),
        model_(std::move(model)),
        created_(seconds_now()),
        is_streamed_(is_streamed),
        streams_usage_(streams_usage),
        has_tokens_(has_tokens),
        choices_(static_cast<size_t>(num_choices)),
        left_(num_choices) {}

  GenerationEvents events(int64_t index) {
    const auto self = shared_from_this();
    GenerationEvents events;
    events.on_finish = [self, index](const GenerationResult& result) { self->finish(index, result); };
    Choice& choice = choices_[static_cast<size_t>(index)];
    if (!is_streamed_) {
      events.on_text = [self, &choice](std::string_view, const std::vector<TokenReport>& tokens) {
        choice.tokens.insert(choice.tokens.end(), tokens.begin(), tokens.end());
      };
      return events;
    }
    events.on_text = [self, index](std::string_view text, const std::vector<TokenReport>& tokens) {
      JsonWriter delta;
      delta.begin_object().field("content", text).end_object();
      self->write_chunk(index, delta.text(), "", &tokens);
    };
    events.on_reasoning = [self, index](std::string_view text) {
      JsonWriter delta;
      delta.begin_object().field("reasoning_content", text).end_object();
      self->write_chunk(index, delta.text(), "", nullptr);
    };
    events.on_call_begin = [self, index](const data::ToolCallPart& call) { self->begin_call(index, call); };
    events.on_call_arguments = [self, index](std::string_view text) { self->write_arguments(index, text); };
    return events;
  }

  /// Sends the head of the stream and each choice's role.
  void begin() {
    if (!is_streamed_) return;
    begin_event_stream(*responder_);
    for (size_t i = 0; i < choices_.size(); ++i)
      write_chunk(static_cast<int64_t>(i), R"({"role":"assistant","content":"","refusal":null})", "", nullptr);
  }

 private:
  struct Choice {
    std::vector<TokenReport> tokens;
    GenerationResult result;
    int64_t num_calls = 0;
  };

  void write_head(JsonWriter& json, std::string_view object) const {
    json.begin_object().field("id", id_).field("object", object).field("created", created_).field("model", model_);
    json.null_field("system_fingerprint");
  }

  void write_log_probabilities(JsonWriter& json, const std::vector<TokenReport>* tokens) const {
    json.key("logprobs");
    if (!has_tokens_ || !tokens) {
      json.null();
      return;
    }
    json.begin_object().key("content").begin_array();
    for (const TokenReport& token : *tokens) write_token(json, token);
    json.end_array().null_field("refusal").end_object();
  }

  void write_chunk(int64_t index, std::string_view delta, std::string_view reason,
                   const std::vector<TokenReport>* tokens) {
    JsonWriter json;
    write_head(json, "chat.completion.chunk");
    json.key("choices").begin_array().begin_object().field("index", index).raw_field("delta", delta);
    write_log_probabilities(json, tokens);
    json.key("finish_reason").text_or_null(reason).end_object().end_array();
    if (streams_usage_) json.null_field("usage");
    write_event(*responder_, json.end_object().text());
  }

  void begin_call(int64_t index, const data::ToolCallPart& call) {
    JsonWriter delta;
    begin_call_delta(delta, choices_[static_cast<size_t>(index)].num_calls++).field("id", call_id(call));
    delta.field("type", "function").key("function").begin_object().field("name", call.name).field("arguments", "");
    write_chunk(index, delta.end_object().end_object().end_array().end_object().text(), "", nullptr);
  }

  void write_arguments(int64_t index, std::string_view text) {
    JsonWriter delta;
    begin_call_delta(delta, choices_[static_cast<size_t>(index)].num_calls - 1).key("function").begin_object();
    delta.field("arguments", text).end_object().end_object().end_array().end_object();
    write_chunk(index, delta.text(), "", nullptr);
  }

  static JsonWriter& begin_call_delta(JsonWriter& delta, int64_t number) {
    return delta.begin_object().key("tool_calls").begin_array().begin_object().field("index", number);
  }

  static std::string call_id(const data::ToolCallPart& call) { return call.id.empty() ? random_id("call_") : call.id; }

  void finish(int64_t index, const GenerationResult& result) {
    metrics_.count_generation(result);
    choices_[static_cast<size_t>(index)].result = result;
    if (is_streamed_ && !result.failure) write_chunk(index, "{}", finish_reason(result.reason), nullptr);
    if (--left_ > 0) return;
    if (is_streamed_)
      end_stream();
    else
      send();
  }

  const GenerationResult* failed() const {
    for (const Choice& choice : choices_)
      if (choice.result.failure) return &choice.result;
    return nullptr;
  }

  Usage usage() const {
    Usage usage;
    for (const Choice& choice : choices_) usage.add(choice.result);
    return usage;
  }

  void end_stream() {
    if (const GenerationResult* const result = failed()) {
      write_event(*responder_, error_body(to_api_error(result->failure)));
      return responder_->end();
    }
    if (streams_usage_) {
      JsonWriter json;
      write_head(json, "chat.completion.chunk");
      json.key("choices").begin_array().end_array().key("usage");
      write_usage(json, usage());
      write_event(*responder_, json.end_object().text());
    }
    write_event(*responder_, "[DONE]");
    responder_->end();
  }

  void send() {
    if (const GenerationResult* const result = failed())
      return responder_->send(error_response(to_api_error(result->failure)));
    JsonWriter json;
    write_head(json, "chat.completion");
    json.key("choices").begin_array();
    for (size_t i = 0; i < choices_.size(); ++i) write_choice(json, i);
    json.end_array().key("usage");
    write_usage(json, usage());
    responder_->send({.body = json.end_object().take()});
  }

  void write_choice(JsonWriter& json, size_t index) const {
    const Choice& choice = choices_[index];
    const std::string text = text_of(choice.result.parts), thoughts = reasoning_of(choice.result.parts);
    const bool has_calls =
        std::any_of(choice.result.parts.begin(), choice.result.parts.end(),
                    [](const data::Part& part) { return std::holds_alternative<data::ToolCallPart>(part); });
    json.begin_object().field("index", index).key("message").begin_object().field("role", "assistant");
    json.key("content");
    const bool is_without_words = has_calls || choice.result.ended_thinking || !thoughts.empty();
    if (is_without_words && text.empty())  // as vLLM has it: an empty text would be an answer
      json.null();
    else
      json.value(text);
    json.null_field("refusal");
    if (!thoughts.empty() || choice.result.ended_thinking) json.field("reasoning_content", thoughts);
    write_calls(json, choice.result.parts);
    json.end_object();
    write_log_probabilities(json, &choice.tokens);
    json.field("finish_reason", finish_reason(choice.result.reason)).end_object();
  }

  static void write_calls(JsonWriter& json, const std::vector<data::Part>& parts) {
    bool is_open = false;
    for (const data::Part& part : parts) {
      const auto* const call = std::get_if<data::ToolCallPart>(&part);
      if (!call) continue;
      if (!std::exchange(is_open, true)) json.key("tool_calls").begin_array();
      json.begin_object().field("id", call_id(*call)).field("type", "function").key("function").begin_object();
      json.field("name", call->name).field("arguments", call->arguments).end_object().end_object();
    }
    if (is_open) json.end_array();
  }

  Metrics& metrics_;
  std::shared_ptr<Responder> responder_;
  std::string id_, model_;
  int64_t created_;
  bool is_streamed_, streams_usage_, has_tokens_;
  std::vector<Choice> choices_;
  int64_t left_;
};

void complete_chat(Call& call) {
  const JsonValue json = parse_body(call.request.body);
  const Fields body(json);
  const auto model = call.services.hub.get(body.text("model").value_or(""));
  const bool is_streamed = body.boolean("stream").value_or(false);
  const auto stream_options = body.object("stream_options");
  if (stream_options && !is_streamed) body.fail("stream_options", "goes with 'stream': true");
  const bool streams_usage = stream_options && stream_options->boolean("include_usage").value_or(false);
  const ChatSpec spec = read_chat(body, *model, call.services.sampling_of(*model));
  const GenerationOptions options = generation_options(spec, *model);
  call.services.limits.grow(*call.responder, spec.num_choices, "n");
  auto places = call.services.hub.places(model, spec.num_choices);
  const auto answer = std::make_shared<ChatCompletion>(call, model->id(), spec.num_choices, is_streamed, streams_usage,
                                                       spec.top_log_probabilities >= 0);
  std::vector<std::shared_ptr<Generation>> generations;
  for (int64_t i = 0; i < spec.num_choices; ++i) {
    GenerationOptions own = options;
    own.sampling = sampling_of_choice(spec.sampling, i);
    generations.push_back(std::make_shared<Generation>(
        call.services.hub, model, std::move(places[static_cast<size_t>(i)]), std::move(own), answer->events(i)));
  }
  answer->begin();
  start_all(generations, call.responder);
}

}  // namespace

std::vector<Route> routes::chat_completions() {
  return {{.method = "POST",
           .path = "/v1/chat/completions",
           .summary = "Answers a conversation",
           .handle = complete_chat,
           .request_schema = "ChatCompletionRequest",
           .response_schema = "ChatCompletion",
           .generates = true}};
}

}  // namespace vitrine::serve
