// What a request of the Responses API asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "serve/chat_spec.h"
#include "serve/json_reader.h"
#include "serve/services.h"

namespace vitrine::serve {

/// What a response repeats of its request.
struct ResponseEcho {
  std::string instructions, metadata = "{}", tools = "[]", tool_choice = "\"auto\"",
                            text = R"({"format":{"type":"text"}})";
  std::string previous_id;
  std::optional<int64_t> max_output_tokens;
  double temperature = 1, top_p = 1;
  bool parallel_tool_calls = true;
  std::string truncation = "disabled", effort;
  int64_t top_logprobs = 0;
};

/// The conversation with what was said before, cut where `truncation` asks for it, and the settings. `input_items`: the
/// input as it is stored. Errors: ApiError 400, and 404 for an earlier response that is not there.
ChatSpec read_response_spec(const Fields& body, Services& services, const ServedModel& model, std::string& input_items);

/// Errors: ApiError 400.
ResponseEcho read_echo(const Fields& body, const ChatSpec& spec);

}  // namespace vitrine::serve
