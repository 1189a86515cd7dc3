// --trace FILE: one recorder for the run of a command, and the table at its end.
#pragma once

#include <memory>
#include <string>

#include "base/trace.h"
#include "cli/command.h"

namespace vitrine::cli {

/// Records what the command computes while it exists. Does nothing without --trace.
class TraceSession {
 public:
  /// Errors: kIo, kInvalidArgument when the file cannot be made; asked before the work begins.
  explicit TraceSession(const ParsedOptions& options);
  ~TraceSession();
  TraceSession(const TraceSession&) = delete;
  TraceSession& operator=(const TraceSession&) = delete;

  /// Ends the recording and prints the costliest operations on standard error, unless --quiet.
  void finish();

 private:
  const std::string path_, command_;
  const bool is_quiet_;
  std::unique_ptr<TraceRecorder> recorder_;
  std::unique_ptr<TraceScope> whole_;  // the command
};

/// The recorder of the command that runs now, or null. For make_runtime() and what measures without a runtime.
TraceRecorder* active_trace();

/// The table: the `num_rows` costliest operations, and what is left.
std::string trace_table(const TraceSummary& summary, size_t num_rows);

}  // namespace vitrine::cli
