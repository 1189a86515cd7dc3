// <tool_call>{"name": …, "arguments": {…}}</tool_call>, once for each call: Hermes, Qwen 2.5 and 3, SmolLM, and our
// own.
#include "data/tool_calls/catalog.h"
#include "data/tool_calls/json_calls.h"

namespace vitrine::data {
namespace {

std::vector<ToolCallPart> parse_hermes_calls(std::string_view text, std::string_view) {
  auto call = parse_tool_call(text);
  return call ? std::vector{std::move(*call)} : std::vector<ToolCallPart>();
}

}  // namespace

const ToolCallForm kHermesForm = {
    .name = "hermes",
    .help = "<tool_call>{\"name\": …, \"arguments\": {…}}</tool_call> for each call (Hermes, Qwen, SmolLM)",
    .begin = "<tool_call>",
    .end = "</tool_call>",
    .json = ToolCallForm::Json::kObject,
    .is_shown_in =
        [](std::string_view chat_template) { return chat_template.find("<tool_call>") != chat_template.npos; },
    .parse = parse_hermes_calls};

}  // namespace vitrine::data
