// vitrine model list: the models that were fetched, and good open ones to fetch.
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/model_report.h"
#include "model/model_store.h"
#include "model/open_models.h"

namespace vitrine::cli {

Report model_list_report() {
  Report report;
  report.add("folder", model::models_folder().string());
  std::vector<Report::Row> stored, open;
  std::vector<std::string> names;
  for (const model::StoredModel& each : model::stored_models()) {
    names.push_back(each.name);
    stored.push_back(
        {one_line(each.name), ReportReal{static_cast<double>(each.num_bytes) / 1e6, 1}, each.path.string()});
  }
  for (const model::OpenModel& each : model::open_models()) {
    const std::string from =
        each.package != nullptr ? fmt::format("package {}", each.package->package) : std::string(each.address);
    open.push_back({std::string(each.name), std::string(each.summary), int64_t{each.num_megabytes},
                    std::string(each.licence), from});
  }
  if (!stored.empty()) report.add_table("fetched", {"name", "megabytes", "path"}, std::move(stored));
  report.add_table("catalog", {"name", "summary", "megabytes", "licence", "from"}, std::move(open));
  return report;
}

namespace {

int run_model_list(const ParsedOptions& options) {
  Console console(options);
  console.result(model_list_report());
  return kDone;
}

}  // namespace

Command model_list_command() {
  return {
      .name = "model list",
      .summary = "List the models that were fetched, and open ones to fetch",
      .examples = {"vitrine model list"},
      .options = {},
      .run = run_model_list,
      .notes =
          "Every command takes these names with -m once a model was fetched. Sizes of the catalog are about right."};
}

}  // namespace vitrine::cli
