// Text completions: a prompt is continued, without a chat template.
#include <fmt/format.h>

#include "serve/answer_constraint.h"
#include "serve/answer_json.h"
#include "serve/chat_spec.h"
#include "serve/event_stream.h"
#include "serve/json_reader.h"
#include "serve/routes/catalog.h"
#include "serve/sampling_request.h"
#include "serve/services.h"

namespace vitrine::serve {
namespace {

/// Choices of all prompts, in order. Its events come on the thread of the engines.
class Completion : public std::enable_shared_from_this<Completion> {
 public:
  Completion(Call& call, std::string model, bool is_streamed, bool streams_usage, bool has_tokens)
      : metrics_(call.services.metrics),
        responder_(call.responder),
        id_(random_id("cmpl-")),
        model_(std::move(model)),
        created_(seconds_now()),
        is_streamed_(is_streamed),
        streams_usage_(streams_usage),
        has_tokens_(has_tokens) {}

  /// A choice that begins with `echo`.
  GenerationEvents events(size_t index, std::string echo) {
    const auto self = shared_from_this();
    choices_.resize(std::max(choices_.size(), index + 1));
    choices_[index].text = std::move(echo);
    left_ = choices_.size();
    GenerationEvents events;
    events.on_text = [self, index](std::string_view text, const std::vector<TokenReport>& tokens) {
      Choice& choice = self->choices_[index];
      if (self->is_streamed_) {
        self->write_chunk(index, text, tokens, "");
        for (const TokenReport& token : tokens) choice.num_streamed += token.token.bytes.size();
        return;
      }
      choice.text += text;
      choice.tokens.insert(choice.tokens.end(), tokens.begin(), tokens.end());
    };
    events.on_finish = [self, index](const GenerationResult& result) { self->finish(index, result); };
    return events;
  }

  void begin() {
    if (!is_streamed_) return;
    begin_event_stream(*responder_);
    for (size_t i = 0; i < choices_.size(); ++i)
      if (!choices_[i].text.empty()) write_chunk(i, choices_[i].text, {}, "");
  }

 private:
  struct Choice {
    std::string text;
    std::vector<TokenReport> tokens;
    size_t num_streamed = 0;  // bytes of the tokens that were told of
    GenerationResult result;
  };

  void write_head(JsonWriter& json) const {
    json.begin_object()
        .field("id", id_)
        .field("object", "text_completion")
        .field("created", created_)
        .field("model", model_);
    json.null_field("system_fingerprint");
  }

  /// `offset`: of the first of them in the text of the choice.
  void write_tokens(JsonWriter& json, const std::vector<TokenReport>& tokens, size_t offset) const {
    json.key("logprobs");
    if (!has_tokens_) {
      json.null();
      return;
    }
    json.begin_object().key("tokens").begin_array();
    for (const TokenReport& token : tokens) json.value(token.token.bytes);
    json.end_array().key("token_logprobs").begin_array();
    for (const TokenReport& token : tokens) json.value(std::max(-9999.0, token.token.log_probability));
    json.end_array().key("top_logprobs").begin_array();
    for (const TokenReport& token : tokens) {
      json.begin_object();
      bool has_own = false;
      for (const TokenReport::Choice& choice : token.best) {
        json.field(choice.bytes, std::max(-9999.0, choice.log_probability));
        has_own = has_own || choice.bytes == token.token.bytes;
      }
      if (!has_own) json.field(token.token.bytes, std::max(-9999.0, token.token.log_probability));
      json.end_object();
    }
    json.end_array().key("text_offset").begin_array();
    for (const TokenReport& token : tokens) {
      json.value(offset);
      offset += token.token.bytes.size();
    }
    json.end_array().end_object();
  }

  void write_choice(JsonWriter& json, size_t index, std::string_view text, const std::vector<TokenReport>& tokens,
                    std::string_view reason) const {
    json.begin_object().field("index", index).field("text", text);
    write_tokens(json, tokens, choices_[index].num_streamed);
    json.key("finish_reason").text_or_null(reason).end_object();
  }

  void write_chunk(size_t index, std::string_view text, const std::vector<TokenReport>& tokens,
                   std::string_view reason) {
    JsonWriter json;
    write_head(json);
    json.key("choices").begin_array();
    write_choice(json, index, text, tokens, reason);
    json.end_array();
    if (streams_usage_) json.null_field("usage");
    write_event(*responder_, json.end_object().text());
  }

  void finish(size_t index, const GenerationResult& result) {
    metrics_.count_generation(result);
    choices_[index].result = result;
    if (result.failure) failure_ = result.failure;
    if (is_streamed_ && !result.failure) write_chunk(index, "", {}, finish_reason(result.reason));
    if (--left_ > 0) return;
    if (!is_streamed_) return send();
    if (failure_) {
      write_event(*responder_, error_body(to_api_error(failure_)));
      return responder_->end();
    }
    if (streams_usage_) {
      JsonWriter json;
      write_head(json);
      json.key("choices").begin_array().end_array().key("usage");
      write_usage(json, usage());
      write_event(*responder_, json.end_object().text());
    }
    write_event(*responder_, "[DONE]");
    responder_->end();
  }

  Usage usage() const {
    Usage usage;
    for (const Choice& choice : choices_) usage.add(choice.result);
    return usage;
  }

  void send() {
    if (failure_) return responder_->send(error_response(to_api_error(failure_)));
    JsonWriter json;
    write_head(json);
    json.key("choices").begin_array();
    for (size_t i = 0; i < choices_.size(); ++i)
      write_choice(json, i, choices_[i].text, choices_[i].tokens, finish_reason(choices_[i].result.reason));
    json.end_array().key("usage");
    write_usage(json, usage());
    responder_->send({.body = json.end_object().take()});
  }

  Metrics& metrics_;
  std::shared_ptr<Responder> responder_;
  std::string id_, model_;
  int64_t created_;
  bool is_streamed_, streams_usage_, has_tokens_;
  std::vector<Choice> choices_;
  size_t left_ = 0;
  std::exception_ptr failure_;
};

/// A text, a list of ids, or a list of texts.
std::vector<std::vector<int32_t>> read_prompts(const Fields& body, const ServedModel& model) {
  const JsonValue& prompt = body.required("prompt", "a string or an array");
  std::vector<std::vector<int32_t>> prompts;
  const auto add_text = [&](const std::string& text) {
    prompts.push_back(model.text_start());
    model.tokenizer().encode_append(text, prompts.back());
  };
  if (prompt.is(JsonKind::kString)) {
    add_text(prompt.string);
  } else {
    const std::vector<JsonValue>& items = *body.array("prompt");
    const bool are_ids = !items.empty() && items.front().is(JsonKind::kNumber);
    if (are_ids) prompts.emplace_back();
    if (!are_ids && items.size() > 128) body.fail("prompt", "has too many texts (at most 128)");
    for (const JsonValue& item : items) {
      if (are_ids) {
        const auto id = item.is(JsonKind::kNumber) ? item.number.to_int64() : std::nullopt;
        if (!id || *id < 0 || *id >= model.tokenizer().vocab_size())
          body.fail("prompt", fmt::format("has to hold ids from 0 to {}", model.tokenizer().vocab_size() - 1));
        prompts.back().push_back(static_cast<int32_t>(*id));
      } else {
        if (!item.is(JsonKind::kString)) body.fail("prompt", "has to hold texts, or ids", "invalid_type");
        add_text(item.string);
      }
    }
  }
  if (prompts.empty()) body.fail("prompt", "is empty");
  for (const auto& ids : prompts) {
    if (ids.empty()) body.fail("prompt", "is empty, and this model has no token that begins a text");
    require_room(static_cast<int64_t>(ids.size()), model.context_length(), "prompt");
  }
  return prompts;
}

void complete_text(Call& call) {
  const JsonValue json = parse_body(call.request.body);
  const Fields body(json);
  const auto model = call.services.hub.get(body.text("model").value_or(""));
  const bool is_streamed = body.boolean("stream").value_or(false);
  const auto stream_options = body.object("stream_options");
  if (stream_options && !is_streamed) body.fail("stream_options", "goes with 'stream': true");
  const bool streams_usage = stream_options && stream_options->boolean("include_usage").value_or(false);
  if (body.has("suffix")) body.fail("suffix", "is not offered", "unsupported_parameter");
  const std::vector<std::vector<int32_t>> prompts = read_prompts(body, *model);
  const int64_t n = body.integer("n", 1, 128).value_or(1);
  if (const auto best_of = body.integer("best_of", 1, 128)) {
    if (*best_of < n) body.fail("best_of", fmt::format("is less than 'n' (got {}, expected at least {})", *best_of, n));
    if (*best_of > n) body.fail("best_of", "is not offered beyond 'n'", "unsupported_parameter");
  }
  body.text("user");
  const auto top = body.integer("logprobs", 0, 20);
  const bool echoes = body.boolean("echo").value_or(false);
  if (echoes && top)  // a prompt is read without the probabilities of its tokens
    body.fail("echo", "is not offered together with 'logprobs'", "unsupported_parameter");
  GenerationOptions options{
      .is_chat = false,
      .sampling = read_sampling(body, call.services.sampling_of(*model), model->tokenizer().vocab_size()),
      .max_tokens = body.integer("max_tokens", 1, INT32_MAX).value_or(16),
      .stop = read_stop(body),
      .stop_ids = model->end_ids(),
      .top_log_probabilities = top ? static_cast<int>(*top) : -1,
      .priority = read_priority(body)};
  if (const auto constraint = read_constraint(body, read_response_format(body)))
    options.rule = model->rule(compiled_constraint(*constraint));
  if (prompts.size() * static_cast<size_t>(n) > 128) body.fail("n", "asks for more than 128 texts in all");
  call.services.limits.grow(*call.responder, n * static_cast<int64_t>(prompts.size()),
                            prompts.size() > 1 ? "prompt" : "n");
  auto places = call.services.hub.places(model, n * static_cast<int64_t>(prompts.size()));
  const auto answer = std::make_shared<Completion>(call, model->id(), is_streamed, streams_usage, top.has_value());
  const infer::SamplingSettings sampling = options.sampling;
  std::vector<std::shared_ptr<Generation>> generations;
  for (const std::vector<int32_t>& prompt : prompts)
    for (int64_t i = 0; i < n; ++i) {
      GenerationOptions own = options;
      own.prompt = prompt;
      own.sampling = sampling_of_choice(sampling, i);
      const size_t index = generations.size();
      std::string echo = echoes ? model->tokenizer().decode(prompt, /*skip_special=*/true) : "";
      generations.push_back(std::make_shared<Generation>(call.services.hub, model, std::move(places[index]),
                                                         std::move(own), answer->events(index, std::move(echo))));
    }
  answer->begin();
  start_all(generations, call.responder);
}

}  // namespace

std::vector<Route> routes::completions() {
  return {{.method = "POST",
           .path = "/v1/completions",
           .summary = "Continues a text",
           .handle = complete_text,
           .request_schema = "CompletionRequest",
           .response_schema = "Completion",
           .generates = true}};
}

}  // namespace vitrine::serve
