// Bytes that a model, a file or a tool gave, as text that can stand in a line and does nothing to a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vitrine::cli {

/// Spaces become ␣, line breaks ⏎, what escape_controls() escapes its escape, and so do tabs.
std::string visible_token(std::string_view bytes);

/// The same text with everything that a terminal would obey written out: control characters (C0 but line break and tab,
/// DEL, C1) and those that turn the direction of writing become \u001B, bytes that are no whole character \x9B. In a
/// JSON text the former are the escapes that JSON has for them.
std::string escape_controls(std::string_view bytes);

/// The same text with U+FFFD for each byte that is part of no character.
std::string valid_utf8(std::string_view bytes);

/// Tells whether a terminal may obey a character in place of showing it: see escape_controls(). True for line break and
/// tab too.
bool is_control(uint32_t code_point);

}  // namespace vitrine::cli
