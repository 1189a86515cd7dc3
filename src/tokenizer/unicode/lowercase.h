// Lower case, character by character, without regard to context or language.
#pragma once

#include <string>
#include <string_view>

namespace vitrine::tokenizer {

/// Generated: code point, what it becomes; entries end in |.
std::string_view lowercase_mappings();

/// Returns the text in lower case; bytes that are not UTF-8 stay.
std::string to_lowercase(std::string_view text);

}  // namespace vitrine::tokenizer
