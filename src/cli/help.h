// The texts of --help and --version.
#pragma once

#include <string>

#include "cli/command.h"

namespace vitrine::cli {

/// The table of commands; with a prefix ("train") only those under it.
std::string overview_text(const std::string& prefix = "");

/// What a command does, its options with defaults and ranges, and examples.
std::string command_help_text(const Command& command);

std::string version_text();

}  // namespace vitrine::cli
