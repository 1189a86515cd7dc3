// UTF-8 by code points, as Python's strings count. A byte that starts no valid sequence counts as one symbol of its
// own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vitrine::templates {

/// One symbol of a text.
struct CodePoint {
  uint32_t value;  ///< 0xDC80 and up for a stray byte, which no valid text holds
  size_t length;   ///< in bytes
};

/// Reads the symbol at `at`; at < bytes.size().
CodePoint code_point_at(std::string_view bytes, size_t at);

/// Returns where the symbol before `at` begins; at > 0.
size_t previous_code_point(std::string_view bytes, size_t at);

/// Appends a code point in UTF-8; a value of a stray byte becomes that byte again.
void append_code_point(uint32_t value, std::string& bytes);

/// Counts the symbols.
size_t count_code_points(std::string_view bytes);

/// Returns the byte where symbol number `index` begins; bytes.size() where there are fewer.
size_t byte_of_code_point(std::string_view bytes, size_t index);

/// Tells what Python's str.isspace() tells of one character.
bool is_space(uint32_t value);

/// Tells whether Python's str.splitlines() ends a line at this character.
bool is_line_end(uint32_t value);

}  // namespace vitrine::templates
