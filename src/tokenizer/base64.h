// Base64 as in RFC 4648, section 4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vitrine::tokenizer {

/// Returns the bytes; nothing for a character outside the alphabet or a length that cannot be. Padding may be missing.
std::optional<std::string> from_base64(std::string_view text);

std::string to_base64(std::string_view bytes);

}  // namespace vitrine::tokenizer
