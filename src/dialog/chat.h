// A conversation with a model: turns into prompts, answers into parts, tool calls run and answered.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/template_format.h"
#include "infer/session.h"

namespace vitrine::dialog {

/// How the assistant answers.
struct ChatOptions {
  infer::SamplingSettings sampling;
  int64_t max_tokens = 256;     ///< of one answer, tool calls included
  int64_t max_tool_rounds = 4;  ///< how many times one answer may call tools
  std::string system_prompt;    ///< empty: none
  data::PromptOptions prompt;   ///< tools that the model is told of, thinking on or off, the date
  int64_t max_reasoning_tokens = 0;          ///< thoughts are ended behind so many; 0: no bound of their own
  std::optional<infer::TextRule> rule = {};  ///< what every answer has to be; tools are not called then
  infer::EngineOptions engine = {};          ///< taken when the chat begins
  infer::Speculation speculation = infer::Speculation::kNone;
  int64_t adapter = 0;  ///< of those that `engine` has; 0: none
};

/// What is shown while an answer grows. Every function may be empty.
struct ChatObserver {
  std::function<void(std::string_view text)> on_text;  ///< whole UTF-8 characters
  std::function<void(std::string_view text)> on_reasoning;  ///< the same of thoughts
  std::function<void(const data::ToolCallPart& call)> on_tool_call;
  std::function<void(const data::ToolCallPart& call, std::string_view result)> on_tool_result;
  std::function<void(int64_t dropped_turns)> on_dropped_turns;  ///< oldest turns that no longer fit the context
  std::function<bool()> should_stop;                            ///< asked after every token; true ends the answer
};

/// An answer as it was given.
struct Answer {
  std::string text;  ///< of the last turn, as on_text showed it
  infer::StopReason reason = infer::StopReason::kStopToken;
  int64_t num_tokens = 0;
  int64_t num_reasoning_tokens = 0;  ///< of these
  int64_t num_tool_calls = 0;  ///< that were run
  bool is_whole = true;        ///< false where ChatOptions::rule asks for more than was written
  bool ended_thinking = false;  ///< the model ended its turn within its thoughts: it has no words
};

/// Keeps the history of one conversation. Threads: one caller at a time.
class Chat {
 public:
  Chat(const nn::Transformer& transformer, data::TemplateFormat format, const autograd::Runtime& runtime,
       ChatOptions options);

  /// Adds the user's turn, answers it (running the tools that the model calls) and keeps both. What is kept has a
  /// result for every call, also where the answer was stopped or may call no more. Errors: kInvalidArgument when the
  /// turn alone does not fit the context; nothing is kept then.
  Answer ask(std::string_view text, const ChatObserver& observer = {});

  /// Answers a conversation as it stands, without keeping anything: evaluation uses this.
  Answer answer(std::vector<data::Message> messages, const ChatObserver& observer = {});

  /// Whether a conversation and the start of an answer fit the context with no turn dropped.
  bool fits(const std::vector<data::Message>& messages) const;

  int64_t vocabulary_size() const { return vocabulary_size_; }
  void reset() { messages_.clear(); }
  const std::vector<data::Message>& messages() const { return messages_; }
  ChatOptions& options() { return options_; }

 private:
  bool fits(size_t prompt_tokens) const;
  data::Prompt prompt(const std::vector<data::Message>& messages) const;
  /// Drops the oldest turns until the prompt fits; nothing when the newest turn alone does not.
  std::optional<data::Prompt> fitting_prompt(std::vector<data::Message>& messages, const ChatObserver& observer) const;
  /// Lets the model speak once and adds what it said.
  void say(const data::Prompt& prompt, std::vector<data::Message>& messages, Answer& answer,
           const ChatObserver& observer);
  /// One stretch of the model's tokens behind `ids`, to which they are added. kLength also where thoughts took all that
  /// they may.
  infer::StopReason generate(std::vector<int32_t>& ids, data::AssistantOutput& output, Answer& answer,
                             const ChatObserver& observer);
  Answer run(std::vector<data::Message>& messages, const ChatObserver& observer);

  data::TemplateFormat format_;
  infer::Session session_;
  int64_t context_length_, vocabulary_size_;
  ChatOptions options_;
  std::vector<data::Message> messages_;
};

}  // namespace vitrine::dialog
