// The explicit list of commands. Adding one: its file in commands/, and a line in catalog.cc.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace vitrine::cli {

/// Commands that stand together in the help, under a heading.
struct CommandGroup {
  std::string heading;
  std::vector<Command> commands;
};

const std::vector<CommandGroup>& catalog();

/// Options that every command has.
const std::vector<OptionSpec>& global_options();

}  // namespace vitrine::cli
