#include "dialog/chat.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/error.h"
#include "infer/sequence_breakers.h"
#include "tools/catalog.h"

namespace vitrine::dialog {
namespace {

using data::Message;
using data::Role;

constexpr int64_t kAnswerRoom = 32;  // tokens that a prompt must leave free

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

/// Under a rule an answer is what the rule reads: nothing in it is a call, and no thought but what the prompt began.
data::OutputMarks marks_for(data::OutputMarks marks, const ChatOptions& options, bool opens_reasoning) {
  marks.takes_bare_calls = !options.prompt.tools_json.empty();
  marks.tools_json = options.prompt.tools_json;
  if (!options.rule) return marks;
  marks.calls = nullptr;
  if (!opens_reasoning) marks.reasoning_begin = marks.reasoning_end = "";
  return marks;
}

}  // namespace

Chat::Chat(const nn::Transformer& transformer, data::TemplateFormat format, const autograd::Runtime& runtime,
           ChatOptions options)
    : format_(std::move(format)),
      session_(transformer, runtime, options.engine),
      context_length_(transformer.config().context_length),
      vocabulary_size_(transformer.config().vocab_size),
      options_(std::move(options)) {}

bool Chat::fits(size_t prompt_tokens) const {
  return static_cast<int64_t>(prompt_tokens) + kAnswerRoom <= context_length_;
}

data::Prompt Chat::prompt(const std::vector<Message>& messages) const {
  return format_.prompt(messages, options_.prompt);
}

bool Chat::fits(const std::vector<Message>& messages) const { return fits(prompt(messages).ids.size()); }

std::optional<data::Prompt> Chat::fitting_prompt(std::vector<Message>& messages, const ChatObserver& observer) const {
  int64_t dropped = 0;
  for (;;) {
    data::Prompt prompt = this->prompt(messages);
    if (fits(prompt.ids.size())) {
      if (dropped > 0 && observer.on_dropped_turns) observer.on_dropped_turns(dropped);
      return prompt;
    }
    const size_t end = end_of_oldest_turn(messages);
    if (end >= messages.size()) return std::nullopt;
    const size_t begin = messages.front().role == Role::kSystem ? 1 : 0;
    messages.erase(messages.begin() + static_cast<std::ptrdiff_t>(begin),
                   messages.begin() + static_cast<std::ptrdiff_t>(end));
    ++dropped;
  }
}

infer::StopReason Chat::generate(std::vector<int32_t>& ids, data::AssistantOutput& output, Answer& answer,
                                 const ChatObserver& observer) {
  bool is_at_turn = false;  // from thoughts to the answer
  const bool is_ruled = options_.rule && !output.is_reasoning();
  infer::GenerateOptions generate{.sampling = options_.sampling,
                                  .max_tokens = options_.max_tokens - answer.num_tokens,
                                  .stop_ids = format_.end_ids(),
                                  .speculation = options_.speculation,
                                  .adapter = options_.adapter};
  infer::resolve_sequence_breakers(generate.sampling, format_.tokenizer());
  if (is_ruled) generate.constraint = std::make_shared<infer::TokenConstraint>(*options_.rule);
  generate.on_token = [&](const infer::SampledToken& token) {
    answer.num_reasoning_tokens += output.is_reasoning();
    output.push(token.id);
    if (observer.should_stop && observer.should_stop()) return false;
    const bool thought_enough =
        options_.max_reasoning_tokens > 0 && answer.num_reasoning_tokens >= options_.max_reasoning_tokens;
    is_at_turn = output.is_reasoning() ? thought_enough : options_.rule && !is_ruled;
    return !is_at_turn;
  };
  const infer::GenerateResult result = session_.generate(ids, generate);
  ids.insert(ids.end(), result.ids.begin(), result.ids.end());
  answer.is_whole = !options_.rule || (is_ruled && generate.constraint->is_complete());
  answer.num_tokens += static_cast<int64_t>(result.ids.size());
  return is_at_turn ? infer::StopReason::kLength : result.reason;
}

void Chat::say(const data::Prompt& prompt, std::vector<Message>& messages, Answer& answer,
               const ChatObserver& observer) {
  data::AssistantOutput output(
      format_.tokenizer(), marks_for(format_.marks(), options_, prompt.opens_reasoning), prompt.opens_reasoning,
      {.on_text = observer.on_text, .on_reasoning = observer.on_reasoning, .on_call = {}}, options_.rule.has_value());
  if (prompt.closes_reasoning) output.expect_late_end();
  std::vector<int32_t> ids = prompt.ids;
  answer.reason = generate(ids, output, answer, observer);
  const bool may_go_on = answer.reason == infer::StopReason::kLength && answer.num_tokens < options_.max_tokens;
  if (may_go_on && output.is_reasoning()) {  // its thoughts took all that they may: now the answer
    const std::string& end = format_.marks().to_words;
    for (const int32_t id : format_.tokenizer().encode(end, std::vector{tokenizer::TextRange{0, end.size()}})) {
      output.push(id);
      ids.push_back(id);
    }
    output.expect_late_end();
  }
  if (may_go_on) answer.reason = generate(ids, output, answer, observer);
  answer.ended_thinking = answer.reason == infer::StopReason::kStopToken && output.is_reasoning();
  output.finish();
  answer.text = output.text();
  Message said{Role::kAssistant, output.parts()};
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
                              this->prompt(messages).ids.size(), context_length_),
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
