#include "data/template_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
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

/// How messages are given to a template.
struct MessageStyle {
  bool joins_preambles = false;  // what is said before a call goes with the thoughts: it takes one of the two only
  bool has_no_content = false;   // a call without words has none for its content: it asks for that
};

/// Whether a template asks "content is none", or "is not none".
bool asks_for_no_content(std::string_view source) {
  constexpr std::string_view kContent = "content", kBehindName = "'\"]) \t\n";
  for (size_t at = source.find(kContent); at != std::string_view::npos; at = source.find(kContent, at)) {
    const bool is_end_of_name =
        at > 0 && (std::isalnum(static_cast<unsigned char>(source[at - 1])) || source[at - 1] == '_');
    at += kContent.size();
    if (is_end_of_name) continue;  // such as reasoning_content
    std::string_view rest = source.substr(at, 40);
    const auto skip = [&](std::string_view word) {
      rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(kBehindName)));
      if (!rest.starts_with(word)) return false;
      rest.remove_prefix(word.size());
      return true;
    };
    if (!skip("is ")) continue;
    skip("not ");
    if (skip("none") || skip("None")) return true;
  }
  return false;
}

Value message_value(const Message& message, const MessageStyle& style) {
  std::string reasoning, call_id, text = message.text();
  std::vector<Value> calls;
  for (const Part& part : message.parts) {
    if (const auto* thought = std::get_if<ReasoningPart>(&part)) reasoning += thought->text;
    if (const auto* call = std::get_if<ToolCallPart>(&part)) calls.push_back(call_value(*call));
    if (const auto* result = std::get_if<ToolResultPart>(&part)) call_id = result->call_id;
  }
  if (style.joins_preambles && !calls.empty() && !reasoning.empty() && !text.empty())
    reasoning += "\n\n" + std::exchange(text, {});
  Entries entries{{name("role"), name(role_name(message.role))}, {name("content"), input(text)}};
  if (!reasoning.empty()) entries.emplace_back(name("reasoning_content"), input(reasoning));
  if (!calls.empty()) entries.emplace_back(name("tool_calls"), Value::list(std::move(calls)));
  if (!call_id.empty()) entries.emplace_back(name("tool_call_id"), input(call_id));
  return Value::dict(std::move(entries));
}

/// A message of calls whose content is no words, with none for it.
Value without_content_beside_calls(const Value& message) {
  Entries entries(message.dict().entries.begin(), message.dict().entries.end());
  const auto named = [&](std::string_view key) {
    return std::ranges::find_if(entries, [&](const auto& entry) { return entry.first.bytes() == key; });
  };
  const auto content = named("content");
  if (named("tool_calls") != entries.end() && content != entries.end() && content->second.bytes().empty())
    content->second = Value::none();
  return Value::dict(std::move(entries));
}

Value messages_value(std::span<const Message> messages, const MessageStyle& style) {
  std::vector<Value> list;
  for (const Message& message : messages) list.push_back(message_value(message, style));
  const Value prepared = templates::prepared_messages(Value::list(std::move(list)));
  if (!style.has_no_content) return prepared;
  std::vector<Value> with_none;
  for (const Value& message : prepared.list().items) with_none.push_back(without_content_beside_calls(message));
  return Value::list(std::move(with_none));
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
  const MessageStyle style{.joins_preambles = has_channels,
                           .has_no_content = asks_for_no_content(conventions_.chat_template)};
  Entries variables{{name("messages"), messages_value(messages, style)},
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

bool TemplateFormat::ends_reasoning(templates::Rendered& rendered, const PromptOptions& options) const {
  if (options.enable_thinking.value_or(true) || !ends_in(rendered.text, marks_.reasoning_begin)) return false;
  const size_t begin = rendered.text.size();
  rendered.text += (marks_.to_words.starts_with('\n') ? "" : "\n") + marks_.to_words;
  rendered.segments.push_back({begin, rendered.text.size(), Origin::kTemplate});
  return true;
}

Prompt TemplateFormat::prompt(std::span<const Message> messages, const PromptOptions& options) const {
  templates::Rendered rendered = render(messages, options);
  const bool closes_reasoning = ends_reasoning(rendered, options);
  std::vector<tokenizer::TextRange> trusted;
  for (const templates::Segment& segment : rendered.segments)
    if (segment.origin == Origin::kTemplate) trusted.push_back({segment.begin, segment.end});
  return {.ids = tokenizer_.encode(rendered.text, trusted),
          .opens_reasoning = ends_in(rendered.text, marks_.reasoning_begin),
          .closes_reasoning = closes_reasoning};
}

std::string TemplateFormat::prompt_text(std::span<const Message> messages, const PromptOptions& options) const {
  templates::Rendered rendered = render(messages, options);
  ends_reasoning(rendered, options);
  return rendered.text;
}

}  // namespace vitrine::data
