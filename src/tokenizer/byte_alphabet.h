// The byte alphabet of byte-level BPE files: each of the 256 bytes is written as one printable character.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vitrine::tokenizer {

/// Writes bytes as characters of the alphabet, in UTF-8.
std::string to_byte_alphabet(std::string_view bytes);

/// Reads bytes back; nothing when the text holds a character outside the alphabet.
std::optional<std::string> from_byte_alphabet(std::string_view text);

/// Returns the 256 bytes in the order of their characters, the order in which vocabularies list them.
const std::array<uint8_t, 256>& bytes_in_alphabet_order();

}  // namespace vitrine::tokenizer
