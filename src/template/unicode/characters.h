// What Python's string methods ask of a character, from generated tables (see README.md).
#pragma once

#include <cstdint>
#include <string>

namespace vitrine::templates {

/// Tells whether repr() shows the character as it is.
bool is_printable(uint32_t character);
/// Tells whether the character is a letter (str.isalpha).
bool is_letter(uint32_t character);
/// Tells whether the character is a digit of any script (str.isdecimal, and closely str.isdigit).
bool is_decimal(uint32_t character);
/// Tells whether the character has a numeric value (str.isnumeric).
bool is_numeric(uint32_t character);
/// Tells whether the character is lower, upper or title case (str.islower, str.isupper, str.istitle of one character).
bool is_lower(uint32_t character);
bool is_upper(uint32_t character);

/// Append the character's case forms, which may be several characters (ß gives SS).
void append_upper(uint32_t character, std::string& bytes);
void append_lower(uint32_t character, std::string& bytes);
void append_title(uint32_t character, std::string& bytes);

}  // namespace vitrine::templates
