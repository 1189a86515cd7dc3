// The one exception type of the library, and the check for our own bugs.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace vitrine {

/// Kinds of failure that a caller can act on. Only the command line and the server translate them.
enum class ErrorCode {
  kInvalidArgument,  ///< a value, option or shape that cannot be used
  kNotFound,         ///< a file, tensor or name that is not there
  kCorruptData,      ///< bytes that do not hold what they claim (checksum, format, truncation)
  kMismatch,         ///< two things that must agree and do not (resume with another config)
  kUnsupported,      ///< legal, but not something this build or device does
  kOutOfMemory,      ///< an allocation that was refused; the message says how much
  kIo,               ///< the operating system refused a read, write, sync or rename
  kInterrupted,      ///< stopped by a signal after saving
  kInternal,         ///< a bug of ours (VITRINE_CHECK)
};

/// Returns the snake_case name of a code, as it stands in JSON results.
std::string_view error_code_name(ErrorCode code);

/// Message form: `operation: what is wrong (got …, expected …)`, lower case; the hint says what to do.
class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message, std::string hint = "");

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::string& hint() const { return hint_; }
  const char* what() const noexcept override { return message_.c_str(); }

  /// Returns the same error with `context: ` put before its message, for wrapping while it rises.
  Error wrapped(std::string_view context) const;

 private:
  ErrorCode code_;
  std::string message_;
  std::string hint_;
};

/// The start of a text that may hold anything, as a message may repeat it: no control characters, cut between
/// characters, with "…" where something was cut off.
std::string excerpt(std::string_view text, size_t max_bytes = 100);

/// Throws Error{kInternal}; the slow path of VITRINE_CHECK.
[[noreturn]] void check_failed(const char* condition, const char* file, int line, const std::string& message);

}  // namespace vitrine

/// Our own bugs only: never reachable by bad input.
#define VITRINE_CHECK(condition, message) \
  ((condition) ? (void)0 : ::vitrine::check_failed(#condition, __FILE__, __LINE__, (message)))
