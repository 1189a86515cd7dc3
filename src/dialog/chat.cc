#include "dialog/chat.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "tools/catalog.h"

namespace vitrine::dialog {
namespace {

using data::Message;
using data::Role;

constexpr int64_t kAnswerRoom = 32;  // tokens that a prompt must leave free

/// Shows text tokens as they come and holds back what lies between the marks of a tool call.
class AnswerStream {
 public:
  AnswerStream(const tokenizer::Tokenizer& tokenizer, const ChatObserver& observer)
      : tokenizer_(tokenizer),
        decoder_(tokenizer),
        observer_(observer),
        call_begin_(tokenizer.special_id(data::kToolCallBegin)),
        call_end_(tokenizer.special_id(data::kToolCallEnd)) {}

  void push(int32_t id) {
    if (call_begin_ && id == *call_begin_) in_call_ = true;
    if (!in_call_ && !tokenizer_.is_special(id)) show(decoder_.push(id));
    if (call_end_ && id == *call_end_) in_call_ = false;
  }
  void finish() { show(decoder_.flush()); }

 private:
  void show(const std::string& text) {
    if (!text.empty() && observer_.on_text) observer_.on_text(text);
  }

  const tokenizer::Tokenizer& tokenizer_;
  tokenizer::StreamDecoder decoder_;
  const ChatObserver& observer_;
  std::optional<int32_t> call_begin_, call_end_;
  bool in_call_ = false;
};

/// First message after the oldest user turn and what answered it; the system prompt stays.
size_t end_of_oldest_turn(const std::vector<Message>& messages) {
  size_t i = !messages.empty() && messages.front().role == Role::kSystem ? 1 : 0;
  if (i < messages.size()) ++i;
  while (i < messages.size() && messages[i].role != Role::kUser) ++i;
  return i;
}

std::string run_tool(const data::ToolCallPart& call) {
  const tools::Tool* const tool = tools::find_tool(call.name);
  if (tool == nullptr) return fmt::format("error: there is no tool named '{}'", call.name);
  const tools::ToolResult result = tool->call(call.arguments);
  return result.ok ? result.text : "error: " + result.text;
}

}  // namespace

Chat::Chat(const nn::Transformer& transformer, data::ChatFormat format, const autograd::Runtime& runtime,
           ChatOptions options)
    : format_(std::move(format)),
      session_(transformer, runtime),
      context_length_(transformer.config().context_length),
      options_(std::move(options)) {}

std::vector<int32_t> Chat::fitting_prompt(std::vector<Message>& messages, const ChatObserver& observer) const {
  int64_t dropped = 0;
  for (;;) {
    std::vector<int32_t> ids = format_.render_prompt(messages).ids;
    if (static_cast<int64_t>(ids.size()) + kAnswerRoom <= context_length_) {
      if (dropped > 0 && observer.on_dropped_turns) observer.on_dropped_turns(dropped);
      return ids;
    }
    const size_t end = end_of_oldest_turn(messages);
    if (end >= messages.size())
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("chat: the message takes {} tokens and does not fit the context of {}", ids.size(),
                              context_length_),
                  "send a shorter message");
    const size_t begin = messages.front().role == Role::kSystem ? 1 : 0;
    messages.erase(messages.begin() + static_cast<std::ptrdiff_t>(begin),
                   messages.begin() + static_cast<std::ptrdiff_t>(end));
    ++dropped;
  }
}

Answer Chat::run(std::vector<Message>& messages, const ChatObserver& observer) {
  Answer answer;
  for (int64_t round = 0;; ++round) {
    const std::vector<int32_t> prompt = fitting_prompt(messages, observer);
    AnswerStream stream(format_.tokenizer(), observer);
    infer::GenerateOptions generate{.sampling = options_.sampling,
                                    .max_tokens = options_.max_tokens - answer.num_tokens,
                                    .stop_ids = {format_.end_of_turn(), format_.end_of_text()}};
    generate.on_token = [&](const infer::SampledToken& token) {
      stream.push(token.id);
      return !observer.should_stop || !observer.should_stop();
    };
    const infer::GenerateResult result = session_.generate(prompt, generate);
    stream.finish();
    answer.reason = result.reason;
    answer.num_tokens += static_cast<int64_t>(result.ids.size());
    Message said{Role::kAssistant, format_.parse_assistant_output(result.ids)};
    answer.text = said.text();
    std::vector<data::ToolCallPart> calls;
    for (const data::Part& part : said.parts)
      if (const auto* call = std::get_if<data::ToolCallPart>(&part)) calls.push_back(*call);
    if (said.parts.empty()) said.parts.push_back(data::TextPart{});
    messages.push_back(std::move(said));
    if (calls.empty() || answer.reason == infer::StopReason::kCancelled || round >= options_.max_tool_rounds ||
        answer.num_tokens >= options_.max_tokens)
      return answer;
    for (const data::ToolCallPart& call : calls) {
      if (observer.on_tool_call) observer.on_tool_call(call);
      const std::string text = run_tool(call);
      if (observer.on_tool_result) observer.on_tool_result(call, text);
      messages.push_back(Message{Role::kTool, {data::ToolResultPart{text, call.id}}});
      ++answer.num_tool_calls;
    }
  }
}

Answer Chat::ask(std::string_view text, const ChatObserver& observer) {
  std::vector<Message> messages = messages_;
  if (messages.empty() && !options_.system_prompt.empty())
    messages.push_back(data::text_message(Role::kSystem, options_.system_prompt));
  messages.push_back(data::text_message(Role::kUser, std::string(text)));
  const Answer answer = run(messages, observer);
  messages_ = std::move(messages);
  return answer;
}

Answer Chat::answer(std::vector<Message> messages, const ChatObserver& observer) { return run(messages, observer); }

}  // namespace vitrine::dialog
