// The body of /v1/chat/completions: messages, tools and what else OpenAI's clients send.
#pragma once

#include <string>
#include <vector>

#include "serve/chat_spec.h"
#include "serve/json_reader.h"
#include "serve/model_hub.h"

namespace vitrine::serve {

/// Reads everything about the answer but how it is sent. Errors: ApiError 400.
ChatSpec read_chat(const Fields& body, const ServedModel& model, const infer::SamplingSettings& defaults);

/// The messages alone. Errors: ApiError 400 naming the message.
std::vector<data::Message> read_messages(const Fields& body);

/// "tools" and "tool_choice". `are_nested`: as in chat ({"type": "function", "function": {…}}), else as in responses.
void read_tools(const Fields& body, bool are_nested, ChatSpec& spec);

/// "none" to "max", and a bound of thoughts in tokens, into a spec.
void apply_reasoning_effort(const std::string& effort, ChatSpec& spec);

/// Checks a name of a function or a schema: 1 to 64 letters, digits, _ and -.
void require_name(const Fields& fields, std::string_view key, const std::string& name);

}  // namespace vitrine::serve
