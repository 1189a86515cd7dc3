// <tool_call>NAME<arg_key>KEY</arg_key><arg_value>VALUE</arg_value>…</tool_call>, once for each call: GLM 4.5 and
// later. Strings stand without quotes, everything else as JSON.
#include "data/tool_calls/catalog.h"
#include "data/tool_calls/typed_arguments.h"

namespace vitrine::data {
namespace {

constexpr std::string_view kArgKey = "<arg_key>", kArgKeyEnd = "</arg_key>";
constexpr std::string_view kArgValue = "<arg_value>", kArgValueEnd = "</arg_value>";
constexpr CallNotation kGlmNotations[] = {{.behind_name = " ",
                                           .before_key = kArgKey,
                                           .behind_key = "</arg_key> <arg_value>",
                                           .behind_value = "</arg_value> "}};
constexpr std::string_view kNotInGlmNames = "<>\"{}[] \t\r\n";

/// Takes a value and its closing mark: the first one that has another argument or nothing behind it.
std::optional<std::string_view> take_glm_value(std::string_view& text) {
  for (size_t at = 0; (at = text.find(kArgValueEnd, at)) != text.npos; at += kArgValueEnd.size()) {
    const std::string_view rest = trimmed(text.substr(at + kArgValueEnd.size()));
    if (!rest.empty() && !rest.starts_with(kArgKey)) continue;
    const std::string_view value = text.substr(0, at);
    text = rest;
    return value;
  }
  return std::nullopt;
}

std::vector<ToolCallPart> parse_glm_calls(std::string_view text, std::string_view tools_json) {
  const std::string_view name = trimmed(text.substr(0, text.find(kArgKey)));
  if (name.empty() || name.find_first_of(kNotInGlmNames) != name.npos) return {};
  text.remove_prefix(std::min(text.find(kArgKey), text.size()));
  TypedArguments arguments(tools_json, name);
  for (text = trimmed(text); !text.empty();) {
    if (!text.starts_with(kArgKey)) return {};
    text.remove_prefix(kArgKey.size());
    const auto key = take_until(text, kArgKeyEnd);
    text = trimmed(text);
    if (!key || !text.starts_with(kArgValue)) return {};
    text.remove_prefix(kArgValue.size());
    const auto value = take_glm_value(text);
    if (!value || !arguments.add(trimmed(*key), *value)) return {};
  }
  auto call = named_call(name, arguments.json());
  return call ? std::vector{std::move(*call)} : std::vector<ToolCallPart>();
}

bool is_open_glm_call(std::string_view text) {
  const size_t begin = text.rfind(kArgValue), end = text.rfind(kArgValueEnd);
  return begin != text.npos && (end == text.npos || end < begin);
}

}  // namespace

const ToolCallForm kGlmForm = {
    .name = "glm",
    .help = "<tool_call>…<arg_key>…</arg_key><arg_value>…</arg_value></tool_call> for each call (GLM 4.5)",
    .begin = "<tool_call>",
    .end = "</tool_call>",
    .notations = kGlmNotations,
    .is_shown_in =
        [](std::string_view chat_template) {
          return chat_template.find("<tool_call>") != chat_template.npos &&
                 chat_template.find(kArgKey) != chat_template.npos;
        },
    .parse = parse_glm_calls,
    .is_open = is_open_glm_call};

}  // namespace vitrine::data
