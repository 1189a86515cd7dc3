// vitrine model list: the models that were fetched, and good open ones to fetch.
#include <fmt/format.h>

#include <filesystem>

#include "cli/commands/commands.h"
#include "cli/console.h"
#include "cli/fetched_files.h"
#include "cli/model_report.h"
#include "cli/signals.h"
#include "model/model_store.h"
#include "model/open_models.h"
#include "net/download.h"

namespace vitrine::cli {

Report model_list_report(const std::function<std::string(const model::StoredModel&)>& state_of) {
  Report report;
  report.add("folder", model::models_folder().string());
  std::vector<Report::Row> stored, open;
  std::vector<std::string> names;
  for (const model::StoredModel& each : model::stored_models()) {
    names.push_back(each.name);
    Report::Row row{one_line(each.name), ReportReal{static_cast<double>(each.num_bytes) / 1e6, 1}, each.path.string()};
    if (state_of) row.emplace_back(state_of(each));
    stored.push_back(std::move(row));
  }
  for (const model::OpenModel& each : model::open_models()) {
    const std::string from =
        each.package != nullptr ? fmt::format("package {}", each.package->package) : std::string(each.address);
    open.push_back({std::string(each.name), std::string(each.summary), int64_t{each.num_megabytes},
                    std::string(each.licence), from});
  }
  std::vector<std::string> columns{"name", "megabytes", "path"};
  if (state_of) columns.emplace_back("state");
  if (!stored.empty()) report.add_table("fetched", std::move(columns), std::move(stored));
  report.add_table("catalog", {"name", "summary", "megabytes", "licence", "from"}, std::move(open));
  return report;
}

namespace {

namespace fs = std::filesystem;

constexpr const char* kAsFetched = "as fetched";
constexpr const char* kUnknown = "not known";

/// Whether a model's files are the ones that were fetched.
std::string state_of(const model::StoredModel& stored) {
  std::error_code error;
  const bool is_folder = fs::is_directory(stored.path, error);
  const fs::path folder = is_folder ? stored.path : stored.path.parent_path();
  std::string state = kUnknown;
  const FetchedFiles fetched(folder);
  for (const auto& [name, entry] : fetched.entries()) {
    const fs::path path = folder / name;
    if (!is_folder && path.filename() != stored.path.filename()) continue;
    throw_if_stopped("nothing was changed");
    if (entry.is_awaited()) return fmt::format("the fetch of '{}' did not end", one_line(name));
    if (!fs::is_regular_file(path, error)) return fmt::format("'{}' is gone", one_line(name));
    if (static_cast<int64_t>(fs::file_size(path, error)) != entry.num_bytes ||
        net::sha256_of_file(path, [] { return stop_requested(); }) != entry.sha256)
      return fmt::format("'{}' has changed", one_line(name));
    state = kAsFetched;
  }
  return state;
}

int run_model_list(const ParsedOptions& options) {
  Console console(options);
  const StopSignals signals;
  bool is_sound = true;
  const auto checked = [&](const model::StoredModel& stored) {
    const std::string state = state_of(stored);
    is_sound = is_sound && (state == kAsFetched || state == kUnknown);
    return state;
  };
  console.result(options.flag("check") ? model_list_report(checked) : model_list_report());
  return is_sound ? kDone : kFailed;
}

}  // namespace

Command model_list_command() {
  return {
      .name = "model list",
      .summary = "List the models that were fetched, and open ones to fetch",
      .examples = {"vitrine model list", "vitrine model list --check"},
      .options = {{.name = "check",
                   .kind = OptionKind::kFlag,
                   .help = "say of each whether its files are still the ones that were fetched, by their checksums"}},
      .run = run_model_list,
      .notes =
          "Every command takes these names with -m once a model was fetched. Sizes of the catalog are about right."};
}

}  // namespace vitrine::cli
