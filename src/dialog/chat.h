// A conversation with a model: turns into prompts, answers into parts, tool calls run and answered.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/chat_format.h"
#include "infer/session.h"
#include "tokenizer/stream_decoder.h"

namespace vitrine::dialog {

/// How the assistant answers.
struct ChatOptions {
  infer::SamplingSettings sampling;
  int64_t max_tokens = 256;     ///< of one answer, tool calls included
  int64_t max_tool_rounds = 4;  ///< calls that one answer may make
  std::string system_prompt;    ///< empty: none
};

/// What is shown while an answer grows. Every function may be empty.
struct ChatObserver {
  std::function<void(std::string_view text)> on_text;  ///< whole UTF-8 characters
  std::function<void(const data::ToolCallPart& call)> on_tool_call;
  std::function<void(const data::ToolCallPart& call, std::string_view result)> on_tool_result;
  std::function<void(int64_t dropped_turns)> on_dropped_turns;  ///< oldest turns that no longer fit the context
  std::function<bool()> should_stop;                            ///< asked after every token; true ends the answer
};

/// An answer as it was given.
struct Answer {
  std::string text;  ///< of the last turn
  infer::StopReason reason = infer::StopReason::kStopToken;
  int64_t num_tokens = 0;
  int64_t num_tool_calls = 0;
};

/// Keeps the history of one conversation. Threads: one caller at a time.
class Chat {
 public:
  Chat(const nn::Transformer& transformer, data::ChatFormat format, const autograd::Runtime& runtime,
       ChatOptions options);

  /// Adds the user's turn, answers it (running the tools that the model calls) and keeps both.
  /// Errors: kInvalidArgument when the turn alone does not fit the context.
  Answer ask(std::string_view text, const ChatObserver& observer = {});

  /// Answers a conversation as it stands, without keeping anything: evaluation uses this.
  Answer answer(std::vector<data::Message> messages, const ChatObserver& observer = {});

  void reset() { messages_.clear(); }
  const std::vector<data::Message>& messages() const { return messages_; }
  ChatOptions& options() { return options_; }

 private:
  std::vector<int32_t> fitting_prompt(std::vector<data::Message>& messages, const ChatObserver& observer) const;
  Answer run(std::vector<data::Message>& messages, const ChatObserver& observer);

  data::ChatFormat format_;
  infer::Session session_;
  int64_t context_length_;
  ChatOptions options_;
  std::vector<data::Message> messages_;
};

}  // namespace vitrine::dialog
