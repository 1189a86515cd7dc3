// Character classes of one pinned Unicode version. The ranges in tables.cc are generated; see README.md.
#pragma once

#include <cstdint>
#include <span>

namespace vitrine::tokenizer {

/// The classes that pre-tokenizer patterns tell apart: \p{L}, \p{N}, \s and the rest.
enum class CharClass : uint8_t { kOther = 0, kLetter = 1, kNumber = 2, kSpace = 3 };

/// Code points [first, last] of one class.
struct ClassRange {
  uint32_t first;
  uint32_t last;
  CharClass char_class;
};

/// Returns the ranges of all classes but kOther, ascending and disjoint.
std::span<const ClassRange> class_ranges();

/// The Unicode version of the ranges.
extern const char* const kUnicodeVersion;

}  // namespace vitrine::tokenizer
