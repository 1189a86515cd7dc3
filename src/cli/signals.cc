#include "cli/signals.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "base/error.h"
#include "cli/command.h"

namespace vitrine::cli {
namespace {

std::atomic<int> pending_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int number) {
  if (pending_signal.exchange(number) != 0) _exit(kInterruptedStatus);
}

void set_handler(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;  // without SA_RESTART: a read from the terminal returns
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

StopSignals::StopSignals() { set_handler(on_signal); }
StopSignals::~StopSignals() { set_handler(SIG_DFL); }

bool stop_requested() { return pending_signal.load(std::memory_order_relaxed) != 0; }
bool stop_was_keyboard() { return pending_signal.load(std::memory_order_relaxed) == SIGINT; }
void forget_stop_request() { pending_signal.store(0); }

void throw_if_stopped(const char* what_stands) {
  if (stop_requested()) throw Error(ErrorCode::kInterrupted, "interrupted", what_stands);
}

}  // namespace vitrine::cli
