// Ctrl-C, SIGTERM and SIGHUP as a wish to stop: the first asks, a second Ctrl-C or SIGTERM ends the program at once.
#pragma once

#include <string_view>

namespace vitrine::cli {

/// While one exists, the first SIGINT, SIGTERM or SIGHUP (the terminal was closed) sets a flag, and a further SIGINT or
/// SIGTERM ends the program with status 130. SIGHUP stays ignored where it was, as under nohup. Commands that keep
/// asking stop_requested() hold one.
class StopSignals {
 public:
  /// What it means when nobody reads our output any more (SIGPIPE): the end, or a wish to stop, so that work is saved.
  enum class LostReader { kEnds, kStops };
  explicit StopSignals(LostReader lost_reader = LostReader::kEnds);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
};

/// For all the time in which there are no StopSignals: SIGINT and SIGTERM say that the program was interrupted, with
/// `is_json` also on standard output, remove what was being written under temporary names, and end it with status 130.
/// One that is ignored stays so.
void end_on_signals(bool is_json);

bool stop_requested();

/// What the first Ctrl-C, SIGTERM or SIGHUP writes to standard error at once, from the handler: for work that cannot
/// end at once. Cut at 200 bytes; empty: nothing, as at the beginning and again when the StopSignals end.
void set_stop_notice(std::string_view text);

/// True when the wish came from Ctrl-C, which in a conversation ends the answer and not the program.
bool stop_was_keyboard();

/// True when the wish came from output that nobody reads any more.
bool stop_was_lost_reader();

/// Forgets the wish, for a program that goes on.
void forget_stop_request();

/// Errors: kInterrupted when a stop was asked for; `what_stands` says what is left behind.
void throw_if_stopped(const char* what_stands);

}  // namespace vitrine::cli
