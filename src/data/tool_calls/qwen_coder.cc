// <tool_call><function=NAME><parameter=KEY>VALUE</parameter>…</function></tool_call>, once for each call: Qwen3-Coder,
// Qwen 3.5, Nemotron 3. Values stand as they are, so what is a number and what a string only the tool's schema tells.
#include "data/tool_calls/catalog.h"
#include "data/tool_calls/typed_arguments.h"

namespace vitrine::data {
namespace {

constexpr std::string_view kFunctionMark = "<function=", kFunctionEnd = "</function>";
constexpr std::string_view kParameterMark = "<parameter=", kParameterEnd = "</parameter>";
constexpr CallNotation kQwenCoderNotations[] = {{.begin = "<function=",
                                                 .behind_name = ">\n",
                                                 .before_key = kParameterMark,
                                                 .behind_key = ">\n",
                                                 .behind_value = "\n</parameter>\n",
                                                 .end = "</function>\n"}};
constexpr std::string_view kNotInTagNames = "<>\" \t\r\n";

/// Takes `NAME>` off the front of a text; nothing where that is no plain name.
std::optional<std::string_view> take_tag_name(std::string_view& text) {
  const auto name = take_until(text, ">");
  return name && !name->empty() && name->find_first_of(kNotInTagNames) == name->npos ? name : std::nullopt;
}

/// Takes a value and its closing mark: the first one that has another parameter or the end of the call behind it.
std::optional<std::string_view> take_parameter(std::string_view& text) {
  for (size_t at = 0; (at = text.find(kParameterEnd, at)) != text.npos; at += kParameterEnd.size()) {
    const std::string_view rest = trimmed(text.substr(at + kParameterEnd.size()));
    if (!rest.empty() && !rest.starts_with(kParameterMark)) continue;
    std::string_view value = text.substr(0, at);
    if (value.starts_with('\n')) value.remove_prefix(1);
    if (value.ends_with('\n')) value.remove_suffix(1);
    text = rest;
    return value;
  }
  return std::nullopt;
}

std::vector<ToolCallPart> parse_qwen_coder_calls(std::string_view text, std::string_view tools_json) {
  text = trimmed(text);
  if (!text.starts_with(kFunctionMark) || !text.ends_with(kFunctionEnd)) return {};
  text.remove_prefix(kFunctionMark.size());
  text.remove_suffix(kFunctionEnd.size());
  const auto name = take_tag_name(text);
  if (!name) return {};
  TypedArguments arguments(tools_json, *name);
  for (text = trimmed(text); !text.empty();) {
    if (!text.starts_with(kParameterMark)) return {};
    text.remove_prefix(kParameterMark.size());
    const auto key = take_tag_name(text);
    const auto value = key ? take_parameter(text) : std::nullopt;
    if (!value || !arguments.add(*key, *value)) return {};
  }
  auto call = named_call(*name, arguments.json());
  return call ? std::vector{std::move(*call)} : std::vector<ToolCallPart>();
}

bool is_open_qwen_coder_call(std::string_view text) {
  text = trimmed(text);
  return text.starts_with(kFunctionMark) && !text.ends_with(kFunctionEnd);
}

}  // namespace

const ToolCallForm kQwenCoderForm = {
    .name = "qwen-coder",
    .help = "<tool_call><function=…><parameter=…>…</parameter></function></tool_call> for each call (Qwen3-Coder)",
    .begin = "<tool_call>",
    .end = "</tool_call>",
    .notations = kQwenCoderNotations,
    .is_shown_in =
        [](std::string_view chat_template) {
          return chat_template.find("<tool_call>") != chat_template.npos &&
                 chat_template.find(kFunctionMark) != chat_template.npos &&
                 chat_template.find(kParameterMark) != chat_template.npos;
        },
    .parse = parse_qwen_coder_calls,
    .is_open = is_open_qwen_coder_call};

}  // namespace vitrine::data
