#include "data/template_format.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "template/json.h"
#include "template/messages.h"

namespace vitrine::data {
namespace {

using templates::Origin;
using templates::Value;

using Entries = std::vector<std::pair<Value, Value>>;

Value name(std::string_view text) { return Value::string(std::string(text), Origin::kTemplate); }
Value input(std::string_view text) { return Value::string(std::string(text), Origin::kInput); }

/// Templates write arguments out as JSON, so they are given as what they say; text that is no JSON stays text.
Value arguments_value(const std::string& arguments) {
  try {
    return templates::value_from_json(arguments);
  } catch (const Error&) {
    return input(arguments);
  }
}

Value call_value(const ToolCallPart& call) {
  Entries entries;
  if (!call.id.empty()) entries.emplace_back(name("id"), input(call.id));
  entries.emplace_back(name("type"), name("function"));
  entries.emplace_back(name("function"), Value::dict({{name("name"), input(call.name)},
                                                      {name("arguments"), arguments_value(call.arguments)}}));
  return Value::dict(std::move(entries));
}

/// `joins_preambles`: what is said before a call goes with the thoughts, where a template takes one of the two only.
Value message_value(const Message& message, bool joins_preambles) {
  std::string reasoning, call_id, text = message.text();
  std::vector<Value> calls;
  for (const Part& part : message.parts) {
    if (const auto* thought = std::get_if<ReasoningPart>(&part)) reasoning += thought->text;
    if (const auto* call = std::get_if<ToolCallPart>(&part)) calls.push_back(call_value(*call));
    if (const auto* result = std::get_if<ToolResultPart>(&part)) call_id = result->call_id;
  }
  if (joins_preambles && !calls.empty() && !reasoning.empty() && !text.empty())
    reasoning += "\n\n" + std::exchange(text, {});
  Entries entries{{name("role"), name(role_name(message.role))}, {name("content"), input(text)}};
  if (!reasoning.empty()) entries.emplace_back(name("reasoning_content"), input(reasoning));
  if (!calls.empty()) entries.emplace_back(name("tool_calls"), Value::list(std::move(calls)));
  if (!call_id.empty()) entries.emplace_back(name("tool_call_id"), input(call_id));
  return Value::dict(std::move(entries));
}

Value messages_value(std::span<const Message> messages, bool joins_preambles) {
  std::vector<Value> list;
  for (const Message& message : messages) list.push_back(message_value(message, joins_preambles));
  return templates::prepared_messages(Value::list(std::move(list)));
}

templates::Template parsed(const std::string& source) {
  if (source.empty())
    throw Error(ErrorCode::kUnsupported,
                "chat: the model has no chat template, so it was not made to hold conversations",
                "use generate, or name a template with --chat-template");
  try {
    return templates::Template::parse(source);
  } catch (const Error& error) {
    throw error.wrapped("chat template");
  }
}

/// True where a text ends in a mark with nothing but white space behind it.
bool ends_in(std::string_view text, std::string_view mark) {
  const size_t last = text.find_last_not_of(" \t\r\n");
  return !mark.empty() && last != std::string_view::npos && text.substr(0, last + 1).ends_with(mark);
}

}  // namespace

TemplateFormat::TemplateFormat(tokenizer::Tokenizer tokenizer, ChatConventions conventions)
    : tokenizer_(std::move(tokenizer)),
      conventions_(std::move(conventions)),
      template_(parsed(conventions_.chat_template)),
      marks_(marks_of(conventions_.chat_template)) {}

templates::Rendered TemplateFormat::render(std::span<const Message> messages, const PromptOptions& options) const {
  const bool has_channels = marks_.calls != nullptr && marks_.calls->has_channels;
  Entries variables{{name("messages"), messages_value(messages, has_channels)},
                    {name("add_generation_prompt"), Value::boolean(true)}};
  // A token that the tokenizer lacks is undefined, which templates may ask about.
  if (!conventions_.bos_token.empty()) variables.emplace_back(name("bos_token"), name(conventions_.bos_token));
  if (!conventions_.eos_token.empty()) variables.emplace_back(name("eos_token"), name(conventions_.eos_token));
  if (!options.tools_json.empty())
    variables.emplace_back(name("tools"), templates::value_from_json(options.tools_json));
  for (auto& [key, value] : template_values(options.variables))
    variables.emplace_back(std::move(key), std::move(value));
  if (options.enable_thinking)
    variables.emplace_back(name("enable_thinking"), Value::boolean(*options.enable_thinking));
  try {
    return template_.render(Value::dict(std::move(variables)), {.limits = {}, .now = options.now});
  } catch (const Error& error) {
    throw error.wrapped("chat template");
  }
}

Prompt TemplateFormat::prompt(std::span<const Message> messages, const PromptOptions& options) const {
  const templates::Rendered rendered = render(messages, options);
  std::vector<tokenizer::TextRange> trusted;
  for (const templates::Segment& segment : rendered.segments)
    if (segment.origin == Origin::kTemplate) trusted.push_back({segment.begin, segment.end});
  return {.ids = tokenizer_.encode(rendered.text, trusted),
          .opens_reasoning = ends_in(rendered.text, marks_.reasoning_begin)};
}

std::string TemplateFormat::prompt_text(std::span<const Message> messages, const PromptOptions& options) const {
  return render(messages, options).text;
}

}  // namespace vitrine::data
