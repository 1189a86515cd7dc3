// Ctrl-C and SIGTERM as a wish to stop: the first asks, the second ends the program at once.
#pragma once

namespace vitrine::cli {

/// While one exists, the first SIGINT or SIGTERM sets a flag and the second ends the program with status 130.
/// Commands that keep asking stop_requested() hold one; elsewhere signals end the program as usual.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
};

bool stop_requested();

/// True when the wish came from Ctrl-C, which in a conversation ends the answer and not the program.
bool stop_was_keyboard();

/// Forgets the wish, for a program that goes on.
void forget_stop_request();

/// Errors: kInterrupted when a stop was asked for; `what_stands` says what is left behind.
void throw_if_stopped(const char* what_stands);

}  // namespace vitrine::cli
