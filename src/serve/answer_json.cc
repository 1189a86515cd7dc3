#include "serve/answer_json.h"

#include <algorithm>
#include <ctime>

namespace vitrine::serve {
namespace {

constexpr double kLowest = -9999;  // what OpenAI's API says for minus infinity

void write_choice(JsonWriter& json, const TokenReport::Choice& choice) {
  json.field("token", choice.bytes).field("logprob", std::max(kLowest, choice.log_probability));
  json.key("bytes").begin_array();
  for (const char byte : choice.bytes) json.value(static_cast<int>(static_cast<unsigned char>(byte)));
  json.end_array();
}

}  // namespace

void Usage::add(const GenerationResult& result) {
  prompt_tokens = result.prompt_tokens;
  cached_tokens = std::max(cached_tokens, result.cached_tokens);
  completion_tokens += result.completion_tokens;
  reasoning_tokens += result.reasoning_tokens;
}

void write_usage(JsonWriter& json, const Usage& usage) {
  json.begin_object().field("prompt_tokens", usage.prompt_tokens).field("completion_tokens", usage.completion_tokens);
  json.field("total_tokens", usage.prompt_tokens + usage.completion_tokens);
  json.key("prompt_tokens_details").begin_object().field("cached_tokens", usage.cached_tokens).field("audio_tokens", 0);
  json.end_object().key("completion_tokens_details").begin_object();
  json.field("reasoning_tokens", usage.reasoning_tokens).field("audio_tokens", 0);
  json.field("accepted_prediction_tokens", 0).field("rejected_prediction_tokens", 0).end_object().end_object();
}

void write_token(JsonWriter& json, const TokenReport& token) {
  json.begin_object();
  write_choice(json, token.token);
  json.key("top_logprobs").begin_array();
  for (const TokenReport::Choice& choice : token.best) {
    json.begin_object();
    write_choice(json, choice);
    json.end_object();
  }
  json.end_array().end_object();
}

std::string_view finish_reason(FinishReason reason) {
  switch (reason) {
    case FinishReason::kLength:
      return "length";
    case FinishReason::kToolCalls:
      return "tool_calls";
    default:
      return "stop";
  }
}

std::string text_of(const std::vector<data::Part>& parts) {
  std::string text;
  for (const data::Part& part : parts)
    if (const auto* said = std::get_if<data::TextPart>(&part)) text += said->text;
  return text;
}

std::string reasoning_of(const std::vector<data::Part>& parts) {
  std::string text;
  for (const data::Part& part : parts)
    if (const auto* thought = std::get_if<data::ReasoningPart>(&part)) text += thought->text;
  return text;
}

int64_t seconds_now() { return static_cast<int64_t>(std::time(nullptr)); }

}  // namespace vitrine::serve
