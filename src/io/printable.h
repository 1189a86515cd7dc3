// Names out of hostile files, made fit for messages.
#pragma once

#include <string>
#include <string_view>

namespace vitrine::io {

/// The first hundred bytes, with control characters replaced by '?'.
std::string printable(std::string_view name);

}  // namespace vitrine::io
