// {"name": …, "parameters": {…}} as a whole answer, or behind <|python_tag|>: Llama 3.1 to 3.3.
#include "data/tool_calls/catalog.h"
#include "data/tool_calls/json_calls.h"

namespace vitrine::data {
namespace {

bool is_shown_in(std::string_view chat_template) {
  const auto shows = [&](std::string_view text) { return chat_template.find(text) != chat_template.npos; };
  return shows("<|python_tag|>") || (shows(R"({"name": )") && shows(R"("parameters": )"));
}

}  // namespace

const ToolCallForm kLlamaForm = {
    .name = "llama",
    .help = "{\"name\": …, \"parameters\": {…}}, bare or behind <|python_tag|> (Llama 3)",
    .begin = "<|python_tag|>",
    .end = "",
    .may_be_bare = true,
    .json = ToolCallForm::Json::kObject,
    .arguments_key = "parameters",
    .takes_several = true,
    .is_shown_in = is_shown_in,
    .parse = [](std::string_view text, std::string_view) { return parse_tool_calls(text, {.type = true}); }};

}  // namespace vitrine::data
