// [TOOL_CALLS] and a list of calls, or since the 2025 models [TOOL_CALLS]name[ARGS]{…} for each call: Mistral.
#include "data/tool_calls/catalog.h"
#include "data/tool_calls/json_calls.h"

namespace vitrine::data {
namespace {

constexpr std::string_view kCallId = "[CALL_ID]", kArguments = "[ARGS]";
constexpr CallNotation kMistralNotations[] = {{.behind_name = kArguments}};

/// Reads `name[CALL_ID]id[ARGS]{…}`; the id may be left out.
std::vector<ToolCallPart> parse_named(std::string_view text) {
  const size_t at = text.find(kArguments);
  if (at == std::string_view::npos) return {};
  std::string_view name = text.substr(0, at), id;
  if (const size_t mark = name.find(kCallId); mark != std::string_view::npos) {
    id = trimmed(name.substr(mark + kCallId.size()));
    name = name.substr(0, mark);
  }
  name = trimmed(name);
  auto call = named_call(name, trimmed(text.substr(at + kArguments.size())));
  if (!call) return {};
  call->id = id;
  return {std::move(*call)};
}

std::vector<ToolCallPart> parse_mistral_calls(std::string_view text, std::string_view) {
  return trimmed(text).starts_with('[') ? parse_tool_call_list(text, {.id = true}) : parse_named(text);
}

}  // namespace

const ToolCallForm kMistralForm = {
    .name = "mistral",
    .help = "[TOOL_CALLS] [{\"name\": …, \"arguments\": {…}}, …], or [TOOL_CALLS]name[ARGS]{…} (Mistral)",
    .begin = "[TOOL_CALLS]",
    .end = "",
    .json = ToolCallForm::Json::kList,
    .notations = kMistralNotations,
    .id_characters = 9,
    .is_shown_in =
        [](std::string_view chat_template) { return chat_template.find("[TOOL_CALLS]") != chat_template.npos; },
    .parse = parse_mistral_calls};

}  // namespace vitrine::data
