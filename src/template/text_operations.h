// What Python's string methods do, on text with origins: each symbol that stays keeps its origin.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "template/limits.h"
#include "template/text.h"

namespace vitrine::templates {

/// Bytes [begin, end) of a text.
struct ByteRange {
  size_t begin;
  size_t end;
};

/// Strips white space, or the given characters, from one or both sides.
Text stripped(const Text& text, std::optional<std::string_view> characters, bool left, bool right, Budget& budget);

/// Replaces up to `count` occurrences (all where it is negative). What stands where input stood is input: whoever wrote
/// the old text decided where the new text goes.
Text replaced(const Text& text, std::string_view old_text, const Text& new_text, int64_t count, Budget& budget);

/// Splits at a separator from the left or the right, at most `max_splits` times where that is not negative.
/// Errors: kInvalidArgument for an empty separator.
std::vector<Text> split_at(const Text& text, std::string_view separator, int64_t max_splits, bool from_right,
                           Budget& budget);

/// Splits at runs of white space, and drops it at both ends.
std::vector<Text> split_at_space(const Text& text, int64_t max_splits, bool from_right, Budget& budget);

/// Splits at line ends.
std::vector<Text> split_lines(const Text& text, bool keep_ends, Budget& budget);

enum class LetterCase { kUpper, kLower, kTitle, kCapitalized, kSwapped };
Text with_case(const Text& text, LetterCase letter_case, Budget& budget);

/// Returns the bytes of text[start:end] as Python slices, counting symbols. `start` past the end gives nothing.
std::optional<ByteRange> symbol_range(const Text& text, std::optional<int64_t> start, std::optional<int64_t> end,
                                      Budget& budget);

/// Returns text[start:stop:step].
Text sliced(const Text& text, std::optional<int64_t> start, std::optional<int64_t> stop, int64_t step, Budget& budget);

/// The places start, start + step, ... of a slice of `length` items, as Python clips them.
struct SlicePlan {
  int64_t start;
  int64_t step;
  int64_t count;
};
/// Errors: kInvalidArgument for a step of 0.
SlicePlan plan_slice(std::optional<int64_t> start, std::optional<int64_t> stop, int64_t step, int64_t length);

/// Returns the text `count` times; nothing where it is not positive.
Text repeated(const Text& text, int64_t count, Budget& budget);

/// Returns the symbols, one text each.
std::vector<Text> symbols(const Text& text, Budget& budget);

}  // namespace vitrine::templates
