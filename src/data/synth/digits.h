// What counts as a digit in the world's texts.
#pragma once

#include <cctype>

namespace vitrine::data {

inline bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

}  // namespace vitrine::data
