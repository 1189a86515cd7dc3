#include "cli/trace_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "cli/report.h"

namespace vitrine::cli {
namespace {

constexpr size_t kTableRows = 10;

TraceRecorder* active_recorder = nullptr;

Report::Row operation_row(const TraceTotal& total, double all_seconds) {
  const double seconds = std::max(total.seconds, 1e-9);
  return {total.name,
          total.calls,
          ReportReal{total.seconds, 3},
          ReportReal{100 * total.seconds / all_seconds, 1},
          ReportReal{total.work.flops / seconds / 1e9, 1},
          ReportReal{total.work.bytes / seconds / 1e9, 1}};
}

}  // namespace

TraceRecorder* active_trace() { return active_recorder; }

std::string trace_table(const TraceSummary& summary, size_t num_rows) {
  const double all_seconds = std::max(summary.seconds, 1e-9);
  std::vector<Report::Row> rows;
  TraceTotal rest{.name = "other operations"}, outside{.name = "outside operations", .seconds = all_seconds};
  for (const TraceTotal& total : summary.operations) {
    outside.seconds -= total.seconds;
    if (rows.size() < num_rows) {
      rows.push_back(operation_row(total, all_seconds));
    } else {
      rest.calls += total.calls;
      rest.seconds += total.seconds;
      rest.work.flops += total.work.flops;
      rest.work.bytes += total.work.bytes;
    }
  }
  if (rest.calls > 0) rows.push_back(operation_row(rest, all_seconds));
  rows.push_back({outside.name, std::string(), ReportReal{outside.seconds, 3},
                  ReportReal{100 * outside.seconds / all_seconds, 1}, std::string(), std::string()});
  return Report()
      .add_table("costliest operations", {"operation", "calls", "seconds", "percent", "gflops", "gb_per_second"},
                 std::move(rows))
      .table();
}

TraceSession::TraceSession(const ParsedOptions& options)
    : path_(options.text("trace")), command_("vitrine " + options.command()), is_quiet_(options.flag("quiet")) {
  if (!options.given("trace")) return;
  recorder_ = std::make_unique<TraceRecorder>(path_, command_);
  active_recorder = recorder_.get();
  whole_ = std::make_unique<TraceScope>(recorder_.get(), TraceKind::kRegion, command_.c_str());
}

TraceSession::~TraceSession() {
  active_recorder = nullptr;
  whole_.reset();
}

void TraceSession::finish() {
  if (recorder_ == nullptr) return;
  whole_.reset();
  recorder_->flush();
  const TraceSummary summary = recorder_->summary();
  std::string text;
  if (!is_quiet_)
    text = trace_table(summary, kTableRows) +
           fmt::format("trace: {} events in '{}', for Perfetto\n", summary.num_events, path_);
  if (!summary.problem.empty())
    text += fmt::format("trace: {} events are not in '{}': {}\n", summary.num_left_out, path_, summary.problem);
  std::fputs(text.c_str(), stderr);
}

}  // namespace vitrine::cli
