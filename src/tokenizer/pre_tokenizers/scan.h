// What the scanners share: the class of the symbol at a position, and runs of one class.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tokenizer/unicode/char_classes.h"

namespace vitrine::tokenizer {

/// One symbol of a text: a character, or one byte that belongs to none.
struct Symbol {
  CharClass char_class;
  uint32_t num_bytes;
};

/// The classes of ASCII.
inline constexpr std::array<CharClass, 128> kAsciiClasses = [] {
  std::array<CharClass, 128> classes{};
  for (int c = '0'; c <= '9'; ++c) classes[static_cast<size_t>(c)] = CharClass::kNumber;
  for (int c = 'a'; c <= 'z'; ++c) classes[static_cast<size_t>(c)] = CharClass::kLetter;
  for (int c = 'A'; c <= 'Z'; ++c) classes[static_cast<size_t>(c)] = CharClass::kLetter;
  for (char c : {'\t', '\n', '\v', '\f', '\r', ' '}) classes[static_cast<size_t>(c)] = CharClass::kSpace;
  return classes;
}();

/// Reads a symbol whose first byte is above 0x7F.
Symbol read_wide_symbol(const char* at, const char* end);

/// Reads the symbol at `at` < end.
inline Symbol read_symbol(const char* at, const char* end) {
  const auto byte = static_cast<uint8_t>(*at);
  return byte < 0x80 ? Symbol{kAsciiClasses[byte], 1} : read_wide_symbol(at, end);
}

/// Returns the end of the run of one class that starts at `at`, which may be empty.
inline const char* skip_run(const char* at, const char* end, CharClass char_class) {
  while (at != end) {
    const Symbol symbol = read_symbol(at, end);
    if (symbol.char_class != char_class) return at;
    at += symbol.num_bytes;
  }
  return at;
}

inline bool is_newline(char c) { return c == '\n' || c == '\r'; }

/// A run of white space.
struct SpaceRun {
  const char* end;
  const char* last_symbol;    ///< where its last symbol starts
  const char* after_newline;  ///< behind its last \r or \n; null when it has none
};

/// Reads the run of white space at `at`, which must be white space.
SpaceRun read_space_run(const char* at, const char* end);

/// Returns the end of the word `\s+(?!\S)|\s+` for a run that starts at `begin`: all but the last symbol where more
/// text follows, so that the next word takes that symbol with it.
inline const char* end_of_spaces(const SpaceRun& run, const char* begin, const char* end) {
  return run.end == end || run.last_symbol == begin ? run.end : run.last_symbol;
}

/// Returns the length of 's 't 're 've 'm 'll 'd at `at` (which holds the apostrophe), or 0.
size_t contraction_length(const char* at, const char* end, bool ignore_case);

}  // namespace vitrine::tokenizer
