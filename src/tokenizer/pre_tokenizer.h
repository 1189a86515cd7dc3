// Pre-tokenizers cut a text into words; merges never cross a word's edge.
// Each is a hand-written scanner that equals a regular expression; any other pattern is run by PCRE2 (see splitters/).
#pragma once

#include <span>
#include <string_view>

namespace vitrine::tokenizer {

/// One way to cut text into words.
struct PreTokenizer {
  std::string_view name;     ///< the name in the catalog, as users give it
  std::string_view pattern;  ///< the regular expression that the scanner equals
  /// Returns the end of the word that starts at `begin`; begin < end. Looks only forward, in time linear in the word
  /// and the white space after it. Bytes that are not UTF-8 count as one symbol each, neither letter, number nor space.
  /// There is always an edge between an ASCII letter and an ASCII space or newline after it.
  const char* (*word_end)(const char* begin, const char* end);
};

/// Returns the catalog, sorted by name.
std::span<const PreTokenizer> pre_tokenizers();

/// Returns the pre-tokenizer of that name. Errors: kInvalidArgument, listing the names there are.
const PreTokenizer& find_pre_tokenizer(std::string_view name);

}  // namespace vitrine::tokenizer
