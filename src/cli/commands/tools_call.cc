// vitrine tools call: run a tool by hand.
#include <fmt/format.h>

#include "base/config_field.h"
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/shared_options.h"
#include "cli/user_text.h"
#include "tools/catalog.h"

namespace vitrine::cli {
namespace {

std::vector<std::string> tool_names() {
  std::vector<std::string> names;
  for (const tools::Tool& tool : tools::tool_catalog()) names.emplace_back(tool.name);
  return names;
}

int run_tools_call(const ParsedOptions& options) {
  Console console(options);
  const std::string name = options.text("tool");
  const tools::ToolResult result = tools::call_tool(name, text_or_standard_input(options.text("arguments")));
  if (!result.ok) {
    const std::string prefix = "error: ";
    const bool has_prefix = result.text.rfind(prefix, 0) == 0;
    throw Error(ErrorCode::kInvalidArgument, has_prefix ? result.text.substr(prefix.size()) : result.text,
                "vitrine tools list shows what each tool takes");
  }
  if (console.is_json())
    console.result(Report().add("tool", name).add("result", result.text));
  else
    write_output_now(result.text + "\n");
  return kDone;
}

}  // namespace

Command tools_call_command() {
  return {
      .name = "tools call",
      .summary = "Run a tool on arguments given as JSON",
      .examples = {R"(vitrine tools call calculator '{"expression": "5 km in m"}')"},
      .options =
          {{.name = "tool", .help = "name of the tool", .choices = tool_names(), .positional = true, .required = true},
           {.name = "arguments",
            .help = "a JSON object; - reads it from standard input",
            .positional = true,
            .required = true}},
      .run = run_tools_call};
}

}  // namespace vitrine::cli
