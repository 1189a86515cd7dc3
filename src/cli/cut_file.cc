#include "cli/cut_file.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

#include "base/noted_paths.h"
#include "cli/command.h"

namespace vitrine::cli {
namespace {

constexpr const char* kHint = "another program is writing to it: let it end, then run the same command again";
constexpr const char* kJson =
    "{\"error\": \"a mapped file got shorter while it was read\", \"code\": \"io\", \"hint\": \"another program is "
    "writing to it: let it end, then run the same command again\"}\n";

bool is_json_wanted = false;
std::atomic_flag is_ending = ATOMIC_FLAG_INIT;

void write_text(int descriptor, const char* text) {
  [[maybe_unused]] const ssize_t written = ::write(descriptor, text, std::strlen(text));
}

/// A path may hold anything; on a terminal it must not act.
void write_path(char* path) {
  for (char* at = path; *at != '\0'; ++at)
    if (static_cast<unsigned char>(*at) < ' ' || *at == '\x7f') *at = '?';
  write_text(STDERR_FILENO, path);
}

// Only what a signal handler may call: the thread that faulted may hold any lock.
void on_bus_error(int number, siginfo_t* info, void*) {
  char path[kMaxNotedPath];
  if (info->si_code != BUS_ADRERR || !find_mapped_file(info->si_addr, path)) {
    ::signal(number, SIG_DFL);
    if (info->si_code <= 0) ::raise(number);  // sent by a process: nothing faults again
    return;
  }
  if (is_ending.test_and_set())
    for (;;) ::pause();  // another thread says it
  write_text(STDERR_FILENO, "error: read '");
  write_path(path);
  write_text(STDERR_FILENO, "': the file got shorter while it was read, or its disk failed\nhint: ");
  write_text(STDERR_FILENO, kHint);
  write_text(STDERR_FILENO, "\n");
  if (is_json_wanted) write_text(STDOUT_FILENO, kJson);
  remove_temporary_paths();
  ::_exit(kFailed);
}

}  // namespace

void explain_cut_files(bool is_json) {
  is_json_wanted = is_json;
  struct sigaction action = {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace vitrine::cli
