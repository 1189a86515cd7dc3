#include "cli/console.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "cli/visible_token.h"
#include "tokenizer/utf8.h"

namespace vitrine::cli {
namespace {

constexpr double kLiveIntervalSeconds = 0.1, kPipedIntervalSeconds = 5;

bool is_terminal(int descriptor) {
  const char* kind = std::getenv("TERM");
  return isatty(descriptor) == 1 && kind != nullptr && std::strcmp(kind, "dumb") != 0;
}

size_t terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 80;
  return size.ws_col;
}

/// The first `width` characters of a text.
std::string_view cut_to_width(std::string_view text, size_t width) {
  size_t count = 0, at = 0;
  for (; at < text.size(); ++at) {
    const bool begins_character = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (begins_character && count++ == width) break;
  }
  return text.substr(0, at);
}

void write_error_stream(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

}  // namespace

bool may_colour(int descriptor) {
  const char* refused = std::getenv("NO_COLOR");
  return is_terminal(descriptor) && (refused == nullptr || *refused == '\0');
}

std::string one_line(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const tokenizer::Utf8Char character = tokenizer::read_utf8(text.data(), text.data() + text.size());
    const bool is_shown = character.status == tokenizer::Utf8Status::kValid && !is_control(character.code_point);
    out += is_shown ? text.substr(0, character.length) : std::string_view(" ");
    text.remove_prefix(character.length);
  }
  return out;
}

void print_error(const Error& error) {
  const bool colour = may_colour(STDERR_FILENO);
  std::string text =
      fmt::format("{}error:{} {}\n", colour ? "\033[1;31m" : "", colour ? "\033[0m" : "", one_line(error.message()));
  if (!error.hint().empty())
    text += fmt::format("{}hint:{} {}\n", colour ? "\033[1m" : "", colour ? "\033[0m" : "", one_line(error.hint()));
  write_error_stream(text);
}

void write_output(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size())
    throw Error(ErrorCode::kIo, fmt::format("standard output: {}", std::strerror(errno)),
                "the disk is full, or the reader is gone");
}

void write_output_now(std::string_view text) {
  write_output(text);
  if (std::fflush(stdout) != 0)
    throw Error(ErrorCode::kIo, fmt::format("standard output: {}", std::strerror(errno)),
                "the disk is full, or the reader is gone");
}

void write_foreign_text(std::string_view text) {
  write_output_now(isatty(STDOUT_FILENO) == 1 ? escape_controls(text) : std::string(text));
}

Console::Console(const ParsedOptions& options)
    : is_json_(options.flag("json")),
      is_quiet_(options.flag("quiet")),
      is_live_(!is_quiet_ && is_terminal(STDERR_FILENO)) {}

Console::~Console() { clear_progress(); }

bool Console::wants_progress() const {
  if (is_quiet_) return false;
  const double interval = is_live_ ? kLiveIntervalSeconds : kPipedIntervalSeconds;
  return std::chrono::duration<double>(Clock::now() - last_progress_).count() >= interval;
}

void Console::progress(std::string_view line, bool is_due) {
  if (is_quiet_ || (!wants_progress() && !(is_due && !is_live_))) return;
  last_progress_ = Clock::now();
  if (is_live_) {
    write_error_stream(fmt::format("\r{}\033[K", cut_to_width(line, terminal_width() - 1)));
    has_live_line_ = true;
  } else {
    write_error_stream(fmt::format("{}\n", line));
  }
}

void Console::clear_progress() {
  if (has_live_line_) write_error_stream("\r\033[K");
  has_live_line_ = false;
}

void Console::note(std::string_view line) {
  if (is_quiet_) return;
  clear_progress();
  write_error_stream(fmt::format("{}\n", line));
}

void Console::result(const Report& report) {
  clear_progress();
  write_foreign_text(is_json_ ? report.json() + "\n" : report.table());
}

std::string Pace::time_left(double done, double total) const {
  if (done <= first_ || total <= done || seconds() < 0.5) return "";
  return clock_text((total - done) / rate(done)) + " left";
}

std::string short_count(double count) {
  if (count < 1e3) return fmt::format("{:.0f}", count);
  if (count < 1e6) return fmt::format("{:.1f}k", count / 1e3);
  if (count < 1e9) return fmt::format("{:.2f}M", count / 1e6);
  return fmt::format("{:.2f}G", count / 1e9);
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<int64_t>(std::llround(std::min(std::max(seconds, 0.0), 1e9)));
  const int64_t hours = whole / 3600, minutes = whole / 60 % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
  return fmt::format("{}:{:02}", minutes, whole % 60);
}

}  // namespace vitrine::cli
