// The table of replacements that SentencePiece models carry: a double-array trie and the texts that it points to.
// Source: the sentencepiece library's `precompiled_charsmap`; the trie is that of darts-clone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::tokenizer {

/// Every index is checked, so that a bad table gives wrong texts at worst. Immutable. Threads: safe.
class Charsmap {
 public:
  /// No bytes: a table without replacements. Errors: kCorruptData for a size that does not fit.
  explicit Charsmap(std::string_view bytes);

  struct Match {
    size_t num_bytes;              ///< of the text, above 0
    std::string_view replacement;  ///< what they become
  };
  /// Returns the longest beginning of the text that has a replacement.
  std::optional<Match> longest(std::string_view text) const { return find(text, /*stop_at_first=*/false); }
  /// Returns the shortest.
  std::optional<Match> shortest(std::string_view text) const { return find(text, /*stop_at_first=*/true); }

 private:
  std::optional<Match> find(std::string_view text, bool stop_at_first) const;

  std::vector<uint32_t> units_;
  std::string texts_;  // each ended by a zero
};

}  // namespace vitrine::tokenizer
