#include "data/chat_format.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"

namespace vitrine::data {
namespace {

TokenId required_special(const Tokenizer& tokenizer, std::string_view name) {
  if (const auto id = tokenizer.special_id(name)) return *id;
  throw Error(ErrorCode::kInvalidArgument, fmt::format("chat format: the tokenizer has no special token '{}'", name),
              "train the tokenizer with the special tokens of the chat format");
}

bool is_json_object(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  return parser.parse(text.data(), text.size()).get(object) == simdjson::SUCCESS;
}

/// Reads `{"name": …, "arguments": {…}}` with nothing else in it; the arguments keep their bytes.
std::optional<ToolCallPart> parse_call(std::string_view text) {
  // The DOM parser checks the whole text, which the lazy one does not; only the latter gives the bytes of a value.
  simdjson::dom::parser checker;
  simdjson::dom::object checked;
  std::string_view name;
  simdjson::dom::object checked_arguments;
  if (checker.parse(text.data(), text.size()).get(checked) != simdjson::SUCCESS || checked.size() != 2 ||
      checked["name"].get(name) != simdjson::SUCCESS || name.empty() ||
      checked["arguments"].get(checked_arguments) != simdjson::SUCCESS)
    return std::nullopt;
  const simdjson::padded_string padded(text);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::object arguments;
  std::string_view bytes;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
      document["arguments"].get_object().get(arguments) != simdjson::SUCCESS ||
      arguments.raw_json().get(bytes) != simdjson::SUCCESS)
    return std::nullopt;
  const size_t last = bytes.find_last_not_of(" \t\r\n");
  return ToolCallPart{std::string(name), std::string(bytes.substr(0, last + 1))};
}

[[noreturn]] void refuse_part(Role role, const Part& part) {
  if (std::holds_alternative<ReasoningPart>(part))
    throw Error(ErrorCode::kUnsupported, "chat format: it has no place for reasoning",
                "remove reasoning_content from the conversation");
  throw Error(ErrorCode::kCorruptData,
              fmt::format("chat format: a {} message holds a part of another role", role_name(role)));
}

/// The text of a message that may hold parts of type `Allowed` only.
template <typename Allowed>
std::string plain_text(const Message& message) {
  std::string text;
  for (const Part& part : message.parts) {
    if (!std::holds_alternative<Allowed>(part)) refuse_part(message.role, part);
    text += std::get<Allowed>(part).text;
  }
  return text;
}

}  // namespace

const std::string_view kChatTemplate =
    R"({%- for message in messages %}
{%- if message.role == 'tool' %}
{%- if loop.first or messages[loop.index0 - 1].role != 'tool' %}
{{- '<|im_start|>user' }}
{%- endif %}
{{- '\n<tool_response>\n' + message.content + '\n</tool_response>' }}
{%- if loop.last or messages[loop.index0 + 1].role != 'tool' %}
{{- '<|im_end|>\n' }}
{%- endif %}
{%- else %}
{%- set content = message.content if message.content else '' %}
{{- '<|im_start|>' + message.role + '\n' + content }}
{%- if message.tool_calls %}
{%- for tool_call in message.tool_calls %}
{%- set call = tool_call.function if tool_call.function else tool_call %}
{%- if content or not loop.first %}
{{- '\n' }}
{%- endif %}
{{- '<tool_call>\n{"name": ' + (call.name | tojson) + ', "arguments": ' }}
{%- if call.arguments is string %}
{{- call.arguments }}
{%- else %}
{{- call.arguments | tojson }}
{%- endif %}
{{- '}\n</tool_call>' }}
{%- endfor %}
{%- endif %}
{{- '<|im_end|>\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\n' }}
{%- endif %})";

ChatFormat::ChatFormat(Tokenizer tokenizer)
    : tokenizer_(std::move(tokenizer)),
      end_of_text_(required_special(tokenizer_, kEndOfText)),
      start_of_turn_(required_special(tokenizer_, kStartOfTurn)),
      end_of_turn_(required_special(tokenizer_, kEndOfTurn)),
      tool_call_begin_(required_special(tokenizer_, kToolCallBegin)),
      tool_call_end_(required_special(tokenizer_, kToolCallEnd)),
      tool_response_begin_(required_special(tokenizer_, kToolResponseBegin)),
      tool_response_end_(required_special(tokenizer_, kToolResponseEnd)) {}

void ChatFormat::append_id(RenderedChat& chat, TokenId id, bool is_said) const {
  chat.ids.push_back(id);
  chat.loss_mask.push_back(is_said);
}

void ChatFormat::append_text(RenderedChat& chat, std::string_view text, bool is_said) const {
  tokenizer_.encode_append(text, chat.ids);
  chat.loss_mask.resize(chat.ids.size(), is_said);
}

void ChatFormat::open_turn(RenderedChat& chat, std::string_view role) const {
  append_id(chat, start_of_turn_, false);
  append_text(chat, fmt::format("{}\n", role), false);
}

void ChatFormat::close_turn(RenderedChat& chat, bool is_said) const {
  append_id(chat, end_of_turn_, is_said);
  append_text(chat, "\n", false);
}

void ChatFormat::append_assistant(RenderedChat& chat, const Message& message) const {
  std::string text;
  std::vector<const ToolCallPart*> calls;
  for (const Part& part : message.parts) {
    if (const auto* said = std::get_if<TextPart>(&part))
      text += said->text;
    else if (const auto* call = std::get_if<ToolCallPart>(&part))
      calls.push_back(call);
    else
      refuse_part(message.role, part);
  }
  if (!text.empty() && !calls.empty()) text += '\n';
  append_text(chat, text, true);
  for (const ToolCallPart* call : calls) {
    if (!is_json_object(call->arguments))
      throw Error(
          ErrorCode::kCorruptData,
          fmt::format("chat format: the arguments of a call of '{}' are not a JSON object", excerpt(call->name)));
    if (call != calls.front()) append_text(chat, "\n", true);
    std::string body = "\n{\"name\": ";
    append_json_string(body, call->name);
    body += ", \"arguments\": " + call->arguments + "}\n";
    append_id(chat, tool_call_begin_, true);
    append_text(chat, body, true);
    append_id(chat, tool_call_end_, true);
  }
}

void ChatFormat::append_tool_results(RenderedChat& chat, std::span<const Message> results) const {
  append_id(chat, start_of_turn_, false);
  append_text(chat, "user", false);
  for (const Message& result : results) {
    append_text(chat, "\n", false);
    append_id(chat, tool_response_begin_, false);
    append_text(chat, "\n" + plain_text<ToolResultPart>(result) + "\n", false);
    append_id(chat, tool_response_end_, false);
  }
}

RenderedChat ChatFormat::render(std::span<const Message> messages) const {
  RenderedChat chat;
  while (!messages.empty()) {
    const Message& message = messages.front();
    size_t num_taken = 1;
    if (message.role == Role::kTool) {
      while (num_taken < messages.size() && messages[num_taken].role == Role::kTool) ++num_taken;
      append_tool_results(chat, messages.first(num_taken));
    } else {
      open_turn(chat, role_name(message.role));
      if (message.role == Role::kAssistant)
        append_assistant(chat, message);
      else
        append_text(chat, plain_text<TextPart>(message), false);
    }
    close_turn(chat, message.role == Role::kAssistant);
    messages = messages.subspan(num_taken);
  }
  return chat;
}

RenderedChat ChatFormat::render_prompt(std::span<const Message> messages) const {
  RenderedChat chat = render(messages);
  open_turn(chat, role_name(Role::kAssistant));
  return chat;
}

std::vector<Part> ChatFormat::parse_assistant_output(std::span<const TokenId> ids) const {
  const auto stop =
      std::find_if(ids.begin(), ids.end(), [&](TokenId id) { return id == end_of_turn_ || id == end_of_text_; });
  const auto end = static_cast<size_t>(stop - ids.begin());
  std::vector<Part> parts;
  std::string text;
  const auto flush_text = [&] {
    if (!text.empty()) parts.push_back(TextPart{std::exchange(text, {})});
  };
  for (size_t i = 0; i < end;) {
    size_t close = end;
    std::optional<ToolCallPart> call;
    if (ids[i] == tool_call_begin_) {
      // A second opening before the close makes the first one text; so every id is looked at twice at most.
      const auto next = std::find_if(ids.begin() + static_cast<int64_t>(i) + 1, stop,
                                     [&](TokenId id) { return id == tool_call_begin_ || id == tool_call_end_; });
      close = static_cast<size_t>(next - ids.begin());
      if (next != stop && *next == tool_call_end_)
        call = parse_call(tokenizer_.decode(ids.subspan(i + 1, close - i - 1)));
    }
    if (call) {
      if (text.ends_with('\n')) text.pop_back();
      flush_text();
      parts.push_back(std::move(*call));
      i = close + 1;
    } else {
      text += tokenizer_.token_bytes(ids[i]);
      ++i;
    }
  }
  flush_text();
  return parts;
}

}  // namespace vitrine::data
