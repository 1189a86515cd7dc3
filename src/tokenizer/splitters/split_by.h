// Cuts words at delimiters, and what becomes of the delimiters.
#pragma once

#include <functional>
#include <string_view>

#include "tokenizer/splitters/splitter.h"

namespace vitrine::tokenizer {

/// What becomes of a delimiter.
enum class Behavior { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

/// Reads the names that files use. Errors: kCorruptData.
Behavior read_behavior(std::string_view name);

using FoundDelimiter = std::function<void(size_t begin, size_t end)>;

/// Cuts each word; `find` reports its delimiters from left to right. `invert`: what lies between is the delimiter.
void split_by(Pieces& pieces, Behavior behavior, bool invert,
              const std::function<void(std::string_view word, const FoundDelimiter& found)>& find);

/// Cuts each word where single characters of a kind are the delimiters.
void split_by_characters(Pieces& pieces, Behavior behavior, bool (*is_delimiter)(uint32_t code_point));

}  // namespace vitrine::tokenizer
