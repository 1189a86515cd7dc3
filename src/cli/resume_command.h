// The command that goes on with a training, as it can be pasted into a shell.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.h"

namespace vitrine::cli {

/// One word of a POSIX shell command: quoted where the shell would read it otherwise.
std::string shell_word(std::string_view text);

/// `vitrine train pretrain --resume [CHECKPOINT] --data … --out …`, with --kernels where `options` has it: a run is
/// refused with others. An empty `checkpoint` means the run's newest.
std::string resume_command(const ParsedOptions& options, const std::string& checkpoint, const std::string& data,
                           const std::string& out);

}  // namespace vitrine::cli
