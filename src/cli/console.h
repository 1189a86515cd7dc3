// What a command shows: one result on standard output; progress, notes and errors on standard error.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "cli/report.h"

namespace vitrine::cli {

/// True when the descriptor is a terminal that understands colours and NO_COLOR is not set.
bool may_colour(int descriptor);

/// Writes one `error:` line and one `hint:` line on standard error.
void print_error(const Error& error);

/// Replaces line breaks and control characters by spaces, so that a text stays on its line and does nothing else to a
/// terminal.
std::string one_line(std::string_view text);

/// Writes to standard output. Errors: kIo when it takes no more.
void write_output(std::string_view text);
/// The same, at once: for text that streams.
void write_output_now(std::string_view text);

/// Writes text that a model or a file gave, at once: on a terminal with its control characters escaped, so that it can
/// only be read; into a file or pipe as it is.
void write_foreign_text(std::string_view text);

/// The output of one command. Progress is one updating line on a terminal, and a plain line now and then when piped.
/// Threads: one caller at a time.
class Console {
 public:
  explicit Console(const ParsedOptions& options);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  bool is_json() const { return is_json_; }
  bool is_quiet() const { return is_quiet_; }
  /// True when progress() rewrites one line.
  bool is_live() const { return is_live_; }

  /// Shows where long work stands; most calls cost next to nothing. `is_due` prints it when piped, whatever the time.
  void progress(std::string_view line, bool is_due = false);
  /// Whether progress() would show a line now: for callers whose line costs something to make.
  bool wants_progress() const;
  /// Prints a line that stays.
  void note(std::string_view line);
  /// Takes the live line off the screen.
  void clear_progress();
  /// Prints the result: JSON with --json, else a table. Nothing else may go to standard output with --json.
  void result(const Report& report);

 private:
  using Clock = std::chrono::steady_clock;
  bool is_json_, is_quiet_, is_live_;
  bool has_live_line_ = false;
  Clock::time_point last_progress_ = {};
};

/// The pace of long work, as text.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;
  /// `done` units are there already: they do not count for the rate.
  explicit Pace(double done = 0) : start_(Clock::now()), first_(done) {}

  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  double rate(double done) const { return (done - first_) / (seconds() > 1e-9 ? seconds() : 1e-9); }
  /// "2:05 left", or nothing while it cannot be known.
  std::string time_left(double done, double total) const;

 private:
  Clock::time_point start_;
  double first_;
};

/// 850, 12.3k, 4.56M, 1.20G.
std::string short_count(double count);
/// 1:05 or 2:03:09.
std::string clock_text(double seconds);

}  // namespace vitrine::cli
