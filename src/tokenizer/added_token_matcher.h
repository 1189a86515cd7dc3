// Finds added tokens in a text, as Hugging Face's `tokenizers` does: leftmost first, the longest of those.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/definition.h"
#include "tokenizer/trie.h"

namespace vitrine::tokenizer {

/// Immutable. Threads: safe. Time: linear in the text times the length of the longest token.
class AddedTokenMatcher {
 public:
  /// A token and the text to look for, which for tokens of the normalized text is normalized.
  struct Entry {
    AddedToken token;
    std::string pattern;
  };
  explicit AddedTokenMatcher(std::vector<Entry> entries);

  /// A stretch of the text: an added token, or kNoToken for what lies between.
  struct Part {
    TokenId id;
    size_t begin;
    size_t end;
  };

  /// Calls `use` with the parts of the text in order. Special tokens count as text unless `with_special`.
  void for_each_part(std::string_view text, bool with_special, const std::function<void(const Part&)>& use) const;

  /// Tells whether every text is one part.
  bool finds_nothing(bool with_special) const { return with_special ? entries_.empty() : !has_plain_; }

 private:
  /// Returns the place in entries_ of the longest pattern at `at`, or -1.
  int32_t longest_at(std::string_view text, size_t at) const;
  bool is_blocked(const AddedToken& token, std::string_view text, size_t begin, size_t end) const;

  std::vector<Entry> entries_;
  Trie trie_;
  std::array<bool, 256> starts_{};  // the first bytes of patterns
  bool has_plain_ = false;
};

}  // namespace vitrine::tokenizer
