// <|tool_call|> and a list of calls: Granite 3.
#include "data/tool_calls/catalog.h"
#include "data/tool_calls/json_calls.h"

namespace vitrine::data {

const ToolCallForm kGraniteForm = {
    .name = "granite",
    .help = "<|tool_call|>[{\"name\": …, \"arguments\": {…}}, …] (Granite 3)",
    .begin = "<|tool_call|>",
    .end = "",
    .json = ToolCallForm::Json::kList,
    .is_shown_in =
        [](std::string_view chat_template) { return chat_template.find("<|tool_call|>") != chat_template.npos; },
    .parse = [](std::string_view text, std::string_view) { return parse_tool_call_list(text); }};

}  // namespace vitrine::data
