#include "cli/signals.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/error.h"
#include "base/noted_paths.h"
#include "cli/command.h"

namespace vitrine::cli {
namespace {

std::atomic<int> pending_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);

constexpr size_t kLongestNotice = 200;
char notice_texts[2][kLongestNotice + 1];  // the one that is shown is never written to
std::atomic<const char*> notice{nullptr};

// Only what a signal handler may call.
void write_from_handler(const char* text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, std::strlen(text));
}

void on_signal(int number) {
  const bool was_asked = pending_signal.exchange(number) != 0;
  if (number != SIGPIPE && !was_asked)
    if (const char* const text = notice.load()) write_from_handler(text);
  // A closing terminal sends several SIGHUPs, and each write to a lost reader another SIGPIPE: no sign of impatience.
  if (!was_asked || (number != SIGINT && number != SIGTERM)) return;
  write_from_handler("\nleft at once\n");
  _exit(kInterruptedStatus);
}

bool is_ignored(int number) {
  struct sigaction present = {};
  return sigaction(number, nullptr, &present) == 0 && present.sa_handler == SIG_IGN;
}

void set_handler(int number, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;  // without SA_RESTART: a read from the terminal returns
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, nullptr);
}

bool writes_json = false;
void (*between)(int) = SIG_DFL;  // the handler while there are no StopSignals

void on_signal_between(int) {
  write_from_handler("error: interrupted\n");
  constexpr std::string_view kJson = "{\"error\": \"interrupted\", \"code\": \"interrupted\", \"hint\": \"\"}\n";
  if (writes_json) [[maybe_unused]]
    const ssize_t written = ::write(STDOUT_FILENO, kJson.data(), kJson.size());
  remove_temporary_paths();
  _exit(kInterruptedStatus);
}

}  // namespace

void end_on_signals(bool is_json) {
  writes_json = is_json;
  between = on_signal_between;
  for (const int number : {SIGINT, SIGTERM})
    if (!is_ignored(number)) set_handler(number, between);
}

StopSignals::StopSignals(LostReader lost_reader) {
  for (const int number : {SIGINT, SIGTERM}) set_handler(number, on_signal);
  if (!is_ignored(SIGHUP)) set_handler(SIGHUP, on_signal);
  if (lost_reader == LostReader::kStops) set_handler(SIGPIPE, on_signal);
}

StopSignals::~StopSignals() {
  set_stop_notice("");
  for (const int number : {SIGINT, SIGTERM}) set_handler(number, between);
  set_handler(SIGPIPE, stop_was_lost_reader() ? SIG_IGN : SIG_DFL);  // what is left in buffers must not kill us
  if (!is_ignored(SIGHUP)) set_handler(SIGHUP, SIG_DFL);
}

void set_stop_notice(std::string_view text) {
  char* const next = notice.load() == notice_texts[0] ? notice_texts[1] : notice_texts[0];
  const size_t length = std::min(text.size(), kLongestNotice);
  std::memcpy(next, text.data(), length);
  next[length] = '\0';
  notice.store(length == 0 ? nullptr : next);
}

bool stop_requested() { return pending_signal.load(std::memory_order_relaxed) != 0; }
bool stop_was_keyboard() { return pending_signal.load(std::memory_order_relaxed) == SIGINT; }
bool stop_was_lost_reader() { return pending_signal.load(std::memory_order_relaxed) == SIGPIPE; }
void forget_stop_request() { pending_signal.store(0); }

void throw_if_stopped(const char* what_stands) {
  if (stop_requested()) throw Error(ErrorCode::kInterrupted, "interrupted", what_stands);
}

}  // namespace vitrine::cli
