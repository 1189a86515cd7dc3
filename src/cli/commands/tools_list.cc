// vitrine tools list: the computational tools, as the model is told of them.
#include "cli/commands/commands.h"
#include "cli/console.h"
#include "tools/catalog.h"

namespace vitrine::cli {
namespace {

int run_tools_list(const ParsedOptions& options) {
  Console console(options);
  std::vector<Report::Row> rows;
  for (const tools::Tool& tool : tools::tool_catalog())
    rows.push_back({std::string(tool.name), std::string(tool.description), std::string(tool.parameters)});
  console.result(Report().add_table("tools", {"name", "description", "parameters"}, std::move(rows)));
  return kDone;
}

}  // namespace

Command tools_list_command() {
  return {.name = "tools list",
          .summary = "List the tools that a model may call",
          .examples = {"vitrine tools list", "vitrine tools list --json"},
          .options = {},
          .run = run_tools_list};
}

}  // namespace vitrine::cli
