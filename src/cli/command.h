// A command of `vitrine`: how it describes itself, and what it is given.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/option_spec.h"

namespace vitrine::cli {

/// Exit statuses that scripts rely on.
enum ExitStatus : int { kDone = 0, kFailed = 1, kWrongUsage = 2, kInterruptedStatus = 130 };

/// Wrong use of the command line itself: exit status 2. What is found wrong later, in files or configs, is an Error.
class UsageError : public Error {
 public:
  explicit UsageError(std::string message, std::string hint = "")
      : Error(ErrorCode::kInvalidArgument, std::move(message), std::move(hint)) {}
};

/// The options of one call, checked against their specs. Asking for a name that no spec has is a bug.
class ParsedOptions {
 public:
  ParsedOptions(std::string command, const std::vector<OptionSpec>& specs);

  /// Stores the given values of an option. Errors: UsageError for one that its spec refuses.
  void set(const OptionSpec& spec, std::vector<std::string> values);

  const std::string& command() const { return command_; }
  /// True when the option was given, not defaulted.
  bool given(std::string_view name) const;
  bool flag(std::string_view name) const { return given(name); }
  /// The value given last, or the default; empty when there is neither.
  std::string text(std::string_view name) const;
  const std::vector<std::string>& texts(std::string_view name) const;
  int64_t integer(std::string_view name) const;
  double real(std::string_view name) const;
  /// A number of bytes such as 400, 64KB, 20MB, 1.5GB (powers of 1000). Errors: UsageError.
  int64_t bytes(std::string_view name) const;

 private:
  struct Value {
    std::vector<std::string> values;
    bool given = false;
  };
  const Value& find(std::string_view name) const;

  std::string command_;
  std::map<std::string, Value, std::less<>> values_;
};

/// One command. `run` returns an exit status, or throws Error.
struct Command {
  std::string name;  ///< words with a space between: "train pretrain"
  std::string summary;
  std::vector<std::string> examples;
  std::vector<OptionSpec> options;
  int (*run)(const ParsedOptions& options) = nullptr;
  std::string notes = {};  ///< more to know, below the options in its help
};

/// The flag as users type it: --max-tokens, or PROMPT for a positional.
std::string flag_text(const OptionSpec& spec);

}  // namespace vitrine::cli
