// What the page's routes share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "infer/sampling_settings.h"
#include "serve/chat_spec.h"
#include "serve/json_reader.h"
#include "serve/route.h"
#include "store/store.h"

namespace vitrine::serve {

/// The settings of an answer, as the page sends them.
struct AnswerSettings {
  infer::SamplingSettings sampling;
  int64_t max_tokens = 1024;
  int64_t max_reasoning_tokens = 0;
  std::optional<bool> enable_thinking;
  std::optional<bool> runs_tools;  ///< nothing: where the model knows how to call, and has room
  std::vector<std::string> stop;   ///< texts that end the answer and are not shown
};

/// Errors: ApiError 400.
AnswerSettings read_answer_settings(const Fields& settings, const infer::SamplingSettings& defaults,
                                    int64_t vocab_size);

/// All settings of an answer as they are, not only those that were given: what is stored with it.
std::string answer_settings_json(const Fields& given, AnswerSettings settings);

/// A number of the query. Errors: ApiError 400.
int64_t query_integer(const Call& call, std::string_view name, int64_t fallback, int64_t min, int64_t max);

/// The text, where it is not too long. Errors: ApiError 400.
std::string limited(const Fields& fields, std::string_view name, std::string text, size_t max_bytes);

/// A response that browsers save as a file.
HttpResponse attachment(std::string body, std::string_view content_type, const std::string& file_name);

std::string conversation_json(const store::Conversation& conversation);

/// The tools of this server, as a model is told of them.
std::vector<ToolSpec> own_tools();

}  // namespace vitrine::serve
