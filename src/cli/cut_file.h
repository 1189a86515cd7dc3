// What happens when another program cuts a file short that is mapped here.
#pragma once

namespace vitrine::cli {

/// Installs a handler for SIGBUS. Where the fault lies in a mapped file it says so in two lines as for any error, with
/// `is_json` also on standard output, removes what was being written under temporary names, and ends the program with
/// status 1. Any other SIGBUS ends the program as usual.
void explain_cut_files(bool is_json);

}  // namespace vitrine::cli
