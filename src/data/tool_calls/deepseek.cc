// <｜tool▁calls▁begin｜> and calls, each between marks of its own: `function<｜tool▁sep｜>NAME` and a block of JSON
// (DeepSeek V3, R1 and its distillations), or `NAME<｜tool▁sep｜>{…}` (V3.1).
#include "data/tool_calls/catalog.h"

namespace vitrine::data {
namespace {

constexpr std::string_view kDeepSeekCall = "<｜tool▁call▁begin｜>", kDeepSeekCallEnd = "<｜tool▁call▁end｜>";
constexpr std::string_view kDeepSeekSeparator = "<｜tool▁sep｜>";
constexpr std::string_view kDeepSeekFence = "```";
constexpr CallNotation kDeepSeekNotations[] = {
    {.begin = "<｜tool▁call▁begin｜>function<｜tool▁sep｜>",
     .behind_name = "\n```json\n",
     .end = "\n```<｜tool▁call▁end｜>"},
    {.begin = kDeepSeekCall, .behind_name = kDeepSeekSeparator, .end = kDeepSeekCallEnd}};

/// Takes the JSON object at the front of a text; nothing where there is none.
std::optional<std::string_view> take_object(std::string_view& text) {
  const size_t bytes = text.starts_with('{') ? json_value_bytes(text) : 0;
  if (bytes == 0) return std::nullopt;
  const std::string_view object = text.substr(0, bytes);
  text.remove_prefix(bytes);
  return object;
}

/// Takes `NAME` and a block of JSON, which stand behind the word "function".
std::optional<std::string_view> take_fenced(std::string_view& text, std::string_view& name) {
  const auto line = take_until(text, kDeepSeekFence);
  if (!line) return std::nullopt;
  name = trimmed(*line);
  if (text.starts_with("json")) text.remove_prefix(4);
  text = trimmed(text);
  const auto object = take_object(text);
  text = trimmed(text);
  if (!object || !text.starts_with(kDeepSeekFence)) return std::nullopt;
  text.remove_prefix(kDeepSeekFence.size());
  return object;
}

std::optional<ToolCallPart> take_deepseek_call(std::string_view& text) {
  if (!text.starts_with(kDeepSeekCall)) return std::nullopt;
  text.remove_prefix(kDeepSeekCall.size());
  const auto before = take_until(text, kDeepSeekSeparator);
  if (!before) return std::nullopt;
  std::string_view name = trimmed(*before);
  text = trimmed(text);
  const auto object = text.starts_with('{') ? take_object(text)
                      : name == "function"  ? take_fenced(text, name)
                                            : std::nullopt;
  text = trimmed(text);
  if (!object || !text.starts_with(kDeepSeekCallEnd)) return std::nullopt;
  text = trimmed(text.substr(kDeepSeekCallEnd.size()));
  return named_call(name, *object);
}

std::vector<ToolCallPart> parse_deepseek_calls(std::string_view text, std::string_view) {
  std::vector<ToolCallPart> calls;
  for (text = trimmed(text); !text.empty();) {
    auto call = take_deepseek_call(text);
    if (!call) return {};
    calls.push_back(std::move(*call));
  }
  return calls;
}

/// A call has begun whose JSON has not ended.
bool is_open_deepseek_call(std::string_view text) {
  const size_t separator = text.rfind(kDeepSeekSeparator);
  if (separator == text.npos) return false;
  text.remove_prefix(std::min(text.find('{', separator), text.size()));
  return is_open_json_call(text);
}

}  // namespace

const ToolCallForm kDeepSeekForm = {
    .name = "deepseek",
    .help = "<｜tool▁calls▁begin｜> and calls between marks, names behind or before <｜tool▁sep｜> (DeepSeek V3, R1)",
    .begin = "<｜tool▁calls▁begin｜>",
    .end = "<｜tool▁calls▁end｜>",
    .notations = kDeepSeekNotations,
    .takes_several = true,
    .is_shown_in =
        [](std::string_view chat_template) {
          return chat_template.find("<｜tool▁calls▁begin｜>") != chat_template.npos;
        },
    .parse = parse_deepseek_calls,
    .is_open = is_open_deepseek_call};

}  // namespace vitrine::data
