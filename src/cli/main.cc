// vitrine: the one program. Translates errors into exit statuses; everything else is in the commands.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_line.h"
#include "cli/console.h"
#include "cli/cut_file.h"
#include "cli/failed_allocation.h"
#include "cli/help.h"
#include "cli/shared_options.h"
#include "cli/signals.h"
#include "cli/trace_session.h"

namespace vitrine::cli {
namespace {

/// Opens /dev/null on standard streams that came closed, else the next file opened would be written to as one.
void open_closed_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    // open() takes the lowest descriptor that is free, which is this one.
    if (::fcntl(descriptor, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) != descriptor) std::_Exit(kFailed);
}

int run(const std::vector<std::string>& words) {
  const Invocation invocation = resolve_command(words);
  if (invocation.kind == Invocation::Kind::kVersion) {
    write_output_now(version_text());
  } else if (invocation.kind == Invocation::Kind::kHelp) {
    write_output_now(invocation.command ? command_help_text(*invocation.command) : overview_text(invocation.prefix));
  } else {
    const ParsedOptions options = parse_options(*invocation.command, invocation.arguments);
    require_known_device(options.text("device"));
    if (options.flag("check_options")) return kDone;
    TraceSession trace(options);
    const int status = invocation.command->run(options);
    trace.finish();
    return status;
  }
  return kDone;
}

void print_json_error(const Error& error) {
  const Report report = Report()
                            .add("error", error.message())
                            .add("code", std::string(error_code_name(error.code())))
                            .add("hint", error.hint());
  std::fputs((report.json() + "\n").c_str(), stdout);
}

/// Runs and turns whatever is thrown into an error and its status.
int run_and_report(const std::vector<std::string>& words) {
  const bool is_json = std::find(words.begin(), std::find(words.begin(), words.end(), "--"), "--json") != words.end();
  const auto fail = [&](const Error& error, int status) {
    print_error(error);
    if (is_json) print_json_error(error);
    return status;
  };
  try {
    return run(words);
  } catch (const UsageError& error) {
    return fail(error, kWrongUsage);
  } catch (const Error& error) {
    return fail(error, error.code() == ErrorCode::kInterrupted ? kInterruptedStatus : kFailed);
  } catch (const std::bad_alloc&) {
    return fail(out_of_memory_error(), kFailed);
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(Error(ErrorCode::kIo, fmt::format("'{}': {}", error.path1().string(), error.code().message()),
                      "check the path and its permissions"),
                kFailed);
  } catch (const std::exception& error) {
    return fail(Error(ErrorCode::kInternal, fmt::format("unexpected: {}", error.what()), "please report this"),
                kFailed);
  }
}

}  // namespace
}  // namespace vitrine::cli

int main(int count, char** words) {
  vitrine::cli::open_closed_streams();
  const bool is_json = std::find(words + 1, words + count, std::string_view("--json")) != words + count;
  vitrine::cli::explain_cut_files(is_json);
  vitrine::cli::end_on_signals(is_json);
  std::signal(SIGXFSZ, SIG_IGN);  // a file beyond the limit is an error of write(), which says so, and not our end
  return vitrine::cli::run_and_report(std::vector<std::string>(words + 1, words + count));
}
