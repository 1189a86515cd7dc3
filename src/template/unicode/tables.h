// Character classes and case forms. The ranges in the .cc files are generated; see README.md.
#pragma once

#include <cstdint>
#include <span>

namespace vitrine::templates {

/// Code points [first, last].
struct CharacterRange {
  uint32_t first;
  uint32_t last;
};

/// Code points first, first + step, ... up to last, each of whose form lies `offset` further on.
struct CaseRange {
  uint32_t first;
  uint32_t last;
  int32_t offset;
  uint32_t step;
};

/// A character whose form is more than one character, or differs from what its range says; in UTF-8.
struct CaseException {
  uint32_t character;
  const char* form;
};

// All are ascending and disjoint.
std::span<const CharacterRange> unprintable_ranges();
std::span<const CharacterRange> letter_ranges();
std::span<const CharacterRange> decimal_ranges();
std::span<const CharacterRange> numeric_ranges();
std::span<const CharacterRange> lower_ranges();
std::span<const CharacterRange> upper_ranges();
std::span<const CaseRange> to_upper_ranges();
std::span<const CaseRange> to_lower_ranges();
std::span<const CaseException> to_upper_exceptions();
std::span<const CaseException> to_lower_exceptions();
/// Where the title form is not the upper form.
std::span<const CaseException> to_title_exceptions();

}  // namespace vitrine::templates
