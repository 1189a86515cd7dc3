#include "serve/chat_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "base/error.h"
#include "data/tool_calls/catalog.h"
#include "serve/api_error.h"
#include "serve/call_grammar.h"
#include "serve/json_writer.h"

namespace vitrine::serve {

std::string tools_json(const std::vector<ToolSpec>& tools) {
  JsonWriter json;
  json.begin_array();
  for (const ToolSpec& tool : tools) {
    json.begin_object().field("type", "function").key("function").begin_object().field("name", tool.name);
    if (!tool.description.empty()) json.field("description", tool.description);
    json.raw_field("parameters", tool.parameters.empty() ? R"({"type": "object", "properties": {}})" : tool.parameters);
    json.end_object().end_object();
  }
  return json.end_array().take();
}

namespace {

using data::Message;
using data::Role;

bool offers_tools(const ChatSpec& spec) {
  return !spec.tools.empty() && spec.tool_choice != ChatSpec::ToolChoice::kNone;
}

/// For templates that have no place for tools: what Hermes' models are told.
std::string tools_in_words(const std::vector<ToolSpec>& tools) {
  return fmt::format(
      "You may call functions. Their signatures are within <tools></tools>:\n<tools>\n{}\n</tools>\nTo call one, write "
      "a JSON object with its name and arguments within <tool_call></tool_call>:\n<tool_call>\n{{\"name\": …, "
      "\"arguments\": …}}\n</tool_call>",
      tools_json(tools));
}

/// The messages as a template without tools can take them: calls and results become words.
std::vector<Message> messages_in_words(const ChatSpec& spec) {
  std::vector<Message> messages;
  if (offers_tools(spec)) messages.push_back(data::text_message(Role::kSystem, tools_in_words(spec.tools)));
  for (const Message& message : spec.messages) {
    Message plain{message.role == Role::kTool ? Role::kUser : message.role, {}};
    std::string text;
    for (const data::Part& part : message.parts) {
      if (const auto* said = std::get_if<data::TextPart>(&part)) text += said->text;
      if (const auto* thought = std::get_if<data::ReasoningPart>(&part)) plain.parts.push_back(*thought);
      if (const auto* call = std::get_if<data::ToolCallPart>(&part))
        text += fmt::format("{}<tool_call>\n{{\"name\": \"{}\", \"arguments\": {}}}\n</tool_call>",
                            text.empty() ? "" : "\n", call->name, call->arguments);
      if (const auto* result = std::get_if<data::ToolResultPart>(&part))
        text += fmt::format("<tool_response>\n{}\n</tool_response>", result->text);
    }
    if (!messages.empty() && messages.back().role == plain.role && plain.role != Role::kAssistant) {
      std::get<data::TextPart>(messages.back().parts.back()).text += "\n\n" + text;  // templates want roles in turn
      continue;
    }
    plain.parts.push_back(data::TextPart{std::move(text)});
    messages.push_back(std::move(plain));
  }
  return messages;
}

bool has_tool_parts(const std::vector<Message>& messages) {
  return std::any_of(messages.begin(), messages.end(), [](const Message& message) {
    return message.role == Role::kTool ||
           std::any_of(message.parts.begin(), message.parts.end(),
                       [](const data::Part& part) { return std::holds_alternative<data::ToolCallPart>(part); });
  });
}

template <typename Render>
auto rendered(const ChatSpec& spec, const ServedModel& model, const Render& render) {
  const data::TemplateFormat& format = model.format();
  data::PromptOptions options{.tools_json = {},
                              .enable_thinking = spec.enable_thinking,
                              .now = std::tm{},
                              .variables = spec.template_variables};
  const std::time_t seconds = std::time(nullptr);
  localtime_r(&seconds, &*options.now);
  const bool knows_tools = format.marks().calls != nullptr;
  if (offers_tools(spec) && format.mentions("tools")) options.tools_json = tools_json(spec.tools);
  const bool needs_words = !knows_tools && (offers_tools(spec) || has_tool_parts(spec.messages));
  try {
    return needs_words ? render(format, messages_in_words(spec), options) : render(format, spec.messages, options);
  } catch (const Error& error) {
    throw bad_request(error.message(), "messages");
  }
}

/// The tools that may be called: all, or the one that was asked for.
std::vector<ToolSpec> callable_tools(const ChatSpec& spec) {
  std::vector<ToolSpec> tools = spec.tools;
  if (!spec.named_tool.empty())
    std::erase_if(tools, [&](const ToolSpec& tool) { return tool.name != spec.named_tool; });
  return tools;
}

/// Nothing where the form of the calls cannot keep to these tools.
std::optional<schema::Grammar> compiled_calls(const ChatSpec& spec, const data::ToolCallForm& form, bool is_forced) {
  if (!has_call_grammar(form)) return std::nullopt;
  try {
    return call_grammar(form, callable_tools(spec), /*is_single=*/is_forced, /*is_compact=*/is_forced);
  } catch (const Error& error) {
    if (form.json == data::ToolCallForm::Json::kNone) return std::nullopt;
    throw bad_request(error, "tools", "invalid_schema");  // each can be kept to, and together they are too large
  }
}

/// Has the model write one call and nothing else: the mark is written for it, a grammar keeps it to the call.
void force_call(const ChatSpec& spec, const ServedModel& model, GenerationOptions& options) {
  if (spec.constraint && !spec.constraint->is_format)
    throw bad_request(
        fmt::format("'{}' is about words, and tool_choice asks for a call: give one of them", spec.constraint->param),
        spec.constraint->param);
  const data::ToolCallForm& form = *options.marks.calls;
  auto grammar = compiled_calls(spec, form, /*is_forced=*/true);
  if (!grammar)
    throw bad_request(fmt::format("this model writes calls in the form '{}', in which {} cannot be forced on it; let "
                                  "tool_choice be auto",
                                  form.name, has_call_grammar(form) ? "calls of these tools" : "a call"),
                      "tool_choice", "unsupported_value");
  options.rule = model.call_rule(std::move(*grammar), form);
  options.is_call = true;
  options.shows_call_pieces = form.json != data::ToolCallForm::Json::kNone;
  const bool has_lines = !form.end.empty() && options.shows_call_pieces;
  options.forced_begin = std::string(form.begin) + (has_lines ? "\n" : "");
  options.forced_end = (has_lines ? "\n" : "") + std::string(form.end);
}

/// Sees to it that a call which the model begins becomes one of the tools. Where it is one JSON object between marks it
/// can be told of while it is written; other forms are told of as a whole.
void keep_calls(const ChatSpec& spec, const ServedModel& model, GenerationOptions& options) {
  const data::ToolCallForm& form = *options.marks.calls;
  auto grammar = compiled_calls(spec, form, /*is_forced=*/false);
  if (!grammar) return;
  const bool is_object = form.json == data::ToolCallForm::Json::kObject && !form.end.empty();
  options.call_rule = model.call_rule(std::move(*grammar), form);
  options.shows_call_pieces = is_object;
  options.forced_end = (is_object ? "\n" : "") + std::string(form.end);
  if (form.may_be_bare)
    for (const ToolSpec& tool : callable_tools(spec)) options.bare_calls.push_back(tool.name);
}

/// Takes the oldest turn behind the system prompt out. False where only the newest is left.
bool drop_oldest_turn(std::vector<Message>& messages) {
  const size_t begin = !messages.empty() && messages.front().role == Role::kSystem ? 1 : 0;
  size_t end = begin + 1;
  while (end < messages.size() && messages[end].role != Role::kUser) ++end;
  if (end >= messages.size()) return false;
  messages.erase(messages.begin() + static_cast<std::ptrdiff_t>(begin),
                 messages.begin() + static_cast<std::ptrdiff_t>(end));
  return true;
}

}  // namespace

bool make_room(ChatSpec& spec, const ServedModel& model, int64_t num_written, int64_t& num_dropped) {
  const int64_t context = model.context_length();
  const int64_t wanted = std::min(spec.max_tokens.value_or(context) - num_written, context / 4);
  for (;; ++num_dropped) {
    const int64_t left = context - static_cast<int64_t>(chat_prompt(spec, model).ids.size());
    if (left >= std::max(wanted, kAnswerRoom)) return true;
    if (!drop_oldest_turn(spec.messages)) return left >= kAnswerRoom;
  }
}

void require_room(int64_t prompt_tokens, int64_t context_length, std::string_view param) {
  if (prompt_tokens < context_length) return;
  throw bad_request(fmt::format("the model's context holds {} tokens, and the prompt alone has {}: shorten it",
                                context_length, prompt_tokens),
                    param, "context_length_exceeded");
}

data::Prompt chat_prompt(const ChatSpec& spec, const ServedModel& model) {
  data::Prompt prompt = rendered(spec, model, [](const auto& format, const auto& messages, const auto& options) {
    return format.prompt(messages, options);
  });
  if (spec.prefill.empty()) return prompt;
  const std::string words = prompt.opens_reasoning ? model.format().marks().to_words : "";
  for (const int32_t id :
       model.tokenizer().encode(words + spec.prefill, std::vector{tokenizer::TextRange{0, words.size()}}))
    prompt.ids.push_back(id);
  prompt.opens_reasoning = false;
  return prompt;
}

std::string chat_prompt_text(const ChatSpec& spec, const ServedModel& model) {
  return rendered(spec, model, [](const auto& format, const auto& messages, const auto& options) {
    return format.prompt_text(messages, options);
  });
}

GenerationOptions generation_options(const ChatSpec& spec, const ServedModel& model) {
  data::Prompt prompt = chat_prompt(spec, model);
  require_room(static_cast<int64_t>(prompt.ids.size()), model.context_length(), "messages");
  GenerationOptions options{
      .prompt = std::move(prompt.ids),
      .opens_reasoning = prompt.opens_reasoning,
      .closes_reasoning = prompt.closes_reasoning,
      .marks = model.format().marks(),
      .sampling = spec.sampling,
      .max_tokens = spec.max_tokens.value_or(model.sampling_defaults().max_tokens.value_or(model.context_length())),
      .max_reasoning_tokens = spec.max_reasoning_tokens,
      .stop = spec.stop,
      .stop_ids = model.end_ids(),
      .top_log_probabilities = spec.top_log_probabilities,
      .priority = spec.priority};
  if (spec.ignores_end) options.stop_ids.clear();
  options.continues = !spec.prefill.empty();
  if (!offers_tools(spec))
    options.marks.calls = nullptr;  // what looks like a call was asked for by nobody: it is text
  else if (!options.marks.calls)
    options.marks.calls = data::find_tool_call_form("hermes");
  if (options.marks.calls) options.marks.tools_json = tools_json(spec.tools);
  if (offers_tools(spec) && spec.tool_choice == ChatSpec::ToolChoice::kRequired) {
    force_call(spec, model, options);
  } else if (spec.constraint) {
    options.rule = model.rule(compiled_constraint(*spec.constraint));
    options.marks.calls = nullptr;
  } else if (options.marks.calls) {
    keep_calls(spec, model, options);
  }
  if ((options.rule || options.continues) && !options.opens_reasoning)
    options.marks.reasoning_begin = options.marks.reasoning_end = "";
  return options;
}

infer::SamplingSettings sampling_of_choice(const infer::SamplingSettings& sampling, int64_t choice) {
  infer::SamplingSettings settings = sampling;
  if (choice > 0)
    settings.seed = static_cast<int64_t>(
        (static_cast<uint64_t>(sampling.seed) + 0x9E3779B97F4A7C15ULL * static_cast<uint64_t>(choice)) >> 12);
  return settings;
}

}  // namespace vitrine::serve
