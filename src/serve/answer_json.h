// Pieces of answers that several APIs share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "serve/generation.h"
#include "serve/json_writer.h"

namespace vitrine::serve {

/// Tokens of all choices, as "usage" tells of them.
struct Usage {
  int64_t prompt_tokens = 0, cached_tokens = 0, completion_tokens = 0, reasoning_tokens = 0;
  /// Choices share their prompt.
  void add(const GenerationResult& result);
};

/// The object of chat and text completions.
void write_usage(JsonWriter& json, const Usage& usage);

/// {"token", "logprob", "bytes"} and, where `with_best`, "top_logprobs".
void write_token(JsonWriter& json, const TokenReport& token);

/// "stop", "length", "tool_calls".
std::string_view finish_reason(FinishReason reason);

/// The parts of one kind, joined.
std::string text_of(const std::vector<data::Part>& parts);
std::string reasoning_of(const std::vector<data::Part>& parts);

int64_t seconds_now();

}  // namespace vitrine::serve
