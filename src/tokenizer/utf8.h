// Reading UTF-8 one character at a time, from bytes that may be anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vitrine::tokenizer {

/// What the bytes at a position are: a character, bytes that can be part of none, or the start of one cut off by the
/// end.
enum class Utf8Status : uint8_t { kValid, kInvalid, kIncomplete };

/// One step through a text. For kInvalid and kIncomplete `length` is the maximal part that a decoder replaces by one
/// U+FFFD, and `code_point` is U+FFFD. Source: The Unicode Standard 16.0, section 3.9, table 3-8.
struct Utf8Char {
  uint32_t code_point;
  uint32_t length;
  Utf8Status status;
};

/// Reads the character at `begin`. begin < end. Overlong forms, surrogates and values above U+10FFFF are invalid.
Utf8Char read_utf8(const char* begin, const char* end);

/// Appends a character below 0x110000.
void append_utf8(uint32_t code_point, std::string& text);

/// Where the first byte lies that is part of no whole character, or npos.
size_t find_invalid_utf8(std::string_view text);

/// Tells whether a text is UTF-8 throughout.
bool is_valid_utf8(std::string_view text);

}  // namespace vitrine::tokenizer
