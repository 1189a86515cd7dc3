#include "dialog/chat.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/error.h"
#include "tools/catalog.h"

namespace vitrine::dialog {
namespace {

using data::Message;
using data::Role;

constexpr int64_t kAnswerRoom = 32;  // tokens that a prompt must leave free

/// Shows text as it comes and holds back what may be a tool call until it is known to be one; what is none is shown.
class AnswerStream {
 public:
  AnswerStream(const data::ChatFormat& format, const ChatObserver& observer)
      : format_(format),
        decoder_(format.tokenizer()),
        observer_(observer),
        call_begin_(format.tokenizer().special_id(data::kToolCallBegin)),
        call_end_(format.tokenizer().special_id(data::kToolCallEnd)) {}

  void push(int32_t id) {
    if (id == call_begin_) show_held();
    if (id != call_begin_ && held_.empty()) return show(decoder_.push(id));
    held_.push_back(id);
    if (id != call_end_) return;
    const std::vector<data::Part> parts = format_.parse_assistant_output(held_);
    if (parts.size() != 1 || !std::holds_alternative<data::ToolCallPart>(parts.front())) return show_held();
    held_.clear();
    show(decoder_.flush());
  }
  void finish() {
    show_held();
    show(decoder_.flush());
  }
  /// Everything that was shown: UTF-8 throughout.
  const std::string& text() const { return text_; }

 private:
  void show_held() {
    for (const int32_t id : std::exchange(held_, {})) show(decoder_.push(id));
  }
  void show(const std::string& text) {
    text_ += text;
    if (!text.empty() && observer_.on_text) observer_.on_text(text);
  }

  const data::ChatFormat& format_;
  tokenizer::StreamDecoder decoder_;
  const ChatObserver& observer_;
  std::optional<int32_t> call_begin_, call_end_;
  std::vector<int32_t> held_;  // the start of a call
  std::string text_;
};

/// First message after the oldest user turn and what answered it; the system prompt stays.
size_t end_of_oldest_turn(const std::vector<Message>& messages) {
  size_t i = !messages.empty() && messages.front().role == Role::kSystem ? 1 : 0;
  if (i < messages.size()) ++i;
  while (i < messages.size() && messages[i].role != Role::kUser) ++i;
  return i;
}

std::vector<data::ToolCallPart> calls_of(const Message& message) {
  std::vector<data::ToolCallPart> calls;
  for (const data::Part& part : message.parts)
    if (const auto* call = std::get_if<data::ToolCallPart>(&part)) calls.push_back(*call);
  return calls;
}

/// Why an answer's calls are not run, in the words of a result; empty when they are. Every call gets a result, so that
/// the conversation that is kept makes sense to the model.
std::string reason_not_to_run(const Answer& answer, const ChatOptions& options, int64_t round) {
  if (answer.reason == infer::StopReason::kCancelled) return "error: not run: the answer was stopped.";
  if (round >= options.max_tool_rounds)
    return fmt::format("error: not run: one answer may call tools {} times.", options.max_tool_rounds);
  if (answer.num_tokens >= options.max_tokens)
    return fmt::format("error: not run: the answer reached its {} tokens.", options.max_tokens);
  return "";
}

}  // namespace

Chat::Chat(const nn::Transformer& transformer, data::ChatFormat format, const autograd::Runtime& runtime,
           ChatOptions options)
    : format_(std::move(format)),
      session_(transformer, runtime),
      context_length_(transformer.config().context_length),
      options_(std::move(options)) {}

bool Chat::fits(size_t prompt_tokens) const {
  return static_cast<int64_t>(prompt_tokens) + kAnswerRoom <= context_length_;
}

bool Chat::fits(const std::vector<Message>& messages) const { return fits(format_.render_prompt(messages).ids.size()); }

std::optional<std::vector<int32_t>> Chat::fitting_prompt(std::vector<Message>& messages,
                                                         const ChatObserver& observer) const {
  int64_t dropped = 0;
  for (;;) {
    std::vector<int32_t> ids = format_.render_prompt(messages).ids;
    if (fits(ids.size())) {
      if (dropped > 0 && observer.on_dropped_turns) observer.on_dropped_turns(dropped);
      return ids;
    }
    const size_t end = end_of_oldest_turn(messages);
    if (end >= messages.size()) return std::nullopt;
    const size_t begin = messages.front().role == Role::kSystem ? 1 : 0;
    messages.erase(messages.begin() + static_cast<std::ptrdiff_t>(begin),
                   messages.begin() + static_cast<std::ptrdiff_t>(end));
    ++dropped;
  }
}

void Chat::say(const std::vector<int32_t>& prompt, std::vector<Message>& messages, Answer& answer,
               const ChatObserver& observer) {
  AnswerStream stream(format_, observer);
  infer::GenerateOptions generate{.sampling = options_.sampling,
                                  .max_tokens = options_.max_tokens - answer.num_tokens,
                                  .stop_ids = {format_.end_of_turn(), format_.end_of_text()}};
  generate.on_token = [&](const infer::SampledToken& token) {
    stream.push(token.id);
    return !observer.should_stop || !observer.should_stop();
  };
  const infer::GenerateResult result = session_.generate(prompt, generate);
  stream.finish();
  answer.text = stream.text();
  answer.reason = result.reason;
  answer.num_tokens += static_cast<int64_t>(result.ids.size());
  Message said{Role::kAssistant, format_.parse_assistant_output(result.ids)};
  if (said.parts.empty()) said.parts.push_back(data::TextPart{});
  messages.push_back(std::move(said));
}

Answer Chat::run(std::vector<Message>& messages, const ChatObserver& observer) {
  Answer answer;
  for (int64_t round = 0;; ++round) {
    const auto prompt = fitting_prompt(messages, observer);
    if (!prompt && round == 0)
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("chat: the message takes {} tokens and does not fit the context of {}",
                              format_.render_prompt(messages).ids.size(), context_length_),
                  "send a shorter message");
    if (!prompt) {  // the results of its tools left no room
      answer.reason = infer::StopReason::kContext;
      return answer;
    }
    say(*prompt, messages, answer, observer);
    const std::vector<data::ToolCallPart> calls = calls_of(messages.back());
    const std::string refusal = reason_not_to_run(answer, options_, round);
    for (const data::ToolCallPart& call : calls) {
      if (observer.on_tool_call) observer.on_tool_call(call);
      const std::string text = refusal.empty() ? tools::call_tool(call.name, call.arguments).text : refusal;
      if (observer.on_tool_result) observer.on_tool_result(call, text);
      messages.push_back(Message{Role::kTool, {data::ToolResultPart{text, call.id}}});
      answer.num_tool_calls += refusal.empty();
    }
    if (calls.empty() || !refusal.empty()) return answer;
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
