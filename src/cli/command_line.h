// From the words of the command line to a command and its options.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace vitrine::cli {

/// What a command line asks for.
struct Invocation {
  enum class Kind { kHelp, kVersion, kRun };
  Kind kind = Kind::kRun;
  const Command* command = nullptr;         ///< null: help for all commands, or for those of `prefix`
  std::string prefix = {};                  ///< "train" of `vitrine train --help`
  std::vector<std::string> arguments = {};  ///< what follows the command's name
};

/// Finds the command. Errors: UsageError for none or an unknown one, with the nearest known.
Invocation resolve_command(const std::vector<std::string>& words);

/// Parses a command's arguments against its own and the global options.
/// Errors: UsageError for an unknown option (with the nearest), a missing or surplus value, or one out of range.
ParsedOptions parse_options(const Command& command, const std::vector<std::string>& arguments);

}  // namespace vitrine::cli
