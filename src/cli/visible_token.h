// A token's bytes as text that can stand in a line.
#pragma once

#include <string>
#include <string_view>

namespace vitrine::cli {

/// Spaces become ␣, line breaks ⏎, other control characters and bytes that are no whole character \xNN.
std::string visible_token(std::string_view bytes);

/// The same text with U+FFFD for each byte that is part of no character.
std::string valid_utf8(std::string_view bytes);

}  // namespace vitrine::cli
